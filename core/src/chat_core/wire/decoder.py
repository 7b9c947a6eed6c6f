"""The seam between bytes and chunks: what a provider's decoder is, and the reader that drives it.

A decoder knows one wire format and nothing of JSON text, network or time. ``StreamReader`` joins it
to its framing: bytes in, chunks out, errors of our own tree for everything else. Bytes that are not
in the framing, and JSON values of a type that the decoder does not read, are a
``MalformedResponseError``, which says what they are; any other exception of the decoder's own code
is a ``DecoderError``, which names the decoder.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from pydantic_core import from_json

from ..errors import (
    APIError,
    ChatError,
    MalformedResponseError,
    StreamInterruptedError,
    class_for_status,
)
from ..json_text import JSONObject, parse_json, parse_json_with_surrogates
from ..messages.chunks import AIMessageChunk, merge_chunks
from ..rate_limits.headers import read_retry_after
from .body_kind import (
    JSON_OBJECT,
    SERVER_SENT_EVENTS,
    describe_body,
    is_not_utf8,
    is_other_framing,
)
from .chunk_check import validate_chunk
from .decode_failures import decode_failure, unexpected_body
from .framing import Frame, Framing
from .response_head import ResponseHead
from .sse import SSEParser
from .surrogates import SurrogateJoiner

__all__ = ["MAX_BODY_BYTES", "Decoder", "StreamReader", "read_refusal", "too_long"]

MAX_BODY_BYTES = 256 * 1024 * 1024
"""A whole answer longer than this is an attack or a mistake. Streams are bounded by the event."""

_HEAD_BYTES = 500
"""How much of a body's beginning tells events from other bodies, and is shown in errors."""


class Decoder(ABC):
    """Wire objects of one answer in, chunks out. Make one for each answer.

    ``framing`` makes the parser that cuts the bytes of a stream into frames. ``head`` is the
    response's status and headers; it is set before the first byte. ``ended`` is set by the decoder
    when the wire says that nothing follows (``message_stop``, ``response.completed``); reading then
    stops. Wires without such a word leave it ``False``.
    """

    framing: ClassVar[type[Framing]] = SSEParser
    head: ResponseHead = ResponseHead()
    ended: bool = False

    def make_framing(self) -> Framing:
        """The parser for this answer's bytes; override to choose it by ``head``."""
        return self.framing()

    @abstractmethod
    def feed(self, wire: JSONObject, event: str | None = None) -> AIMessageChunk | None:
        """One object of a stream, with its frame's name. ``None`` when it brings nothing.

        Raises ``APIError`` (the class of its HTTP twin) for an error object inside the stream.
        """

    @abstractmethod
    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        """The end: ``marker`` is true at ``[DONE]``, false where the body just ended.

        Raises ``StreamInterruptedError`` unless the wire has proved that the answer is whole.
        """

    @abstractmethod
    def reply(self, wire: JSONObject) -> AIMessageChunk:
        """A whole (unstreamed) answer as one chunk. Raises ``APIError`` for an error object."""

    def reply_of_value(self, wire: object) -> AIMessageChunk:
        """``reply`` for JSON that is no object; by default only a list of one object is read.

        Raises ``TypeError`` for anything else.
        """
        return self.reply(_only_object(wire))


