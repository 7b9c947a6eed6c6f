"""The simulator of the plain wire, and what its model is capable of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chat_conformance.capabilities import CAPABILITIES, SERVER_TOOLS
from chat_conformance.http_answers import Answer, Frame, json_answer
from chat_conformance.script import (
    Call,
    ErrorReply,
    Picture,
    Reasoning,
    Refusal,
    Reply,
    ServerToolRun,
    Sound,
    Text,
    pieces,
)
from chat_conformance.simulators import AnswerWriter, Simulator
from chat_conformance.wire_connection import Request
from plain_wire import FINISH

CAPABLE_OF = frozenset(CAPABILITIES) - {"video_base64", "web_fetch", "file_search"}

_FINISH = {ours: plain for plain, ours in FINISH.items()}


class PlainWriter(AnswerWriter):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._calls = 0
        self._texts = 0

    def opening(self) -> Iterator[Frame]:
        yield {"id": self.reply.id, "model": self.reply.model}
        if self.reply.tokens is not None:  # twice, as vendors do; only the last one counts
            yield self._used(1)

    def text(self, part: Text) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            sure = {} if part.logprob is None else {"sure": part.logprob}
            yield {"text": piece, **sure}
        for source in part.cited:
            start = self._texts + part.text.index(source.words)
            facts = {"url": source.url, "title": source.title, "start": start}
            yield {"source": {**facts, "end": start + len(source.words)}}
        self._texts += len(part.text)

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            yield {"think": piece}
        if part.seal is not None:
            yield {"seal": part.seal}

    def refusal(self, part: Refusal) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            yield {"no": piece}

    def call(self, part: Call) -> Iterator[Frame]:
        number = self._calls
        self._calls += 1
        yield {"call": number, "name": part.name, "id": part.id}
        for piece in pieces(part.args, self.reply.piece):
            yield {"call": number, "args": piece}

    def picture(self, part: Picture) -> Iterator[Frame]:
        yield {"picture": part.base64, "kind": part.mime_type}

    def sound(self, part: Sound) -> Iterator[Frame]:
        for piece in pieces(part.transcript, self.reply.piece):
            yield {"sound": "", "kind": part.mime_type, "words": piece}
        for piece in pieces(part.base64, self.reply.piece):
            yield {"sound": piece, "kind": part.mime_type}

    def server_tool(self, part: ServerToolRun) -> Iterator[Frame]:
        name = part.server_tool if part.kind == "mcp_server" else part.kind
        yield {"ran": name, "id": part.id, "gave": part.result}

    def closing(self) -> Iterator[Frame]:
        if self.reply.tokens is not None:
            yield self._used(self.reply.tokens.output)
        yield {"end": _FINISH[self.reply.finish]}

    def body(self) -> dict[str, Any]:
        reply = [frame for frame in self.frames() if isinstance(frame, dict)]
        return {"id": self.reply.id, "model": self.reply.model, "data": reply[1:]}

    def _used(self, output: int) -> dict[str, Any]:
        tokens = self.reply.tokens
        assert tokens is not None
        counts = {"in": tokens.input, "out": output}
        return {"used": {**counts, "cached": tokens.cached, "thought": tokens.reasoning}}


class PlainSimulator(Simulator):
    paths = (r"^/plain$", r"^/plain/models$")
    token_count = (r"^/plain/count$", "tokens")
    offers = CAPABLE_OF
    candidates_in = "each"
    keeps_files = r" /plain/files(/[^/]+)?$"

    def as_candidate(self, wire: Mapping[str, Any], index: int) -> dict[str, Any]:
        return {"each": [{**wire, "index": index}]}

    def unscripted(self, request: Request) -> Answer | None:
        if request.path == "/plain/models":
            return json_answer({"models": [self.listed_model]})
        return super().unscripted(request)

    server_tools = frozenset(SERVER_TOOLS)

    def writer(self, reply: Reply) -> AnswerWriter:
        return PlainWriter(reply)

    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        return {"error": {"word": error_reply.kind, "text": error_reply.message}}
