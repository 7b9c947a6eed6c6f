"""What a voice is: one wire's way of saying what a script says, streamed or whole.

A third party whose wire is its own writes a ``Voice`` with a ``Speaker``; one whose wire is known
takes the voice of that wire. A voice knows nothing of requests but at which door they knock.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeAlias

from ..http_answers import Answer, Close, Frame, Reset, Stall, Step, json_answer, sse
from ..script import (
    REQUEST_ID,
    STATUSES,
    Call,
    Cut,
    Declined,
    Delivery,
    Part,
    Said,
    Text,
    Thought,
    Trouble,
    is_step,
)
from ..wire_connection import Request

__all__ = ["Line", "Speaker", "Voice"]

Line: TypeAlias = Answer | Said | Delivery | Trouble
"""Whatever may stand in a script: said in the voice of the wire, or an answer byte by byte."""


class Speaker(ABC):
    """Says one answer. ``said`` has its id, its model, its finish and its token counts."""

    def __init__(self, said: Said) -> None:
        self.said = said

    def opening(self) -> Iterator[Frame]:
        """What comes before the first part."""
        return iter(())

    @abstractmethod
    def text(self, part: Text) -> Iterator[Frame]:
        """Visible text, in deltas of ``said.piece`` characters."""

    def thought(self, part: Thought) -> Iterator[Frame]:
        """Reasoning, in deltas."""
        raise self._speechless(part)

    def declined(self, part: Declined) -> Iterator[Frame]:
        """The model's words for declining."""
        raise self._speechless(part)

    def call(self, part: Call) -> Iterator[Frame]:
        """A tool call, its arguments in deltas where the wire has such."""
        raise self._speechless(part)

    @abstractmethod
    def closing(self) -> Iterator[Frame]:
        """Finish reason, usage and the proof of the end."""

    @abstractmethod
    def reply(self) -> dict[str, Any]:
        """The whole answer as one JSON object; parts that are steps are left out."""

    def frames(self) -> Iterator[Frame]:
        """The streamed answer, with the steps of the script where they stand."""
        yield from self.opening()
        for part in self.said.parts:
            if is_step(part):
                yield part
            elif isinstance(part, Cut):
                return
            elif isinstance(part, Trouble):
                raise ValueError("Trouble is the voice's to say")
            else:
                yield from self.part(part)
        yield from self.closing()

    def part(self, part: Part) -> Iterator[Frame]:
        """One thing said."""
        match part:
            case Text():
                return self.text(part)
            case Thought():
                return self.thought(part)
            case Declined():
                return self.declined(part)
            case Call():
                return self.call(part)
        raise TypeError(f"{part!r} is nothing that is said")

    def _speechless(self, part: Part) -> TypeError:
        return TypeError(f"{type(self).__name__} cannot say {type(part).__name__}")


class Voice(ABC):
    """One wire.

    Attributes:
        doors: regular expressions; a request whose path one of them matches is on this wire.
        offers: the capabilities (``capabilities.py``) that this wire has words for.
        troubles: the kinds of trouble that this wire has words for.
        line_end, event_key: as for ``answers.sse``.
        request_id_header: where the vendor puts its id of a request; ``None`` for nowhere.
    """

    doors: ClassVar[tuple[str, ...]] = ()
    offers: ClassVar[frozenset[str]] = frozenset()
    troubles: ClassVar[frozenset[str]] = frozenset(STATUSES)
    line_end: ClassVar[str] = "\n"
    event_key: ClassVar[str | None] = None
    request_id_header: ClassVar[str | None] = "x-request-id"

    @abstractmethod
    def speaker(self, said: Said) -> Speaker:
        """Who says one answer."""

    @abstractmethod
    def error(self, trouble: Trouble) -> dict[str, Any]:
        """The body of a refusal."""

    def status(self, trouble: Trouble) -> int:
        """The HTTP status of a refusal."""
        return trouble.status

    def error_in_stream(self, trouble: Trouble) -> Mapping[str, Any] | None:
        """The object that says the trouble inside a stream; ``None``: this wire has none for it."""
        return self.error(trouble)

    def error_in_reply(self, trouble: Trouble) -> Mapping[str, Any] | None:
        """The object that says the trouble as a whole answer with status 200."""
        return self.error_in_stream(trouble)

    def headers(self, trouble: Trouble) -> dict[str, str]:
        """The headers of a refusal: the request's id, and how long to wait."""
        headers = {self.request_id_header: REQUEST_ID} if self.request_id_header else {}
        if trouble.retry_after is not None:
            headers["retry-after"] = f"{trouble.retry_after:g}"
        return headers

    def serves(self, request: Request) -> bool:
        """Whether the request is on this wire."""
        return any(re.search(door, request.path) for door in self.doors)

    def wants_stream(self, request: Request) -> bool:
        """Whether the request asks for a stream."""
        return request.json.get("stream") is True

    # --- answering

    def answer(self, line: Line, request: Request) -> Answer:
        """What goes over the wire for one line of a script."""
        if isinstance(line, Answer):
            return line
        if isinstance(line, Trouble):
            return self.refuse(line, request)
        delivery = line if isinstance(line, Delivery) else Delivery(line)
        return self.stream(delivery) if self.wants_stream(request) else self.whole(delivery)

    def refuse(self, trouble: Trouble, request: Request) -> Answer:
        """The trouble as an HTTP answer."""
        return json_answer(self.error(trouble), self.status(trouble), headers=self.headers(trouble))

    def stream(self, delivery: Delivery) -> Answer:
        """The answer as server-sent events."""
        return sse(
            self._delivered(delivery),
            per_segment=delivery.per_segment,
            line_end=delivery.line_end or self.line_end,
            event_key=self.event_key,
            headers=delivery.headers,
            piece=delivery.piece,
        )

    def whole(self, delivery: Delivery) -> Answer:
        """The answer as one JSON body; one that breaks, breaks in the middle of its body."""
        said = delivery.said
        for part in said.parts:
            if isinstance(part, Trouble):
                return json_answer(self.error_in_reply(part))
        value = {**self.speaker(said).reply(), **delivery.extra}
        body = json.dumps(value, ensure_ascii=False).encode()
        return Answer(
            headers=delivery.headers,
            body=_broken(body, said.parts),
            piece=delivery.piece,
        )

    def frames(self, said: Said) -> Iterator[Frame]:
        """The frames of a streamed answer; an error object where the script has ``Trouble``."""
        for position, part in enumerate(said.parts):
            if isinstance(part, Trouble):
                before = Said(
                    *said.parts[:position],
                    Cut(),
                    tokens=said.tokens,
                    piece=said.piece,
                    id=said.id,
                    model=said.model,
                )
                yield from self.speaker(before).frames()
                error = self.error_in_stream(part)
                assert error is not None, f"{type(self).__name__} has no {part.kind} in a stream"
                yield error
                return
        yield from self.speaker(said).frames()

    def _delivered(self, delivery: Delivery) -> Iterator[Frame]:
        for frame in self.frames(delivery.said):
            if delivery.between:
                yield delivery.between
            if delivery.extra and isinstance(frame, Mapping):
                yield {**frame, **delivery.extra}
            else:
                yield frame


def _broken(body: bytes, parts: tuple[Part, ...]) -> bytes | list[Step]:
    middle = len(body) // 2
    for part in parts:
        if isinstance(part, Cut):
            return body[:middle]
        if isinstance(part, Reset | Close | Stall):
            return [body[:middle], part, body[middle:]]
    return body