class StreamReader:
    """Bytes of one streamed body in, chunks out.

    A failure does not swallow the chunks before it: ``feed`` returns them and leaves the error in
    ``failure``, to be raised once they are delivered. A body that is one JSON object instead of
    events (a server that ignores ``stream``, or an error with status 200) is decoded as a whole
    reply. ``framing`` is the decoder's own unless another is given.
    """

    __slots__ = (
        "_body",
        "_body_size",
        "_decoder",
        "_framing",
        "_has_begun",
        "_head",
        "_joiner",
        "ended",
        "failure",
    )

    def __init__(self, decoder: Decoder, framing: Framing | None = None) -> None:
        self._decoder = decoder
        self._framing = framing or decoder.make_framing()
        self._head = b""
        self._has_begun = False
        self._body: list[bytes] | None = None
        self._body_size = 0
        self._joiner: SurrogateJoiner | None = None
        self.failure: ChatError | None = None
        self.ended = False

    def feed(self, data: bytes) -> list[AIMessageChunk]:
        """The chunks that ``data`` completes, in order."""
        if self._body is not None:
            self._body.append(data)
            self._body_size += len(data)
            if self._body_size > MAX_BODY_BYTES:
                self.failure = too_long(self._head)
            return []
        if len(self._head) < _HEAD_BYTES:
            before = self._head
            self._head = (before + data)[:_HEAD_BYTES]  # the same bytes, however they are cut
            if self._framing.is_other_body(self._head):
                self._body = [before, data]
                return []
            chunks = self._decode(self._framing.feed, data)
            self._has_begun = self._has_begun or bool(chunks)
            return chunks
        return self._decode(self._framing.feed, data)

    def finish(self) -> list[AIMessageChunk]:
        """The body has ended: the last chunks. ``failure`` says so if the answer is not whole."""
        if self._body is not None:
            return self._whole(b"".join(self._body))
        chunks = self._decode(self._last_frames, b"")
        self._has_begun = self._has_begun or bool(chunks)
        if not self.ended and self.failure is None:
            chunks += self._end(marker=False)
        return chunks

    def _last_frames(self, _: bytes) -> Iterable[Frame]:
        """What the framing had kept. A frame that was cut off brings nothing."""
        for frame in self._framing.finish():
            if _is_whole(frame):
                yield frame
            elif is_other_framing(frame[1]) or is_not_utf8(frame[1]):
                raise self._not_json(frame[1])

    def _decode(
        self, cut: Callable[[bytes], Iterable[Frame]], received: bytes
    ) -> list[AIMessageChunk]:
        chunks: list[AIMessageChunk] = []
        decoder = self._decoder
        feed = decoder.feed
        joiner = self._joiner
        data = b""
        try:
            for event, data in cut(received):
                if data[:1] != b"{":
                    if not data.strip():
                        continue
                    if data.strip() == b"[DONE]":
                        chunks += self._end(marker=True)
                        break
                try:
                    wire = from_json(data, cache_strings="keys")
                except (ValueError, TypeError):
                    wire = parse_json_with_surrogates(data)
                    joiner = self._joiner = joiner or SurrogateJoiner()
                if wire.__class__ is not dict:
                    wire = _only_object(wire)
                chunk = feed(wire, event)
                if chunk is not None:
                    validate_chunk(chunk)
                    if joiner is not None:
                        joiner.join(chunk)
                    chunks.append(chunk)
                if decoder.ended:
                    chunks += self._end(marker=False)
                    break
        except APIError as error:
            self.failure = error
        except Exception as error:  # noqa: BLE001 - a decoder is anybody's code
            is_ours = not data or _is_object(data)
            self.failure = decode_failure(error, data, decoder) if is_ours else self._not_json(data)
            self.failure.__cause__ = error
        return chunks

    def _end(self, *, marker: bool) -> list[AIMessageChunk]:
        self.ended = True
        chunks: list[AIMessageChunk] = []
        try:
            if self._joiner is not None and (rest := self._joiner.rest()):
                chunks.append(rest)
            chunk = self._decoder.finish(marker=marker)
            if chunk is not None:
                validate_chunk(chunk)
                if self._joiner is not None:
                    self._joiner.join(chunk)
                chunks.append(chunk)
        except StreamInterruptedError as error:
            self.failure = self._explained(error)
        except APIError as error:
            self.failure = error
        except Exception as error:  # noqa: BLE001 - see _decode
            self.failure = decode_failure(error, self._head, self._decoder)
        return chunks

    def _not_json(self, data: bytes) -> MalformedResponseError:
        return unexpected_body(f"JSON objects in {self._framing.name}", data)

    def _explained(self, error: StreamInterruptedError) -> APIError:
        # Bytes that never held one event are another wire, not an answer cut short; one JSON object
        # that brought nothing is an object of another kind.
        is_other = not self._has_begun and _is_object(self._head)
        if self._framing.has_begun(self._head) and not is_other:
            return error
        return unexpected_body(self._framing.name, self._head)

    def _whole(self, body: bytes) -> list[AIMessageChunk]:
        self.ended = True
        try:
            return [_decode_document(self._decoder, body, self._framing.name)]
        except ChatError as error:
            self.failure = error
            return []


def decode_reply(decoder: Decoder, body: bytes) -> AIMessageChunk:
    """A whole answer's body as one chunk.

    It may come in the decoder's framing, or as server-sent events though no stream was asked for:
    then the chunks of its frames as one. Raises ``MalformedResponseError``, or the ``APIError``
    that the body stands for.
    """
    framing = SSEParser() if _is_event_stream(body) else decoder.make_framing()
    if _is_framed(framing, body):
        return _merged_stream(decoder, framing, body)
    return _decode_document(decoder, body, JSON_OBJECT)


