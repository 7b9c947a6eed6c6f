"""OpenAI's SDK with Fireworks' address in, bytes out: the one file here that touches SDK and HTTP.

Fireworks' own SDK raises no errors that come inside a stream and brings an HTTP library of its own,
so the connection is that of the ``openai`` SDK, kept apart from OpenAI's environment variables. The
request body is ours, whole, through ``extra_body``; the answer leaves through
``with_streaming_response`` as the HTTP response, unread.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from chat_core.transport import ClientPool, Response, Transport

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

__all__ = ["FireworksTransport"]


class _Clients(ClientPool["OpenAI", "AsyncOpenAI"]):
    """The SDK's clients for one key and address. Their retries are off: core has its own."""

    def __init__(
        self, *, api_key: str, base_url: str, headers: dict[str, str], timeout: float
    ) -> None:
        super().__init__()
        self._api_key = api_key
        self._base_url = base_url
        self._headers = headers
        self._timeout = timeout

    def _arguments(self) -> dict[str, Any]:
        return {
            "api_key": self._api_key,
            "base_url": self._base_url,
            "timeout": self._timeout,
            "max_retries": 0,
            "default_headers": self._all_headers(),
        }

    def _all_headers(self) -> dict[str, Any]:
        """Every header that is not the SDK's own, said outright so that none comes from outside."""
        import openai

        headers: dict[str, Any] = dict.fromkeys(_ambient_headers(), openai.Omit())
        headers["Authorization"] = f"Bearer {self._api_key}"
        given = {name.lower() for name in self._headers}
        kept = {name: value for name, value in headers.items() if name.lower() not in given}
        return {**kept, **self._headers}

    def make_sync(self) -> OpenAI:
        import openai

        http_client = openai.DefaultHttpxClient(follow_redirects=False)
        return openai.OpenAI(http_client=http_client, **self._arguments())

    def make_async(self) -> AsyncOpenAI:
        import openai

        http_client = openai.DefaultAsyncHttpxClient(follow_redirects=False)
        return openai.AsyncOpenAI(http_client=http_client, **self._arguments())

    def close_sync(self, client: OpenAI) -> None:
        client.close()

    async def close_async(self, client: AsyncOpenAI) -> None:
        await client.close()


def _ambient_headers() -> list[str]:
    """The headers that the SDK would add from the environment, meant for OpenAI alone."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    custom = [line.partition(":")[0].strip() for line in lines if ":" in line]
    named = ["OpenAI-Organization", "OpenAI-Project", *custom]
    return [name for name in named if name.lower() != "authorization"]


class FireworksTransport(Transport):
    """Sends Chat Completions requests.

    Args:
        api_key: the key.
        base_url: the address, ending in ``/v1``.
        headers: sent with every request.
        timeout: seconds for connecting and for the head of a response.
    """

    def __init__(
        self, *, api_key: str, base_url: str, headers: dict[str, str], timeout: float
    ) -> None:
        self._clients = _Clients(
            api_key=api_key, base_url=base_url, headers=headers, timeout=timeout
        )

    def send(self, body: dict[str, Any], *, stream: bool) -> Response:
        """The response to ``body``, unread, whatever its status."""
        door = self._clients.sync().chat.completions.with_streaming_response
        import openai

        try:
            # The arguments that the SDK insists on are in the body too, which wins over them.
            sent = door.create(model=body["model"], messages=[], extra_body=body)
            # Not closed here: the caller closes the response, which is all that leaving would do.
            return sent.__enter__().http_response
        except openai.APIStatusError as error:
            return error.response

    async def asend(self, body: dict[str, Any], *, stream: bool) -> Response:
        """``send`` on the running event loop."""
        door = self._clients.current().chat.completions.with_streaming_response
        import openai

        try:
            sent = door.create(model=body["model"], messages=[], extra_body=body)
            return (await sent.__aenter__()).http_response
        except openai.APIStatusError as error:
            return error.response

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean time ran out."""
        import openai

        return (openai.APITimeoutError, *_of_http("TimeoutException"))

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean the connection failed."""
        import openai

        return (openai.OpenAIError, *_of_http("HTTPError", "StreamError", "InvalidURL"))

    def close(self) -> None:
        """Close the sync client."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the sync client and the running loop's."""
        await self._clients.aclose()


def _of_http(*names: str) -> tuple[type[BaseException], ...]:
    """Exceptions of the HTTP library below the SDK: httpx2, or httpx under older versions."""
    loaded = [sys.modules[name] for name in ("httpx2", "httpx") if name in sys.modules]
    return tuple([getattr(library, name) for library in loaded for name in names])
