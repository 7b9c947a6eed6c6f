"""Mistral's SDK in, bytes out: the one file of this package that touches the SDK and HTTP.

The SDK says where a request goes and how it authenticates; we carry it. It is asked through its
public door, ``chat.stream``, with an HTTP client of ours (``client=``) that sends nothing and keeps
the request; it stands on ``.response`` of the stream object. Body and answer are ours alone.

Why the SDK does not carry them itself (version 3.7):

- One ``chat.stream`` costs 6 ms of CPU (measured) before a byte is sent, because it builds models
  that validate its arguments anew; the head of a request is always the same, so we ask once.
- It reads an error, a whole answer or a page of HTML to the end before it hands out anything, out
  of reach of ``timeout``. With the header that announces a model's end, a stream raises instead.
- After an answer has come, its async calls wait for threads; a task that is cancelled there would
  leave the connection open.
- Its typed calls refuse what the wire really sends, and drop parameters that they do not know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from chat_core.errors import InvalidParameterError
from chat_core.transport import ClientPool, Response, Transport, tls_context

if TYPE_CHECKING:
    import httpx2
    from mistralai.client.httpclient import AsyncHttpClient

__all__ = ["MistralTransport"]


class _Clients(ClientPool["httpx2.Client", "httpx2.AsyncClient"]):
    """HTTP clients: no redirects, and as many connections as there are calls."""

    def _options(self) -> dict[str, Any]:
        import httpx2

        return {
            "verify": tls_context(httpx2),
            "limits": httpx2.Limits(max_connections=None, max_keepalive_connections=100),
        }

    def make_sync(self) -> httpx2.Client:
        import httpx2

        return httpx2.Client(**self._options())

    def make_async(self) -> httpx2.AsyncClient:
        import httpx2

        return httpx2.AsyncClient(**self._options())

    def close_sync(self, client: httpx2.Client) -> None:
        client.close()

    async def close_async(self, client: httpx2.AsyncClient) -> None:
        await client.aclose()


class _Notepad:
    """An HTTP client, as the SDK takes one, that sends nothing: the request comes back with an
    empty stream as its answer.
    """

    def build_request(self, method: str, url: Any, **given: Any) -> httpx2.Request:
        import httpx2

        return httpx2.Request(method, url, params=given["params"], headers=given["headers"])

    def send(self, request: httpx2.Request, **given: Any) -> httpx2.Response:
        import httpx2

        headers = {"content-type": "text/event-stream"}
        return httpx2.Response(200, headers=headers, request=request)

    def close(self) -> None:
        """There is nothing to close."""

    async def aclose(self) -> None:
        """There is nothing to close."""


class MistralTransport(Transport):
    """Sends Chat Completions requests.

    Args:
        api_key: the key.
        base_url: the host, as the SDK means it; ``None`` for the SDK's own choice.
        headers: sent with every request; they win over the SDK's.
    """

    def __init__(self, *, api_key: str, base_url: str | None, headers: Mapping[str, str]) -> None:
        api_key = api_key.strip()
        if not (api_key.isascii() and api_key.isprintable()):
            raise InvalidParameterError(
                "The API key holds characters that no key has; copy it again."
            )
        if base_url is not None and not base_url.startswith(("http://", "https://")):
            raise InvalidParameterError(
                f"base_url is the host with its scheme, such as https://example.org;"
                f" got {base_url!r}."
            )
        self._api_key = api_key
        self._base_url = base_url
        self._headers = headers
        self._clients = _Clients()
        self._heads: dict[bool, httpx2.Request] = {}

    def prepare(self) -> None:
        """Make the sync client."""
        self._clients.sync()

    def aprepare(self) -> None:
        """Make the running loop's client."""
        self._clients.current()

    def send(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """The response to ``body``, unread, whatever its status."""
        client = self._clients.sync()
        return client.send(self._request(client, body, stream, within), stream=True)

    async def asend(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """``send`` on the running event loop."""
        client = self._clients.current()
        return await client.send(self._request(client, body, stream, within), stream=True)

    def _request(
        self,
        client: httpx2.Client | httpx2.AsyncClient,
        body: dict[str, Any],
        stream: bool,
        timeout: float,
    ) -> httpx2.Request:
        head = self._heads.get(stream)
        if head is None:
            head = self._heads[stream] = self._ask_for_head(stream)
        return client.build_request(
            head.method, head.url, headers=head.headers, content=_json(body), timeout=timeout
        )

    def _ask_for_head(self, stream: bool) -> httpx2.Request:
        """A request as the SDK makes it, without a body."""
        from mistralai.client import Mistral

        notepad = _Notepad()
        sdk = Mistral(
            api_key=self._api_key,
            server_url=self._base_url,
            client=notepad,
            async_client=cast("AsyncHttpClient", notepad),  # never used
        )
        head = sdk.chat.stream(model="any", messages=[]).response.request
        del head.headers["content-length"]
        if not stream:
            head.headers["accept"] = "application/json"
        head.headers.update(self._headers)
        return head

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean time ran out."""
        import httpx2

        return (httpx2.TimeoutException,)

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean the connection failed."""
        import httpx2

        return (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL)

    def close(self) -> None:
        """Close the sync client."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the sync client and the running loop's."""
        await self._clients.aclose()


def _json(body: dict[str, Any]) -> bytes:
    try:
        # As ASCII, so that half an emoji, which UTF-8 cannot say, goes through too.
        return json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"The request cannot be said in JSON: {error}.") from error
