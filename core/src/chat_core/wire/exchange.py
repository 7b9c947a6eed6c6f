"""``Exchange``: one call to a chat model, from request to last chunk; no I/O.

``call.py`` has its theory of operation. A stream begins in the state *events*, which returns chunks
as they are completed; a decoder that reports its end puts it into *drained*. Chunks without output
(a role, an id) are held back until output has come, so that an error after them can still be
retried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..messages.chunks import AIMessageChunk
from .call import Call
from .decoder import Decoder, StreamReader, decode_reply

__all__ = ["Exchange"]

_DRAIN_SECONDS = 0.25
"""How long to wait for the body's end after the answer's, so that the connection can be reused."""

Chunks = list[AIMessageChunk]


@dataclass(slots=True, kw_only=True)
class Exchange(Call[AIMessageChunk]):
    """One call for a chat answer.

    Args:
        decoder: makes the decoder of one answer.
    """

    decoder: Callable[[], Decoder]

    _reader: StreamReader = field(init=False, repr=False)
    _held: Chunks = field(default_factory=list, init=False, repr=False)

    def load(self) -> None:
        """Import what the transport and the decoder need; called from a worker thread."""
        self.transport.load()
        self.decoder()

    def _begin_stream(self) -> Callable[[bytes], Chunks]:
        self._held = []
        self._reader = StreamReader(self._new_decoder())
        return self._events

    def _read_whole(self, body: bytes) -> Chunks:
        chunks = [decode_reply(self._new_decoder(), body)]
        if self._permit is not None:
            self._permit.note(chunks)
        return self._with_head(chunks)

    def _events(self, data: bytes) -> Chunks:
        reader = self._reader
        if data:
            chunks = reader.feed(data)
        elif self.deadline.expired:
            raise self._timed_out()
        else:
            chunks = reader.finish()
        if not self._has_output and (chunks or reader.ended):
            chunks = self._released(chunks)
        failure = reader.failure
        if reader.ended and failure is None:
            self._begin_drain(data)
        if chunks:
            if self._permit is not None:
                self._permit.note(chunks)
            self.deadline.paused = True
            self._failure = failure
        elif failure is not None:
            raise failure
        elif self.deadline.check():
            raise self._timed_out()
        return chunks

    def _new_decoder(self) -> Decoder:
        decoder = self.decoder()
        decoder.head = self._head
        return decoder

    def _released(self, chunks: Chunks) -> Chunks:
        """The first event has come. What is given out of ``chunks`` and those held back."""
        self._has_begun = True
        self.deadline.extend(self.idle_timeout)  # reasoning models may think for minutes now
        self._held += chunks
        # A role or an id is no output yet: an error after it can still be retried.
        self._has_output = any(chunk.blocks for chunk in self._held)
        is_whole = self._reader.ended and self._reader.failure is None
        if not (self._has_output or is_whole):
            return []
        released, self._held = self._held, []
        return self._with_head(released)

    def _with_head(self, chunks: Chunks) -> Chunks:
        """``chunks``, the first of which has what the response's head says."""
        if chunks and self._head_metadata:
            first = chunks[0]
            first.response_metadata = {**self._head_metadata, **first.response_metadata}
        return chunks

    def _begin_drain(self, data: bytes) -> None:
        self.is_over = not data
        self.receive = self._drained
        self.deadline.extend(_DRAIN_SECONDS)
