"""Requests through a client of Anthropic's SDK that the user made, those of clouds among them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from chat_core.provider import Request, Response, StreamingClientTransport

from .client import caller_headers, header_parameters, json_part
from .event_stream import EventStreamParser, is_event_stream

__all__ = ["AnthropicClientTransport"]


class AnthropicClientTransport(StreamingClientTransport):
    """Sends with an ``anthropic.Anthropic``, or with its clients for Bedrock, Vertex and Foundry.

    Bedrock frames its streams in a binary format; they are handed over as server-sent events.
    """

    sdk = "anthropic"
    clients = (
        "an anthropic.Anthropic, AnthropicBedrock, AnthropicVertex or AnthropicFoundry",
        "an anthropic.AsyncAnthropic, AsyncAnthropicBedrock, AsyncAnthropicVertex or"
        " AsyncAnthropicFoundry",
    )
    arguments = ("model", "messages", "max_tokens", "stream", "system", "tools")

    def resource(self, client: Any, body: Mapping[str, Any]) -> Any:
        """See ``StreamingClientTransport``."""
        return client.messages

    def content(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """See ``StreamingClientTransport``."""
        return json_part(body)

    def headers(self, request: Request) -> Mapping[str, str]:
        """See ``StreamingClientTransport``."""
        return {**caller_headers(request), **header_parameters(request)}

    def call(self, client: Any, request: Request) -> Response:
        """See ``ClientTransport``."""
        return _as_events(super().call(client, request))

    async def acall(self, client: Any, request: Request) -> Response:
        """See ``ClientTransport``."""
        return _as_events(await super().acall(client, request))


def _as_events(response: Response) -> Response:
    """``response``, whose binary frames, if it has such, are read as server-sent events."""
    if is_event_stream(response.headers):
        return _EventStreamResponse(response)
    return response


class _EventStreamResponse:
    """A response of Bedrock as one with server-sent events."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self.status_code: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.extensions: Mapping[str, Any] = response.extensions
        self.request: Any = response.request
        self.close: Callable[[], None] = response.close
        self.aclose: Callable[[], Any] = response.aclose

    def iter_raw(self) -> Iterator[bytes]:
        """The events as they are completed; never an empty piece."""
        parser = EventStreamParser()
        for data in self._response.iter_raw():
            if events := parser.feed(data):
                yield events
        parser.finish()

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        """``iter_raw`` on an event loop."""
        parser = EventStreamParser()
        async for data in self._response.aiter_raw():
            if events := parser.feed(data):
                yield events
        parser.finish()
