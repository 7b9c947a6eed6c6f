"""Requests to Google over httpx: the body's JSON in, the raw response out.

google-genai has no raw door for streams, so requests are sent here.
The key goes into a header and never into the URL, which proxies log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chat_core.errors import InvalidParameterError
from chat_core.transport import ClientPool, Response, Transport, tls_context

from .argument_text import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

__all__ = ["Access", "GeminiTransport", "api_key_header"]


def api_key_header(key: str) -> dict[str, str]:
    """The header that carries the key. Raises ``InvalidParameterError`` for what is no key."""
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidParameterError(
            "The API key holds characters that no key has; copy it again from Google AI Studio."
        )
    return {"x-goog-api-key": key}


class Access(NamedTuple):
    """Where a resource lies below the base URL, and the headers of this request alone."""

    path: str
    headers: dict[str, str]


class _Clients(ClientPool["httpx.Client", "httpx.AsyncClient"]):
    """httpx clients: no redirects, and as many connections as there are calls."""

    def _options(self) -> dict[str, Any]:
        import httpx

        return {
            "verify": tls_context(httpx),
            "limits": httpx.Limits(max_connections=None, max_keepalive_connections=100),
        }

    def make_sync(self) -> httpx.Client:
        """See ``ClientPool``."""
        import httpx

        return httpx.Client(**self._options())

    def make_async(self) -> httpx.AsyncClient:
        """See ``ClientPool``."""
        import httpx

        return httpx.AsyncClient(**self._options())

    def close_sync(self, client: httpx.Client) -> None:
        """See ``ClientPool``."""
        client.close()

    async def close_async(self, client: httpx.AsyncClient) -> None:
        """See ``ClientPool``."""
        await client.aclose()


class GeminiTransport(Transport):
    """Sends to ``{base_url}/{resource}:{method}``, the resource being ``body["model"]``.

    ``headers`` go with every request. A subclass whose access changes with time (Vertex AI) says in
    ``access`` where a resource lies below ``base_url`` and which headers open it.
    """

    def __init__(self, *, base_url: str, headers: Mapping[str, str]) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise InvalidParameterError(
                f"base_url is the host with its scheme, such as https://example.org; got"
                f" {base_url!r}."
            )
        self._base_url = base_url
        self._headers = {"content-type": "application/json", **headers}
        self._clients = _Clients()

    def access(self, resource: str) -> Access:
        """How to reach ``resource`` now; may block."""
        return Access(resource, {})

    async def aaccess(self, resource: str) -> Access:
        """``access`` without blocking the event loop."""
        return self.access(resource)

    def prepare(self) -> None:
        """Make the sync client."""
        self._clients.sync()

    def aprepare(self) -> None:
        """Make the running loop's client."""
        self._clients.current()

    def send(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """See ``Transport``."""
        access = self.access(body["model"])
        client = self._clients.sync()
        parts = self._request(body, access, stream=stream)
        request = client.build_request(**parts, timeout=within)
        return client.send(request, stream=True)

    async def asend(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """See ``Transport``."""
        access = await self.aaccess(body["model"])
        client = self._clients.current()
        parts = self._request(body, access, stream=stream)
        request = client.build_request(**parts, timeout=within)
        return await client.send(request, stream=True)

    def _request(self, body: dict[str, Any], access: Access, *, stream: bool) -> dict[str, Any]:
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        content = {name: value for name, value in body.items() if name != "model"}
        try:
            data = json_text(content).encode()
        except (TypeError, ValueError) as error:
            raise InvalidParameterError(f"The request cannot be said in JSON: {error}.") from error
        return {
            "method": "POST",
            "url": f"{self._base_url}/{access.path}:{method}",
            "headers": self._headers | access.headers,
            "content": data,
        }

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """See ``Transport``."""
        import httpx

        return (httpx.TimeoutException,)

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """See ``Transport``."""
        import httpx

        return (httpx.RequestError, httpx.StreamError, httpx.InvalidURL)

    def close(self) -> None:
        """See ``Transport``."""
        self._clients.close()

    async def aclose(self) -> None:
        """See ``Transport``."""
        await self._clients.aclose()
