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

from collections.abc import Hashable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from chat_core.provider import HeadTransport

if TYPE_CHECKING:
    import httpx2
    from mistralai.client.httpclient import AsyncHttpClient

__all__ = ["MistralTransport"]


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


class MistralTransport(HeadTransport):
    """Sends Chat Completions requests.

    Args:
        api_key: the key.
        base_url: the host, as the SDK means it; ``None`` for the SDK's own choice.
        headers: sent with every request; they win over the SDK's.
    """

    usual_kind = "stream"

    def __init__(self, *, api_key: str, base_url: str | None, headers: Mapping[str, str]) -> None:
        super().__init__()
        self._api_key = api_key
        self._base_url = base_url
        self._headers = headers

    def library(self) -> ModuleType:
        """What the SDK stands on."""
        import httpx2

        return httpx2

    def kind(self, body: dict[str, Any], *, stream: bool) -> str:
        """Streams and whole answers are accepted by different headers."""
        return "stream" if stream else "whole"

    def ask(self, kind: Hashable) -> httpx2.Request:
        """See ``HeadTransport``."""
        from mistralai.client import Mistral

        notepad = _Notepad()
        sdk = Mistral(
            api_key=self._api_key,
            server_url=self._base_url,
            client=notepad,
            async_client=cast("AsyncHttpClient", notepad),  # never used
        )
        head = sdk.chat.stream(model="any", messages=[]).response.request
        if kind == "whole":
            head.headers["accept"] = "application/json"
        head.headers.update(self._headers)
        return head
