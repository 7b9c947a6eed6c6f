"""OpenAI's SDK in, bytes out: the one file of this package that touches the SDK and HTTP.

The SDK owns the connection: authentication, address, proxies, headers. The request body is ours,
whole, through ``extra_body``; the answer leaves through ``with_streaming_response`` as the HTTP
response, unread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chat_core.transport import ClientPool, Response, Transport

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

__all__ = ["Connection", "OpenAITransport"]


@dataclass(frozen=True, slots=True)
class Connection:
    """What the SDK's client is made with; ``None`` leaves it to the SDK.

    Without ``api_key`` no ``Authorization`` is sent. ``is_openai`` lets the SDK read organisation,
    project and headers from its own environment variables; another server must not see them.
    """

    api_key: str | None = field(repr=False)
    base_url: str | None
    timeout: float
    organization: str | None = None
    project: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, object] | None = None
    is_openai: bool = True

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments for either client of the SDK. Its retries are off: core has its own."""
        return {
            # The SDK takes an empty key for a missing one; this one is never sent.
            "api_key": self.api_key or "none",
            "base_url": self.base_url,
            "organization": self.organization,
            "project": self.project,
            "timeout": self.timeout,
            "max_retries": 0,
            "default_headers": self.headers,
            "default_query": self.query,
        }

    def request_headers(self) -> dict[str, Any] | None:
        """For another server than OpenAI: what keeps headers meant for OpenAI from it."""
        if self.is_openai:
            return None
        import openai

        key = self.api_key
        headers: dict[str, Any] = dict.fromkeys(_ambient_headers(), openai.Omit())
        headers["Authorization"] = openai.Omit() if key is None else f"Bearer {key}"
        given = {name.lower() for name in self.headers}
        return {name: value for name, value in headers.items() if name.lower() not in given}


def _ambient_headers() -> list[str]:
    """The headers that the SDK would add from the environment for OpenAI."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    custom = [line.partition(":")[0].strip() for line in lines if ":" in line]
    named = ["OpenAI-Organization", "OpenAI-Project", *custom]
    return [name for name in named if name.lower() != "authorization"]


class _Clients(ClientPool["OpenAI", "AsyncOpenAI"]):
    """The SDK's clients for one connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def make_sync(self) -> OpenAI:
        import openai

        http_client = openai.DefaultHttpxClient(follow_redirects=False)
        return openai.OpenAI(http_client=http_client, **self._connection.arguments())

    def make_async(self) -> AsyncOpenAI:
        import openai

        http_client = openai.DefaultAsyncHttpxClient(follow_redirects=False)
        return openai.AsyncOpenAI(http_client=http_client, **self._connection.arguments())

    def close_sync(self, client: OpenAI) -> None:
        client.close()

    async def close_async(self, client: AsyncOpenAI) -> None:
        await client.close()


class OpenAITransport(Transport):
    """Sends requests; a body with ``messages`` goes to Chat Completions, any other to Responses."""

    def __init__(self, connection: Connection) -> None:
        self._clients = _Clients(connection)
        self._connection = connection

    def send(self, body: dict[str, Any], *, stream: bool) -> Response:
        """The response to ``body``, unread, whatever its status."""
        client = self._clients.sync()
        import openai

        headers = self._connection.request_headers()
        try:
            # Not closed here: the caller closes the response, which is all that leaving would do.
            if "messages" not in body:
                responses = client.responses.with_streaming_response
                sent = responses.create(extra_body=body, extra_headers=headers)
                return sent.__enter__().http_response
            chat = client.chat.completions.with_streaming_response
            # The arguments that the SDK insists on are in the body too, which wins over them.
            begun = chat.create(
                model=body["model"], messages=[], extra_body=body, extra_headers=headers
            )
            return begun.__enter__().http_response
        except openai.APIStatusError as error:
            return error.response

    async def asend(self, body: dict[str, Any], *, stream: bool) -> Response:
        """``send`` on the running event loop."""
        client = self._clients.current()
        import openai

        headers = self._connection.request_headers()
        try:
            if "messages" not in body:
                responses = client.responses.with_streaming_response
                sent = responses.create(extra_body=body, extra_headers=headers)
                return (await sent.__aenter__()).http_response
            chat = client.chat.completions.with_streaming_response
            begun = chat.create(
                model=body["model"], messages=[], extra_body=body, extra_headers=headers
            )
            return (await begun.__aenter__()).http_response
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
