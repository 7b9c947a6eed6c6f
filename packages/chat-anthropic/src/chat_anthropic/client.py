"""Anthropic's SDK in, bytes out: the one file of this package that touches the SDK and HTTP.

The SDK owns the connection: authentication, address, proxies, headers. The request body is ours,
whole, through ``extra_body``, because the SDK's signatures have dropped parameters that the API
takes; the answer leaves through ``with_streaming_response`` as the HTTP response, unread.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from chat_core.transport import ClientPool, Response, Transport

from .encode import HEADER_PARAMETERS

if TYPE_CHECKING:
    from anthropic import Anthropic, AsyncAnthropic

__all__ = ["AnthropicTransport"]


class _Clients(ClientPool["Anthropic", "AsyncAnthropic"]):
    """The SDK's clients for one key and address."""

    def __init__(self, *, api_key: str, base_url: str | None, headers: dict[str, str]) -> None:
        super().__init__()
        self._api_key = api_key
        self._base_url = base_url
        self._headers = headers

    def make_sync(self) -> Anthropic:
        import anthropic

        return anthropic.Anthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            default_headers=self._headers,
            max_retries=0,
            http_client=anthropic.DefaultHttpxClient(follow_redirects=False),
        )

    def make_async(self) -> AsyncAnthropic:
        import anthropic

        return anthropic.AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            default_headers=self._headers,
            max_retries=0,
            http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False),
        )

    def close_sync(self, client: Anthropic) -> None:
        client.close()

    async def close_async(self, client: AsyncAnthropic) -> None:
        await client.close()


class AnthropicTransport(Transport):
    """Sends Messages requests.

    Args:
        api_key: the key.
        base_url: the host, as the SDK means it; ``None`` for the SDK's own choice.
        headers: sent with every request.
        timeout: seconds for connecting and for the head of a response.
    """

    def __init__(
        self, *, api_key: str, base_url: str | None, headers: dict[str, str], timeout: float
    ) -> None:
        self._clients = _Clients(api_key=api_key, base_url=base_url, headers=headers)
        self._timeout = timeout

    def send(self, body: dict[str, Any], *, stream: bool) -> Response:
        """The response to ``body``, unread, whatever its status."""
        client = self._clients.sync()
        import anthropic

        sent: Any = client.messages.with_streaming_response.create(**self._request(body))
        try:
            # Not closed here: the caller closes the response, which is all that leaving would do.
            response: Response = sent.__enter__().http_response
        except anthropic.APIStatusError as error:
            return error.response
        return response

    async def asend(self, body: dict[str, Any], *, stream: bool) -> Response:
        """``send`` on the running event loop."""
        client = self._clients.current()
        import anthropic

        sent: Any = client.messages.with_streaming_response.create(**self._request(body))
        try:
            response: Response = (await sent.__aenter__()).http_response
        except anthropic.APIStatusError as error:
            return error.response
        return response

    def _request(self, body: dict[str, Any]) -> dict[str, Any]:
        """The SDK's arguments: those it insists on, and ours, which win over them.

        Its model is empty because the SDK warns of old ones at a line of its own, never the user's.
        """
        headers = {
            header: ",".join(value) if isinstance(value, list) else str(value)
            for name, header in HEADER_PARAMETERS.items()
            if (value := body.get(name)) is not None
        }
        return {
            "model": "",
            "max_tokens": body["max_tokens"],
            "messages": [],
            "extra_body": {k: v for k, v in body.items() if k not in HEADER_PARAMETERS},
            "extra_headers": headers,
            "timeout": self._timeout,
        }

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean time ran out."""
        import anthropic

        return (anthropic.APITimeoutError, _http().TimeoutException)

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean the connection failed."""
        import anthropic

        http = _http()
        return (anthropic.AnthropicError, http.HTTPError, http.StreamError, http.InvalidURL)

    def close(self) -> None:
        """Close the sync client."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the sync client and the running loop's."""
        await self._clients.aclose()


def _http() -> Any:
    """The HTTP library that the installed SDK stands on: httpx2, and httpx in older versions."""
    import anthropic

    library = anthropic.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0]
    return sys.modules[library]
