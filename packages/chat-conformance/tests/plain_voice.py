"""The voice of the plain wire, and what its model is capable of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chat_conformance.capabilities import CAPABILITIES
from chat_conformance.http_answers import Frame
from chat_conformance.script import Call, Declined, Said, Text, Thought, Trouble, pieces
from chat_conformance.simulators import Speaker, Voice
from plain_wire import FINISH

CAPABLE_OF = frozenset(CAPABILITIES) - {"video_base64"}

_WORDS = {ours: word for word, ours in FINISH.items()}


class PlainSpeaker(Speaker):
    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self._calls = 0
        self._texts = 0

    def opening(self) -> Iterator[Frame]:
        yield {"id": self.said.id, "model": self.said.model}
        if self.said.tokens is not None:  # twice, as vendors do; only the last one counts
            yield self._used(1)

    def text(self, part: Text) -> Iterator[Frame]:
        for piece in pieces(part.text, self.said.piece):
            yield {"text": piece}
        for source in part.cited:
            start = self._texts + part.text.index(source.words)
            facts = {"url": source.url, "title": source.title, "start": start}
            yield {"source": {**facts, "end": start + len(source.words)}}
        self._texts += len(part.text)

    def thought(self, part: Thought) -> Iterator[Frame]:
        for piece in pieces(part.text, self.said.piece):
            yield {"think": piece}
        if part.seal is not None:
            yield {"seal": part.seal}

    def declined(self, part: Declined) -> Iterator[Frame]:
        for piece in pieces(part.text, self.said.piece):
            yield {"no": piece}

    def call(self, part: Call) -> Iterator[Frame]:
        number = self._calls
        self._calls += 1
        yield {"call": number, "name": part.name, "id": part.id}
        for piece in pieces(part.args, self.said.piece):
            yield {"call": number, "args": piece}

    def closing(self) -> Iterator[Frame]:
        if self.said.tokens is not None:
            yield self._used(self.said.tokens.output)
        yield {"end": _WORDS[self.said.finish]}

    def reply(self) -> dict[str, Any]:
        said = [frame for frame in self.frames() if isinstance(frame, dict)]
        return {"id": self.said.id, "model": self.said.model, "said": said[1:]}

    def _used(self, output: int) -> dict[str, Any]:
        tokens = self.said.tokens
        assert tokens is not None
        counts = {"in": tokens.input, "out": output}
        return {"used": {**counts, "cached": tokens.cached, "thought": tokens.reasoning}}


class PlainVoice(Voice):
    doors = (r"^/plain$",)
    offers = CAPABLE_OF

    def speaker(self, said: Said) -> Speaker:
        return PlainSpeaker(said)

    def error(self, trouble: Trouble) -> dict[str, Any]:
        return {"error": {"word": trouble.kind, "text": trouble.message}}
