"""Requests to Google over httpx: the body's JSON in, the raw response out.

google-genai has no raw door for streams, so requests are sent here.
The key goes into a header and never into the URL, which proxies log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_core.errors import InvalidParameterError
from chat_core.transport import ClientPool, Response, Transport

from .argument_text import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

__all__ = ["GeminiTransport", "api_key_header"]


def api_key_header(key: str) -> dict[str, str]:
    """The header that carries the key. Raises ``InvalidParameterError`` for what is no key."""
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidParameterError(
            "The API key holds characters that no key has; copy it again from Google AI Studio."
        )
    return {"x-goog-api-key": key}


class _Clients(ClientPool["httpx.Client", "httpx.AsyncClient"]):
    """httpx clients: no redirects, and as many connections as there are calls."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._timeout = timeout

    def _options(self) -> dict[str, Any]:
        import httpx

        return {
            "timeout": httpx.Timeout(self._timeout),
            "limits": httpx.Limits(max_connections=None, max_keepalive_connections=100),
        }

    def make_sync(self) -> httpx.Client:
        import httpx

        return httpx.Client(**self._options())

    def make_async(self) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(**self._options())

    def close_sync(self, client: httpx.Client) -> None:
        client.close()

    async def close_async(self, client: httpx.AsyncClient) -> None:
        await client.aclose()


class GeminiTransport(Transport):
    """Sends to ``{base_url}/{body["model"]}:{method}``.

    ``headers`` go with every request; ``auth_headers`` may add those that change with time.
    """

    def __init__(self, *, base_url: str, headers: Mapping[str, str], timeout: float) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise InvalidParameterError(
                "base_url is the host with its scheme, such as https://example.org; got"
                f" {base_url!r}."
            )
        self._base_url = base_url
        self._headers = {"content-type": "application/json", **headers}
        self._clients = _Clients(timeout)

    def auth_headers(self) -> dict[str, str]:
        """Headers of this request alone; may block."""
        return {}

    async def aauth_headers(self) -> dict[str, str]:
        """``auth_headers`` without blocking the event loop."""
        return {}

    def send(self, body: dict[str, Any], *, stream: bool) -> Response:
        client = self._clients.sync()
        request = client.build_request(**self._request(body, self.auth_headers(), stream=stream))
        return client.send(request, stream=True)

    async def asend(self, body: dict[str, Any], *, stream: bool) -> Response:
        headers = await self.aauth_headers()
        client = self._clients.current()
        request = client.build_request(**self._request(body, headers, stream=stream))
        return await client.send(request, stream=True)

    def _request(
        self, body: dict[str, Any], headers: dict[str, str], *, stream: bool
    ) -> dict[str, Any]:
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        content = {name: value for name, value in body.items() if name != "model"}
        try:
            data = json_text(content).encode()
        except (TypeError, ValueError) as error:
            raise InvalidParameterError(f"The request is no JSON: {error}.") from error
        return {
            "method": "POST",
            "url": f"{self._base_url}/{body['model']}:{method}",
            "headers": self._headers | headers,
            "content": data,
        }

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        import httpx

        return (httpx.TimeoutException,)

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        import httpx

        return (httpx.RequestError, httpx.StreamError, httpx.InvalidURL)

    def close(self) -> None:
        self._clients.close()

    async def aclose(self) -> None:
        await self._clients.aclose()
