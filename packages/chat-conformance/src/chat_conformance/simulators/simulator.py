"""``Simulator`` and ``AnswerWriter``: the base classes that write a scripted answer in one wire.

A provider whose wire the kit does not know defines both: ``AnswerWriter`` writes one answer, whole
or streamed, and ``Simulator`` writes errors and tells by a request's path whether the wire is its.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from ..capabilities import WIRE_FEATURES
from ..frame_formats import FrameFormat, ServerSentEvents
from ..http_answers import Answer, Close, Frame, Pause, Reset, Stall, Step, framed, json_answer
from ..received_messages import completions_messages
from ..rulebooks import RULEBOOKS, Finding, Rulebook
from ..script import (
    COUNTED_TOKENS,
    MODEL_NAME,
    REQUEST_ID,
    STATUSES,
    Call,
    Candidates,
    Delivery,
    EndOfBody,
    ErrorReply,
    Part,
    Picture,
    Reasoning,
    Refusal,
    Reply,
    ServerToolRun,
    Sound,
    Text,
    is_step,
)
from ..wire_connection import Request

if TYPE_CHECKING:
    from chat_core import Message

__all__ = ["FILES", "AnswerWriter", "ScriptItem", "Simulator"]

ScriptItem: TypeAlias = Answer | Reply | Candidates | Delivery | ErrorReply
"""An item of a script: a reply or error that the simulator writes, or an answer byte by byte."""


FILES = r"(POST \S*(?<!beta)(?<!alpha)/files|(GET|DELETE) \S*(?<!beta)(?<!alpha)/files/[^/]+)$"
"""Uploads and files at most vendors; Gemini's have a version before them."""