def _decode_document(decoder: Decoder, body: bytes, expected: str) -> AIMessageChunk:
    """A body that is one JSON document as one chunk; errors call what else it could be."""
    try:
        wire = parse_json(body)
    except ValueError as error:
        raise unexpected_body(expected, body) from error
    is_object = wire.__class__ is dict
    try:
        chunk = decoder.reply(wire) if is_object else decoder.reply_of_value(wire)
        validate_chunk(chunk)
    except APIError:
        raise
    except Exception as error:
        if not is_object and isinstance(error, TypeError):
            raise unexpected_body(expected, body) from error
        raise decode_failure(error, body, decoder) from error
    return chunk


def _is_framed(framing: Framing, body: bytes) -> bool:
    """Whether ``body`` is frames of ``framing`` rather than one JSON object."""
    head = body[:_HEAD_BYTES]
    if framing.is_other_body(head) or not framing.has_begun(head):
        return False
    return not (head.lstrip()[:1] == b"{" and _is_object(body))


def read_refusal(
    error_from_response: Callable[[int, Mapping[str, str], bytes], APIError],
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> APIError:
    """The error that a provider's ``error_from_response`` makes of a response.

    Of a body in a shape that it does not expect, what the status alone says. A body that is framed
    as an event (LiteLLM) is read without its frame.
    """
    if _is_event_stream(body):
        body = _first_event(body)
    if 300 <= status < 400:
        return _redirect(status, headers)
    try:
        return error_from_response(status, headers, body)
    except ChatError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile bytes can make it raise anything
        shown = body[:200].decode("utf-8", "replace")
        made = class_for_status(status)(
            f"HTTP {status} with a body of an unknown shape: {shown}",
            status=status,
            retry_after=read_retry_after(headers),
        )
        made.__cause__ = error
        return made


def _redirect(status: int, headers: Mapping[str, str]) -> APIError:
    """A redirect, which is not followed: the key must not reach another host."""
    location = next((v for name, v in headers.items() if name.lower() == "location"), None)
    return class_for_status(status)(
        f"The server redirects to {location or 'no location'}; set base_url to the right address.",
        status=status,
        details={"location": location} if location else None,
    )


def _is_event_stream(body: bytes) -> bool:
    return describe_body(body) == SERVER_SENT_EVENTS


def _merged_stream(decoder: Decoder, framing: Framing, body: bytes) -> AIMessageChunk:
    """The chunks of a whole stream as one. Raises what the stream ends in."""
    reader = StreamReader(decoder, framing)
    chunks = reader.feed(body)
    if not reader.ended and reader.failure is None:
        chunks += reader.finish()
    merged = merge_chunks(chunks)
    if reader.failure is not None:
        if isinstance(reader.failure, APIError) and merged.blocks:
            reader.failure.partial = merged.to_message()
        raise reader.failure
    return merged


def _first_event(body: bytes) -> bytes:
    """The data of the first event of ``body``; ``body`` itself if it has none."""
    parser = SSEParser()
    frames = [*parser.feed(body), *parser.finish()]
    return next((data for _, data in frames if data.strip() not in (b"", b"[DONE]")), body)


def _only_object(wire: object) -> JSONObject:
    """The object in a list of one, as Gemini's compatible endpoint sends errors.

    Raises ``TypeError`` for anything else that is no object.
    """
    if isinstance(wire, dict):
        return wire
    if isinstance(wire, list) and len(wire) == 1 and isinstance(wire[0], dict):
        return wire[0]
    raise TypeError(f"a JSON {type(wire).__name__}, not an object")


def too_long(beginning: bytes) -> MalformedResponseError:
    """The error of an answer that does not end."""
    return MalformedResponseError(
        f"The answer is longer than {MAX_BODY_BYTES} bytes.", wire=beginning
    )


def _is_whole(frame: Frame) -> bool:
    data = frame[1].strip()
    if data == b"[DONE]":
        return True
    return _is_json(data)


def _is_object(data: bytes) -> bool:
    """Whether ``data`` is a JSON object, or a list of one."""
    try:
        _only_object(parse_json(data))
    except (ValueError, TypeError):
        return False
    return True


def _is_json(data: bytes) -> bool:
    try:
        parse_json(data)
    except (ValueError, TypeError, RecursionError):
        return False
    return True
