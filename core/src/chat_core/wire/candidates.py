"""Several candidates of one answer: one decoder for each, fed with what of a wire belongs to it.

Rules:

- A wire object lists candidates, each with its ``index``; where one has none, its place in the list
  counts. An object without candidates (usage, an error) goes to the decoder of the first one.
- Token counts are those of the whole request. They go out once, with the candidate that came first.
- Every candidate that has begun has to end as an answer does: one that does not is an interruption.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..json_text import JSONObject
from ..messages.chunks import AIMessageChunk
from .decoder import Decoder
from .framing import Framing

__all__ = ["CandidateChunks", "CandidateWire", "CandidatesDecoder"]

Candidate = tuple[int, AIMessageChunk]
"""The index of a candidate, and a chunk of it."""


@dataclass(frozen=True, slots=True)
class CandidateWire:
    """Where a wire has candidates.

    Args:
        answers: the field of an answer that lists them.
        count: the path of their number in a request's body.
    """

    answers: str
    count: tuple[str, ...]

    def with_count(self, body: JSONObject, n: int) -> JSONObject:
        """``body`` with the number of candidates in its place."""
        return _with(body, self.count, n)

    def split(self, wire: JSONObject) -> list[tuple[int, JSONObject]]:
        """``wire`` once for each of its candidates, with that one alone; none for no candidates."""
        listed = wire.get(self.answers)
        parts: list[tuple[int, JSONObject]] = []
        for place, each in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(each, dict):
                index = each.get("index")
                parts.append(
                    (index if type(index) is int else place, {**wire, self.answers: [each]})
                )
        return parts


class CandidateChunks(AIMessageChunk):
    """What one wire object brings of all candidates.

    ``candidates`` holds their chunks. The blocks are those of all of them, for code that asks only
    whether there are any.
    """

    __slots__ = ("candidates",)

    def __init__(self, candidates: list[Candidate]) -> None:
        chunks = [chunk for _, chunk in candidates]
        super().__init__(
            [block for chunk in chunks for block in chunk.blocks],
            usage_metadata=next((c.usage_metadata for c in chunks if c.usage_metadata), None),
        )
        self.candidates = candidates


class CandidatesDecoder(Decoder):
    """Decodes an answer of several candidates; its chunks are ``CandidateChunks``.

    Args:
        make: makes the decoder of one candidate.
        wire: where the wire has candidates.
    """

    def __init__(self, make: Callable[[], Decoder], wire: CandidateWire) -> None:
        self._make = make
        self._wire = wire
        self._decoders: dict[int, Decoder] = {}
        self._begun: set[int] = set()
        self._first: int | None = None

    def make_framing(self) -> Framing:
        return self._decoder(0).make_framing()

    def feed(self, wire: JSONObject, event: str | None = None) -> AIMessageChunk | None:
        return _joined(
            [
                self._own(index, self._decoder(index).feed(part, event))
                for index, part in self._split(wire)
            ]
        )

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        begun = {index: self._decoders[index] for index in sorted(self._begun)}
        return _joined(
            [
                self._own(index, decoder.finish(marker=marker))
                for index, decoder in (begun or {0: self._decoder(0)}).items()
            ]
        )

    def reply(self, wire: JSONObject) -> AIMessageChunk:
        pairs = [
            self._own(index, self._decoder(index).reply(part)) for index, part in self._split(wire)
        ]
        return CandidateChunks([(i, chunk) for i, chunk in pairs if chunk is not None])

    def _split(self, wire: JSONObject) -> list[tuple[int, JSONObject]]:
        parts = self._wire.split(wire)
        for index, _ in parts:
            if self._first is None:
                self._first = index
            self._begun.add(index)
        return parts or [(self._first or 0, wire)]

    def _decoder(self, index: int) -> Decoder:
        decoder = self._decoders.get(index)
        if decoder is None:
            decoder = self._decoders[index] = self._make()
            decoder.head = self.head
        return decoder

    def _own(self, index: int, chunk: AIMessageChunk | None) -> tuple[int, AIMessageChunk | None]:
        """``chunk`` without the counts of the request, unless it is of the first candidate."""
        if chunk is not None and index != (self._first or 0):
            chunk.usage_metadata = None
            chunk.response_metadata.pop("token_usage", None)
        return index, chunk


def _joined(pairs: list[tuple[int, AIMessageChunk | None]]) -> AIMessageChunk | None:
    brought = [(index, chunk) for index, chunk in pairs if chunk is not None]
    return CandidateChunks(brought) if brought else None


def _with(body: JSONObject, path: tuple[str, ...], value: Any) -> JSONObject:
    name, *rest = path
    below = body.get(name)
    inner = _with(below if isinstance(below, dict) else {}, tuple(rest), value) if rest else value
    return {**body, name: inner}