class AnswerWriter(ABC):
    """Writes one answer. ``reply`` has its parts, id, model, finish reason and token counts."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def opening(self) -> Iterator[Frame]:
        """The frames before the first part."""
        return iter(())

    @abstractmethod
    def text(self, part: Text) -> Iterator[Frame]:
        """Visible text, in deltas of ``reply.piece`` characters."""

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        """Reasoning, in deltas."""
        raise self._unsupported(part)

    def refusal(self, part: Refusal) -> Iterator[Frame]:
        """The text of a refusal, in deltas."""
        raise self._unsupported(part)

    def call(self, part: Call) -> Iterator[Frame]:
        """A tool call, its arguments in deltas where the wire has such."""
        raise self._unsupported(part)

    def picture(self, part: Picture) -> Iterator[Frame]:
        """An image that the model made."""
        raise self._unsupported(part)

    def sound(self, part: Sound) -> Iterator[Frame]:
        """Sound that the model made, in deltas where the wire has such."""
        raise self._unsupported(part)

    def server_tool(self, part: ServerToolRun) -> Iterator[Frame]:
        """The call and the result of a tool that the vendor ran."""
        raise self._unsupported(part)

    @abstractmethod
    def closing(self) -> Iterator[Frame]:
        """Finish reason, usage and the proof of the end."""

    @abstractmethod
    def body(self) -> dict[str, Any]:
        """The whole answer as one JSON object; parts that are steps are left out."""

    def frames(self) -> Iterator[Frame]:
        """The streamed answer, with the steps of the script where they stand."""
        yield from self.opening()
        for part in self.reply.parts:
            if is_step(part):
                yield part
            elif isinstance(part, EndOfBody):
                return
            elif isinstance(part, ErrorReply):
                raise ValueError("an ErrorReply is written by the simulator")
            else:
                yield from self.part(part)
        yield from self.closing()

    def part(self, part: Part) -> Iterator[Frame]:
        """The frames of one part."""
        match part:
            case Text():
                return self.text(part)
            case Reasoning():
                return self.reasoning(part)
            case Refusal():
                return self.refusal(part)
            case Call():
                return self.call(part)
            case Picture():
                return self.picture(part)
            case Sound():
                return self.sound(part)
            case ServerToolRun():
                return self.server_tool(part)
        raise TypeError(f"{part!r} is no part of an answer")

    def _unsupported(self, part: Part) -> TypeError:
        return TypeError(f"{type(self).__name__} cannot write {type(part).__name__}")


class Simulator(ABC):
    """One wire.

    Attributes:
        paths: regular expressions; a request whose path one of them matches is on this wire.
        offers: the capabilities (``capabilities.py``) that this wire offers.
        lacks: what other wires have and this one has not (``capabilities.WIRE_FEATURES``).
        error_kinds: the kinds of error that this wire has.
        stream_error_kinds: those that it has within a stream too; by default all of them.
        token_count: a regular expression for the path that counts tokens, and the field of its
            answer that has their number; ``None`` for a wire without one.
        kept_file: the id of each file that it keeps.
        keeps_files: a regular expression for the method and path, ``POST /v1/files``, of uploads
            and of requests about one file; ``None`` for a wire without them.
        listed_model: the id of the one model in its list of models.
        candidates_in: the list in each object of an answer that has an entry for each candidate;
            ``None`` for a wire without candidates.
        server_tools: those of ``capabilities.SERVER_TOOLS`` whose calls and results answers on
            this wire have.
        api, rulebook: the name of the API, and the rules that its requests must keep unless
            ``RULEBOOKS`` has those of the provider; ``None`` for no rules.
        line_end, event_key: those of the server-sent events that ``format`` is by default.
        request_id_header: where the vendor puts its id of a request; ``None`` for nowhere.
    """

    paths: ClassVar[tuple[str, ...]] = ()
    offers: ClassVar[frozenset[str]] = frozenset()
    lacks: ClassVar[frozenset[str]] = frozenset()
    error_kinds: ClassVar[frozenset[str]] = frozenset(STATUSES)
    stream_error_kinds: ClassVar[frozenset[str] | None] = None
    token_count: ClassVar[tuple[str, str] | None] = None
    listed_model: ClassVar[str] = MODEL_NAME
    kept_file: ClassVar[str] = "file-kept-7"
    keeps_files: ClassVar[str | None] = None
    candidates_in: ClassVar[str | None] = None
    server_tools: ClassVar[frozenset[str]] = frozenset()
    api: ClassVar[str] = ""
    rulebook: ClassVar[Rulebook | None] = None
    line_end: ClassVar[str] = "\n"
    event_key: ClassVar[str | None] = None
    request_id_header: ClassVar[str | None] = "x-request-id"

    @abstractmethod
    def writer(self, reply: Reply) -> AnswerWriter:
        """The writer of one answer."""

    @property
    def format(self) -> FrameFormat:
        """How events look as bytes; override it for a wire that is no server-sent events."""
        return ServerSentEvents(self.line_end, self.event_key)

    @property
    def features(self) -> frozenset[str]:
        """What this wire has of ``WIRE_FEATURES``."""
        missing = set(self.lacks)
        if not self.format.keep_alive:
            missing.add("keep_alive")
        if not self.format.line_ends:
            missing.add("line_ends")
        if not self.kinds_in_stream:
            missing.add("stream_errors")
        return frozenset(WIRE_FEATURES.keys() - missing)

    @property
    def kinds_in_stream(self) -> frozenset[str]:
        """The kinds of error that may come within a stream."""
        return self.error_kinds if self.stream_error_kinds is None else self.stream_error_kinds

    @abstractmethod
    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        """The body of an error reply."""

    def status(self, error_reply: ErrorReply) -> int:
        """The HTTP status of an error reply."""
        return error_reply.status

    def error_in_stream(self, error_reply: ErrorReply) -> Mapping[str, Any] | bytes | None:
        """The error within a stream; ``None`` if this wire has none for it.

        An object is framed like any event; ``bytes`` are sent as they are.
        """
        return self.error(error_reply)

    def error_in_body(self, error_reply: ErrorReply) -> Mapping[str, Any] | None:
        """The error object that is a whole answer with status 200."""
        found = self.error_in_stream(error_reply)
        return self.error(error_reply) if isinstance(found, bytes) else found

    def headers(self, error_reply: ErrorReply) -> dict[str, str]:
        """The headers of an error reply: the request id, and the seconds to wait."""
        headers = {self.request_id_header: REQUEST_ID} if self.request_id_header else {}
        if error_reply.retry_after is not None:
            headers["retry-after"] = f"{error_reply.retry_after:g}"
        return headers

    def serves(self, request: Request) -> bool:
        """Whether the request is on this wire."""
        asks_a_model = any(re.search(path, request.path) for path in self.paths)
        return asks_a_model or self._counts_tokens(request) or self._is_of_a_file(request)

    def _is_of_a_file(self, request: Request) -> bool:
        asked = f"{request.method} {request.path}"
        return self.keeps_files is not None and re.search(self.keeps_files, asked) is not None

    def _counts_tokens(self, request: Request) -> bool:
        counting = self.token_count
        return counting is not None and re.search(counting[0], request.path) is not None

    def wants_stream(self, request: Request) -> bool:
        """Whether the request asks for a stream."""
        return request.json.get("stream") is True

    def read_messages(self, body: Mapping[str, Any]) -> list[Message]:
        """The messages of a request's body; by default those of Chat Completions."""
        return completions_messages(body)

    # --- answering

    def unscripted(self, request: Request) -> Answer | None:
        """The answer to a request that asks no model, such as one for a list of models.

        It takes nothing from the script. ``None`` for all other requests. By default the answer to
        one that counts tokens, which are always ``COUNTED_TOKENS``, and to one about a file.
        """
        if self._is_of_a_file(request):
            return self.file_answer(request)
        if self.token_count is None or not self._counts_tokens(request):
            return None
        return json_answer({self.token_count[1]: COUNTED_TOKENS})

    def file_answer(self, request: Request) -> Answer:
        """The answer to an upload, and to the end of a file."""
        return json_answer({"id": self.kept_file, "deleted": request.method == "DELETE"})

    def answer(self, item: ScriptItem, request: Request) -> Answer:
        """The HTTP answer for one item of a script."""
        if isinstance(item, Answer):
            return item
        if isinstance(item, ErrorReply):
            return self.error_answer(item, request)
        if isinstance(item, Candidates):
            return self._candidates(item.replies, stream=self.wants_stream(request))
        delivery = item if isinstance(item, Delivery) else Delivery(item)
        return self.stream(delivery) if self.wants_stream(request) else self.whole(delivery)

    def findings(self, request: Request, provider: str) -> list[Finding]:
        """The rules that a request breaks: those of ``provider`` on this API, else of the wire.

        The rules are those of chat calls; a request that counts tokens or is of a file breaks none.
        """
        if self._counts_tokens(request) or self._is_of_a_file(request):
            return []
        rulebook = RULEBOOKS.get((provider, self.api), self.rulebook)
        body = request.json if request.body else None
        return rulebook.check(body) if rulebook is not None and isinstance(body, dict) else []

    def error_answer(self, error_reply: ErrorReply, request: Request) -> Answer:
        """The error as an HTTP answer."""
        return json_answer(
            self.error(error_reply), self.status(error_reply), headers=self.headers(error_reply)
        )

    def stream(self, delivery: Delivery) -> Answer:
        """The answer in the frames of this wire."""
        form = self.format
        if delivery.line_end:
            form = form.with_line_end(delivery.line_end)
        frames = self._delivered(delivery, form)
        return framed(
            form.write(frames, is_whole=not delivery.reply.breaks),
            form.content_type,
            per_segment=delivery.per_segment,
            headers=delivery.headers,
            piece=delivery.piece,
        )

    def streamed(self, *frames: Frame) -> Answer:
        """A streamed answer of these frames alone, whose body then ends."""
        return framed(self.format.write(frames, is_whole=False), self.format.content_type)

    def whole(self, delivery: Delivery) -> Answer:
        """The answer as one JSON body; one that breaks, breaks in the middle of its body."""
        reply = delivery.reply
        for part in reply.parts:
            if isinstance(part, ErrorReply):
                return json_answer(self.error_in_body(part))
        value = {**self.writer(reply).body(), **delivery.extra}
        body = json.dumps(value, ensure_ascii=False).encode()
        return Answer(
            headers=delivery.headers,
            body=_broken(body, reply.parts),
            piece=delivery.piece,
        )

    def frames(self, reply: Reply) -> Iterator[Frame]:
        """The frames of a streamed answer; an error object where the script has ``ErrorReply``."""
        for position, part in enumerate(reply.parts):
            if isinstance(part, ErrorReply):
                before = Reply(
                    *reply.parts[:position],
                    EndOfBody(),
                    tokens=reply.tokens,
                    piece=reply.piece,
                    id=reply.id,
                    model=reply.model,
                )
                yield from self.writer(before).frames()
                error = self.error_in_stream(part)
                assert error is not None, f"{type(self).__name__} has no {part.kind} in a stream"
                yield error
                return
        yield from self.writer(reply).frames()

    def as_candidate(self, wire: Mapping[str, Any], index: int) -> dict[str, Any] | None:
        """``wire``, written for one reply, as what belongs to the candidate ``index``.

        ``None`` for an object of no candidate, such as one with token counts alone.
        """
        assert self.candidates_in is not None, f"{type(self).__name__} has no candidates"
        listed = wire.get(self.candidates_in)
        return {**wire, self.candidates_in: [{**listed[0], "index": index}]} if listed else None

    def _candidates(self, replies: Sequence[Reply], *, stream: bool) -> Answer:
        """Candidates in turns, then what belongs to none of them; whole ones in one list."""
        if stream:
            turns, rest = self._turns(replies)
            frames = [*turns, *rest]
            return framed(self.format.write(frames), self.format.content_type)
        bodies = [
            self.as_candidate(self.writer(reply).body(), index)
            for index, reply in enumerate(replies)
        ]
        found = [body for body in bodies if body is not None]
        listed = [entry for body in found for entry in body[str(self.candidates_in)]]
        return json_answer({**found[0], str(self.candidates_in): listed})

    def _turns(self, replies: Sequence[Reply]) -> tuple[list[Frame], list[Frame]]:
        """One frame of each candidate after the other, and the other frames of the first reply."""
        own: list[list[Frame]] = []
        rest: list[Frame] = []
        for index, reply in enumerate(replies):
            own.append([])
            for frame in self.frames(reply):
                wire = self.as_candidate(frame, index) if isinstance(frame, Mapping) else None
                if wire is not None:
                    own[index].append(wire)
                elif index == 0:
                    rest.append(frame)
        turns = [each for turn in zip_longest(*own) for each in turn if each is not None]
        return turns, rest

    def _delivered(self, delivery: Delivery, form: FrameFormat) -> Iterator[Frame]:
        for position, frame in enumerate(self.frames(delivery.reply)):
            if delivery.pause and position:
                yield Pause(delivery.pause)
            if delivery.between:
                yield form.ignored or form.keep_alive
            if delivery.extra and isinstance(frame, Mapping):
                yield {**frame, **delivery.extra}
            else:
                yield frame


def _broken(body: bytes, parts: tuple[Part, ...]) -> bytes | list[Step]:
    middle = len(body) // 2
    for part in parts:
        if isinstance(part, EndOfBody):
            return body[:middle]
        if isinstance(part, Reset | Close | Stall):
            return [body[:middle], part, body[middle:]]
    return body
