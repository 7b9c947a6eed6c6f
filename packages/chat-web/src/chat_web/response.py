"""``ChatResponse``: the response that streams one answer, for Starlette and FastAPI.

It is a response of Starlette's because FastAPI sends only those as they are; what it uses of them
is their headers and background task. All else is plain ASGI, so it is also an ASGI application.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from chat_core import StreamEvent
from starlette.background import BackgroundTask
from starlette.responses import Response

from .answer import abort_frames, close_source, encode_answer
from .delivery import Delivery, Receive, Send
from .encoder import Encoder
from .event_encoder import EventEncoder
from .events import Show, Source, visible
from .public_errors import ErrorText, StreamGoneError, StreamStoreError, error_text, public_error
from .response_arguments import (
    check_encoder,
    check_functions,
    check_seconds,
    check_source,
    refuse,
)
from .resumable import ResumableStreams
from .shutdown import register
from .sse import Ids, read_id

if TYPE_CHECKING:
    from collections.abc import MutableMapping

__all__ = ["ChatResponse"]

_log = logging.getLogger("chat_web")

_SECONDS_FOR_READERS = 1.0
"""How long the readers of a resumable answer have to take its last frames at a shut-down."""

_HEADERS = {
    "cache-control": "no-store, no-transform",  # no proxy compresses it either, which would delay
    "x-accel-buffering": "no",  # nginx and those that follow it
    "x-content-type-options": "nosniff",
}


class ChatResponse(Response):
    """Server-sent events of one answer.

    Args:
        source: ``model.astream(…)``, ``runnable.astream_events(…)``, or an async iterator of
            chunks, events or text. It is started when the response is sent.
        encoder: the protocol; by default chat-core's own events (``EventEncoder``). An encoder
            belongs to one response.
        heartbeat: seconds without a frame after which a comment is sent, so that proxies keep the
            connection; ``None`` for never.
        show: from an event to what the reader sees of it, ``None`` for nothing; by default without
            prompts and inputs (``visible``). ``show=None`` shows all.
        text: from an exception to what users read of it; by default a sentence for each class.
        resumable: keep the answer, so that a reader who comes back with ``Last-Event-ID`` gets the
            rest of it, and it goes on in between (``ResumableStreams``). The header ``x-stream-id``
            names its stream.
        headers: more headers, or others.
        background: what Starlette runs after the response.

    The vendor's call ends when the reader has gone (unless the answer is resumable), and when the
    server shuts down (``chat_web.lifespan``). An error is the last event of the stream. Raises
    ``InvalidParameterError`` for an argument of another kind.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        source: Source,
        *,
        encoder: Encoder | None = None,
        heartbeat: float | None = 15.0,
        show: Show | None = visible,
        text: ErrorText = error_text,
        resumable: ResumableStreams | None = None,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        if heartbeat is not None:
            check_seconds("heartbeat", heartbeat, is_zero_allowed=False)
        if encoder is not None:
            check_encoder(encoder)
        if resumable is not None and not isinstance(resumable, ResumableStreams):
            refuse("resumable", "a ResumableStreams, or None", resumable)
        check_functions(show=show, text=text)
        check_source(source)
        self._source = source
        self._encoder: Encoder = EventEncoder() if encoder is None else encoder
        self._heartbeat = heartbeat
        self._show = show
        self._text = text
        self._resumable = resumable
        self._stream = secrets.token_urlsafe(16)
        self._resumed: str | None = None
        self._ids = Ids(self._stream)
        self.status_code = 200
        self.background = background
        self.init_headers({**_HEADERS, **self._encoder.headers, **(headers or {})})

    @classmethod
    def resume(cls, resumable: ResumableStreams, *, stream: str, **settings: Any) -> ChatResponse:
        """The rest of the answer ``stream``, after the request's ``Last-Event-ID``; all of it
        without that header. ``settings`` are those of the constructor.
        """
        if not isinstance(stream, str):
            refuse("stream", "the id of a stream, a text", stream)
        response = cls(_nothing(), resumable=resumable, **settings)
        response._resumed = stream
        return response

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Send the response. What went wrong with the answer is in it and is not raised."""
        last_event_id = _last_event_id(scope)
        if stream := self._stream_after(last_event_id):
            self.headers["x-stream-id"] = stream
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        if scope.get("method") == "HEAD":
            await close_source(self._source)
            await send({"type": "http.response.body", "body": b""})
        else:
            frames = self._frames(last_event_id)
            delivery = Delivery(frames, self._abort, self._heartbeat, self._seconds_to_end)
            register(delivery)
            await delivery.run(receive, send)
        if self.background is not None:
            await self.background()

    @property
    def _seconds_to_end(self) -> float:
        """A resumable answer ends in the store, and its readers read its last frames there."""
        return 0.0 if self._resumable is None else _SECONDS_FOR_READERS

    async def _frames(self, last_event_id: str) -> AsyncGenerator[list[bytes], None]:
        try:
            frames = await self._begin(last_event_id)
            async with aclosing(frames):
                async for each in frames:
                    yield each
        except (StreamGoneError, StreamStoreError) as error:
            _log.warning("A stream cannot be read: %s", error, exc_info=error.__cause__)
            yield list(self._encoder.error(public_error(error, self._text)))

    async def _begin(self, last_event_id: str) -> AsyncGenerator[list[bytes], None]:
        """The frames of a new answer, or the rest of the one that the reader knows.

        Raises ``StreamGoneError`` if that cannot be.
        """
        if self._resumed is not None or last_event_id:
            # The answer is not asked for, and paid for, again.
            await close_source(self._source)
            return self._rest(last_event_id)
        if self._resumable is not None:
            try:
                last_frames = partial(abort_frames, self._encoder)
                await self._resumable.start(self._stream, self._encoded(), last_frames)
                return self._resumable.read(self._stream, 0)
            except StreamStoreError as error:
                _log.warning("An answer is not resumable: %s", error, exc_info=error.__cause__)
        return self._numbered()

    def _rest(self, last_event_id: str) -> AsyncGenerator[list[bytes], None]:
        if self._resumable is None:
            raise StreamGoneError("This answer was not kept. Ask again.")
        place = read_id(last_event_id or f"{self._resumed}.0")
        if place is None or self._resumed not in (None, place[0]):
            raise StreamGoneError("There is no such answer. Ask again.")
        return self._resumable.read(*place)

    def _stream_after(self, last_event_id: str) -> str:
        """The stream that the header names; none for what cannot be the id of a stream."""
        if self._resumable is None:
            return ""
        if self._resumed is not None:
            return self._resumed if read_id(f"{self._resumed}.0") else ""
        place = read_id(last_event_id)
        return place[0] if place else self._stream

    def _encoded(self) -> AsyncGenerator[list[bytes], None]:
        return encode_answer(self._source, self._encoder, show=self._show, text=self._text)

    async def _numbered(self) -> AsyncGenerator[list[bytes], None]:
        async with aclosing(self._encoded()) as frames:
            async for each in frames:
                yield self._ids.number(each)

    def _abort(self, text: str) -> Iterable[bytes]:
        if self._resumable is not None:
            return ()
        return self._ids.number(abort_frames(self._encoder, text))


def _last_event_id(scope: Mapping[str, Any]) -> str:
    """The id that a browser sends when it connects again; ``""`` for a first connection."""
    headers: Iterable[tuple[bytes, bytes]] = scope.get("headers", ())
    return next((v.decode("latin-1") for k, v in headers if k == b"last-event-id"), "")


async def _nothing() -> AsyncGenerator[StreamEvent, None]:
    """The source of a response that reads an answer from the store."""
    events: tuple[StreamEvent, ...] = ()
    for event in events:
        yield event
