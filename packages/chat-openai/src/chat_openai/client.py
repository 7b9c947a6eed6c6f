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
        import openai

        headers: dict[str, Any] = dict(self.headers)
        if not self.is_openai:
            headers = {**dict.fromkeys(_ambient_headers(), openai.Omit()), **headers}
        if self.api_key is None and "authorization" not in map(str.lower, headers):
            headers["Authorization"] = openai.Omit()
        return {
            # The SDK takes an empty key for a missing one; this one is never sent.
            "api_key": self.api_key or "none",
            "base_url": self.base_url,
            "organization": self.organization,
            "project": self.project,
            "timeout": self.timeout,
            "max_retries": 0,
            "default_headers": headers,
            "default_query": self.query,
        }


def _ambient_headers() -> list[str]:
    """The headers that the SDK would add from the environment for OpenAI."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    custom = [line.partition(":")[0].strip() for line in lines if ":" in line]
    return ["OpenAI-Organization", "OpenAI-Project", *custom]


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

    def send(self, body: dict[str, Any], *, stream: bool) -> Response:
        """The response to ``body``, unread, whatever its status."""
        client = self._clients.sync()
        import openai

        # Not closed here: the caller closes the response, which is all that leaving would do.
        try:
            if "messages" in body:
                chat = client.chat.completions.with_streaming_response
                # The arguments that the SDK insists on are in the body too, which wins over them.
                sent = chat.create(model=body["model"], messages=[], extra_body=body)
                return sent.__enter__().http_response
            door = client.responses.with_streaming_response
            return door.create(extra_body=body).__enter__().http_response
        except openai.APIStatusError as error:
            return error.response

    async def asend(self, body: dict[str, Any], *, stream: bool) -> Response:
        """``send`` on the running event loop."""
        client = self._clients.current()
        import openai

        try:
            if "messages" in body:
                chat = client.chat.completions.with_streaming_response
                sent = chat.create(model=body["model"], messages=[], extra_body=body)
                return (await sent.__aenter__()).http_response
            door = client.responses.with_streaming_response
            return (await door.create(extra_body=body).__aenter__()).http_response
        except openai.APIStatusError as error:
            return error.response

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean time ran out."""
        import openai

        return (openai.APITimeoutError, _http().TimeoutException)

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean the connection failed."""
        import openai

        http = _http()
        return (openai.OpenAIError, http.HTTPError, http.StreamError, http.InvalidURL)

    def close(self) -> None:
        """Close the sync client."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the sync client and the running loop's."""
        await self._clients.aclose()


def _http() -> Any:
    """The HTTP library that the installed SDK stands on: httpx2, and httpx in older versions."""
    import openai

    return sys.modules[openai.Timeout.__module__.partition(".")[0]]
