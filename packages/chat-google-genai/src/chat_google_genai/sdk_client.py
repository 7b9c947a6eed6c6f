"""Requests through a ``genai.Client`` that the user made, for the Gemini API or for Vertex AI.

The SDK gives out the raw body of whole answers alone (``should_return_http_response``). Of a stream
it gives out typed chunks, which are written back as JSON here; a field that the SDK does not know
is lost in them. Our body is given as ``extra_body``, which the SDK sends as it is; its retries,
continuations and function calling are switched off in the configuration of the call.
"""

from __future__ import annotations

import json
import sys
from asyncio import timeout
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from types import SimpleNamespace
from typing import Any

from chat_core import InvalidParameterError
from chat_core.provider import ClientTransport, ReadResponse, Request, Response, json_content

__all__ = ["GenAIClientTransport"]

_DAY = 86_400.0
"""Seconds. On event loops aiohttp bounds a whole stream by its timeout, so ours is kept instead."""

_SERVER_SECONDS = "600"
"""How long Google may work for a stream; the SDK would send the time until its first event."""


class GenAIClientTransport(ClientTransport):
    """Sends with a ``genai.Client``; one object serves blocking code and event loops."""

    sdk = "google"
    clients = ("a google.genai.Client", "a google.genai.Client")

    def __init__(self, client: Any, async_client: Any) -> None:
        super().__init__(client, async_client)
        self._client = self._client or self._async_client
        self._async_client = self._async_client or self._client

    def serves(self, client: Any, *, is_async: bool) -> bool:
        """See ``ClientTransport``."""
        roots = {base.__module__.partition(".")[0] for base in type(client).__mro__}
        return self.sdk in roots and hasattr(client, "models") and hasattr(client, "aio")

    def call(self, client: Any, request: Request) -> Response:
        """See ``ClientTransport``."""
        given = _arguments(request, request.head_timeout)
        if not request.stream:
            return _whole(client.models.generate_content(**given))
        chunks = client.models.generate_content_stream(**given)
        return _Stream(request, chunks, next(chunks, None))

    async def acall(self, client: Any, request: Request) -> Response:
        """See ``ClientTransport``."""
        given = _arguments(request, _DAY)
        if not request.stream:
            return _whole(await client.aio.models.generate_content(**given))
        chunks = await client.aio.models.generate_content_stream(**given)
        return _Stream(request, chunks, await anext(chunks, None))

    def response_of(self, error: Exception) -> Any:
        """See ``ClientTransport``."""
        details = getattr(error, "details", None)
        if details is None or not isinstance(getattr(error, "code", None), int):
            return None
        response = getattr(error, "response", None)
        return SimpleNamespace(
            status_code=error.code,  # type: ignore[attr-defined]
            headers=getattr(response, "headers", None) or {},
            content=json.dumps(details).encode(),
            request=getattr(response, "request", None),
        )

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """See ``ClientTransport``; on event loops the SDK sends with aiohttp if it is installed."""
        aiohttp = sys.modules.get("aiohttp")
        return (*super().failures, *([aiohttp.ClientError] if aiohttp else []))


def _arguments(request: Request, seconds: float) -> dict[str, Any]:
    """The keyword arguments for the SDK's method, which ends after ``seconds`` of silence."""
    if request.query:
        raise InvalidParameterError(
            "extra_query= cannot be sent with client=: no method of google-genai takes it. Give"
            " api_key= and base_url= in place of client=."
        )
    # The SDK writes JSON with json.dumps; what that cannot send is settled before.
    sent = {name: value for name, value in request.body.items() if name != "model"}
    body = json.loads(json_content(sent))
    waiting = _SERVER_SECONDS if request.stream else str(int(request.head_timeout) + 1)
    return {
        "model": request.body["model"],
        "contents": request.body["contents"],
        "config": {
            "should_return_http_response": not request.stream,
            "automatic_continuation": False,
            "automatic_function_calling": {"disable": True},
            "http_options": {
                "extra_body": body,
                "headers": {"X-Server-Timeout": waiting, **request.headers},
                "timeout": max(1, int(seconds * 1000)),
                "retry_options": {"attempts": 1},
            },
        },
    }


def _whole(answer: Any) -> Response:
    response = answer.sdk_http_response
    content = (response.body or "").encode()
    return ReadResponse(
        SimpleNamespace(status_code=200, headers=response.headers or {}, content=content)
    )


class _Stream:
    """The chunks of the SDK as a response with server-sent events."""

    status_code = 200
    extensions: Mapping[str, Any] = {}
    request = None

    def __init__(self, request: Request, chunks: Any, first: Any) -> None:
        self._deadline = request.deadline
        self._is_left = False
        self._chunks = chunks
        self._first = first
        headers = getattr(getattr(first, "sdk_http_response", None), "headers", None) or {}
        self.headers: Mapping[str, str] = {
            name.lower(): value
            for name, value in headers.items()
            if name.lower() not in ("content-encoding", "content-length")
        }

    def iter_raw(self) -> Iterator[bytes]:
        """Each chunk as an event. Raises ``TimeoutError`` when the deadline is over."""
        chunk = self._first
        while chunk is not None:
            yield _event(chunk)
            try:
                chunk = self._next()
            except Exception as error:  # noqa: BLE001 - an error in the stream is one of the wire
                yield _error_event(error)
                return

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        """Each chunk as an event. Raises ``TimeoutError`` when the deadline is over."""
        chunk = self._first
        while chunk is not None:
            yield _event(chunk)
            try:
                async with timeout(self._seconds_left()):
                    chunk = await anext(self._chunks, None)
            except Exception as error:  # noqa: BLE001 - an error in the stream is one of the wire
                yield _error_event(error)
                return

    def _seconds_left(self) -> float | None:
        return self._deadline.at - monotonic() if self._deadline else None

    def _next(self) -> Any:
        """The next chunk, ``None`` at the end. Raises ``TimeoutError`` when the deadline is over.

        A thread waits for it, because the SDK hides the socket that a deadline could shut down.
        After a timeout that thread closes the stream, when the SDK's own timeout ends its wait.
        """
        results: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()

        def read() -> None:
            try:
                results.put((next(self._chunks, None), None))
            except Exception as error:  # noqa: BLE001 - raised again below
                results.put((None, error))
            if self._is_left:
                self.close()

        Thread(target=copy_context().run, args=(read,), daemon=True).start()
        left = self._seconds_left()
        try:
            chunk, error = results.get(timeout=None if left is None else max(0.0, left))
        except Empty:
            raise TimeoutError from None
        if error is not None:
            raise error
        return chunk

    def close(self) -> None:
        """Leave the stream, which closes its connection."""
        self._is_left = True
        with suppress(ValueError):  # a thread still reads it, and closes it afterwards
            self._chunks.close()

    async def aclose(self) -> None:
        """See ``close``."""
        await self._chunks.aclose()


def _event(chunk: Any) -> bytes:
    wire = chunk.model_dump(by_alias=True, exclude_none=True, exclude={"sdk_http_response"})
    return b"data: %b\n\n" % json.dumps(wire, default=_written).encode()


def _error_event(error: Exception) -> bytes:
    """The error object that the SDK raised as an event; any other error is raised."""
    details = getattr(error, "details", None)
    if details is None:
        raise error
    return b"data: %b\n\n" % json.dumps(details).encode()


def _written(value: Any) -> Any:
    """JSON for what the SDK makes of JSON: bytes, times, enumerations."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
