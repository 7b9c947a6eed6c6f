"""Groq's SDK in, bytes out: the one file of this package that touches the SDK and HTTP.

The SDK owns the connection: authentication, address, proxies, headers. The request body is ours,
whole, through ``extra_body``; the answer leaves through ``with_streaming_response`` as the HTTP
response, unread.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from chat_core.transport import ClientPool, Response, Transport

if TYPE_CHECKING:
    from groq import AsyncGroq, Groq

__all__ = ["GroqTransport"]


class _Clients(ClientPool["Groq", "AsyncGroq"]):
    """The SDK's clients for one key and address. Their retries are off: core has its own."""

    def __init__(
        self, *, api_key: str, base_url: str | None, headers: dict[str, str], timeout: float
    ) -> None:
        super().__init__()
        self._arguments: dict[str, Any] = {
            "api_key": api_key,
            "base_url": base_url,
            "default_headers": headers,
            "timeout": timeout,
            "max_retries": 0,
        }

    def make_sync(self) -> Groq:
        import groq

        http_client = groq.DefaultHttpxClient(follow_redirects=False)
        return groq.Groq(http_client=http_client, **self._arguments)

    def make_async(self) -> AsyncGroq:
        import groq

        http_client = groq.DefaultAsyncHttpxClient(follow_redirects=False)
        return groq.AsyncGroq(http_client=http_client, **self._arguments)

    def close_sync(self, client: Groq) -> None:
        client.close()

    async def close_async(self, client: AsyncGroq) -> None:
        await client.close()


class GroqTransport(Transport):
    """Sends Chat Completions requests.

    Args:
        api_key: the key.
        base_url: the host, to which the SDK adds ``/openai/v1``; ``None`` for the SDK's own choice.
        headers: sent with every request.
        timeout: seconds for connecting and for the head of a response.
    """

    def __init__(
        self, *, api_key: str, base_url: str | None, headers: dict[str, str], timeout: float
    ) -> None:
        self._clients = _Clients(
            api_key=api_key, base_url=base_url, headers=headers, timeout=timeout
        )

    def send(self, body: dict[str, Any], *, stream: bool) -> Response:
        """The response to ``body``, unread, whatever its status."""
        door = self._clients.sync().chat.completions.with_streaming_response
        import groq

        try:
            # The arguments that the SDK insists on are in the body too, which wins over them.
            sent = door.create(model=body["model"], messages=[], extra_body=body)
            # Not closed here: the caller closes the response, which is all that leaving would do.
            return sent.__enter__().http_response
        except groq.APIStatusError as error:
            return error.response

    async def asend(self, body: dict[str, Any], *, stream: bool) -> Response:
        """``send`` on the running event loop."""
        door = self._clients.current().chat.completions.with_streaming_response
        import groq

        try:
            sent = door.create(model=body["model"], messages=[], extra_body=body)
            return (await sent.__aenter__()).http_response
        except groq.APIStatusError as error:
            return error.response

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean time ran out."""
        import groq

        return (groq.APITimeoutError, *_of_http("TimeoutException"))

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean the connection failed."""
        import groq

        return (groq.GroqError, *_of_http("HTTPError", "StreamError", "InvalidURL"))

    def close(self) -> None:
        """Close the sync client."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the sync client and the running loop's."""
        await self._clients.aclose()


def _of_http(*names: str) -> tuple[type[BaseException], ...]:
    """Exceptions of the HTTP library below the SDK: httpx, or httpx2 under later versions."""
    loaded = [sys.modules[name] for name in ("httpx", "httpx2") if name in sys.modules]
    return tuple([getattr(library, name) for library in loaded for name in names])
