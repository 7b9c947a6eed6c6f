"""Requests through a client of Mistral's SDK that the user made, or of its Azure and GCP clients.

The SDK has no method that takes a body as it is. Its ``chat.complete`` and ``chat.stream`` are
therefore called with model and messages, where instrumentation looks for them. They send through an
HTTP client for this one call (``sdk_configuration.client``), which puts our body in the place of
theirs, sends with the HTTP client that was there, and keeps the response. ``retries=None`` switches
the SDK's retries off.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from copy import copy
from typing import Any

from chat_core.provider import ClientTransport, ReadResponse, Request, Response, json_content

__all__ = ["MistralClientTransport"]

_HEADERS = {"accept-encoding": "gzip, deflate"}
"""What our reader can decode."""


class MistralClientTransport(ClientTransport):
    """Sends with a ``mistralai.Mistral``, ``MistralAzure`` or ``MistralGCP``.

    One object of the SDK serves blocking code and event loops, so either setting is enough.
    """

    sdk = "mistralai"
    clients = (
        "a Mistral, MistralAzure or MistralGCP of mistralai",
        "a Mistral, MistralAzure or MistralGCP of mistralai",
    )

    def __init__(self, client: Any, async_client: Any) -> None:
        super().__init__(client, async_client)
        self._client = self._client or self._async_client
        self._async_client = self._async_client or self._client

    def serves(self, client: Any, *, is_async: bool) -> bool:
        """See ``ClientTransport``."""
        roots = {base.__module__.partition(".")[0] for base in type(client).__mro__}
        return self.sdk in roots and hasattr(client, "sdk_configuration")

    def call(self, client: Any, request: Request) -> Response:
        """See ``ClientTransport``."""
        door = _Door(client.sdk_configuration.client, request)
        chat = _chat_through(door, client, "client")
        try:
            result = (chat.stream if request.stream else chat.complete)(**_arguments(request))
        except Exception:
            if door.response is None:
                raise
            result = None  # the SDK could not read the response; our decoder says what it is
        return door.handed_over(result)

    async def acall(self, client: Any, request: Request) -> Response:
        """See ``ClientTransport``."""
        door = _AsyncDoor(client.sdk_configuration.async_client, request)
        chat = _chat_through(door, client, "async_client")
        method = chat.stream_async if request.stream else chat.complete_async
        try:
            result = await method(**_arguments(request))
        except Exception:
            if door.response is None:
                raise
            result = None
        return door.handed_over(result)


def _arguments(request: Request) -> dict[str, Any]:
    """The keyword arguments for the SDK's method."""
    return {
        "model": request.body["model"],
        "messages": request.body["messages"],
        "retries": None,
        "http_headers": {**request.headers, **_HEADERS},
    }


def _chat_through(door: Any, client: Any, setting: str) -> Any:
    """The chat resource of ``client``, sending through ``door``; ``client`` stays as it is."""
    configuration = copy(client.sdk_configuration)
    setattr(configuration, setting, door)
    return type(client.chat)(configuration, parent_ref=client)


class _Door:
    """An HTTP client for one call of the SDK: sends our body, keeps the response."""

    def __init__(self, client: Any, request: Request) -> None:
        self._client = client
        self._request = request
        self.response: Any = None
        self.failure: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def build_request(self, method: str, url: Any, **given: Any) -> Any:
        """The request that the SDK builds, with our body, query and timeouts."""
        request = self._request
        given["params"] = {**(given.get("params") or {}), **request.query}
        given["content"] = json_content(request.body)
        waiting = request.timeout
        given["timeout"] = (waiting, request.head_timeout, waiting, waiting)
        return self._client.build_request(method, url, **given)

    def send(self, message: Any, *, stream: bool = False, **given: Any) -> Any:
        """Send; what is no stream of events is read at once, for the SDK looks into it."""
        response = self.response = self._client.send(message, stream=True, **given)
        if not (stream and _is_events(response)):
            if self._request.deadline is not None:
                self._request.deadline.watch(response.extensions.get("network_stream"))
            try:
                response.read()
            except Exception as error:
                self.failure = error
                raise
        return response

    def handed_over(self, result: Any) -> Response:
        """The response of ``result`` if that is a stream of the SDK, else the one that was kept."""
        if self.failure is not None:
            return _BrokenResponse(self.response, self.failure)
        response: Any = getattr(result, "response", None) or self.response
        return ReadResponse(response) if response.is_stream_consumed else response


class _BrokenResponse(ReadResponse):
    """A response whose body could not be read to its end: reading it raises why."""

    def __init__(self, response: Any, failure: Exception) -> None:
        self.status_code = response.status_code
        self.headers = response.headers
        self.extensions = {}
        self.request = response.request
        self._failure = failure

    def iter_raw(self) -> Iterator[bytes]:
        """Raise what reading raised."""
        raise self._failure

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        """Raise what reading raised."""
        for part in self.iter_raw():
            yield part


class _AsyncDoor(_Door):
    async def send(self, message: Any, *, stream: bool = False, **given: Any) -> Any:
        """See ``_Door``."""
        response = self.response = await self._client.send(message, stream=True, **given)
        if not (stream and _is_events(response)):
            try:
                await response.aread()
            except Exception as error:
                self.failure = error
                raise
        return response


def _is_events(response: Any) -> bool:
    kind: str = response.headers.get("content-type", "")
    return bool(response.status_code < 300) and kind.startswith("text/event-stream")
