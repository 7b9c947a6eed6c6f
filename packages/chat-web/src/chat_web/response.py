"""``ChatResponse``: the response that streams one answer, for Starlette and FastAPI.

It is a response of Starlette's because FastAPI sends only those as they are; what it uses of them
is their headers and background task. All else is plain ASGI, so it is also an ASGI application.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from chat_core import InvalidParameterError
from starlette.background import BackgroundTask
from starlette.responses import Response

from .answer import close_source, encode_answer
from .delivery import Delivery, Receive, Send
from .encoder import Encoder
from .event_encoder import EventEncoder
from .events import Show, Source, visible
from .public_errors import ErrorText, StreamGoneError, error_text, public_error
from .shutdown import register
from .sse import Ids

if TYPE_CHECKING:
    from collections.abc import MutableMapping

__all__ = ["ChatResponse"]

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
        headers: more headers, or others.
        background: what Starlette runs after the response.

    The vendor's call ends when the reader has gone, and when the server shuts down
    (``chat_web.lifespan``). An error is the last event of the stream.
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
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        if heartbeat is not None and not heartbeat > 0:
            raise InvalidParameterError(
                f"heartbeat is a positive number of seconds, or None; got {heartbeat!r}."
            )
        self._source = source
        self._encoder: Encoder = EventEncoder() if encoder is None else encoder
        self._heartbeat = heartbeat
        self._show = show
        self._text = text
        self._ids = Ids(secrets.token_urlsafe(16))
        self.status_code = 200
        self.background = background
        self.init_headers({**_HEADERS, **self._encoder.headers, **(headers or {})})

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Send the response. What went wrong with the answer is in it and is not raised."""
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        if scope.get("method") == "HEAD":
            await close_source(self._source)
            await send({"type": "http.response.body", "body": b""})
        else:
            frames = self._frames(_last_event_id(scope))
            delivery = Delivery(frames, self._abort, self._heartbeat)
            register(delivery)
            await delivery.run(receive, send)
        if self.background is not None:
            await self.background()

    async def _frames(self, last_event_id: str) -> AsyncGenerator[list[bytes], None]:
        if last_event_id:  # the answer is not asked for, and paid for, again
            await close_source(self._source)
            gone = StreamGoneError("This answer was not kept. Ask again.")
            yield list(self._encoder.error(public_error(gone, self._text)))
            return
        frames = encode_answer(self._source, self._encoder, show=self._show, text=self._text)
        async with aclosing(frames):
            async for each in frames:
                yield self._ids.number(each)

    def _abort(self, text: str) -> Iterable[bytes]:
        return self._ids.number(self._encoder.abort(text))


def _last_event_id(scope: Mapping[str, Any]) -> str:
    """The id that a browser sends when it connects again; ``""`` for a first connection."""
    headers: Iterable[tuple[bytes, bytes]] = scope.get("headers", ())
    return next((v.decode("latin-1") for k, v in headers if k == b"last-event-id"), "")
