"""Requests through a client of OpenAI's SDK that the user made: the SDK carries each call, once.

The call leaves by the SDK's ``with_streaming_response`` door, with the SDK's retries switched off,
and the response is handed over unread. So an Azure client, a token provider, an HTTP client of the
user's own and instrumentation that wraps the SDK work as they do without this library.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from chat_core import InvalidParameterError
from chat_core.provider import Request, Response, Transport

from .client import sdk

__all__ = ["SDKClientTransport"]

_ARGUMENTS = ("model", "messages", "input", "stream")
"""What of a body is passed by name, where instrumentation looks for it; the rest as extra body."""

_ENCODINGS = {"accept-encoding": "gzip, deflate"}
"""What our reader can decode."""

_LIBRARIES = ("httpx2", "httpx")


class SDKClientTransport(Transport):
    """Sends requests with the clients that it is given, and leaves them open.

    Args:
        client: an ``openai.OpenAI``, or a subclass such as ``AzureOpenAI``.
        async_client: an ``openai.AsyncOpenAI``, or a subclass.

    Raises:
        InvalidParameterError: a client of another kind than the argument's name.
    """

    def __init__(self, client: Any, async_client: Any) -> None:
        self._client = _without_retries(client, "client", is_async=False)
        self._async_client = _without_retries(async_client, "async_client", is_async=True)

    def prepare(self) -> None:
        """Raise ``InvalidParameterError`` where there is no client for blocking code."""
        if self._client is None:
            raise InvalidParameterError(
                "Blocking calls need client=openai.OpenAI(...); only async_client= was given."
            )

    def aprepare(self) -> None:
        """Raise ``InvalidParameterError`` where there is no client for an event loop."""
        if self._async_client is None:
            raise InvalidParameterError(
                "Calls on an event loop need async_client=openai.AsyncOpenAI(...); only client="
                " was given."
            )

    def send(self, request: Request) -> Response:
        """See ``Transport``."""
        try:
            response = _door(self._client, request).__enter__()
        except Exception as error:  # noqa: BLE001 - the SDK raises refusals too
            return _refusal(error)
        return response.http_response  # type: ignore[no-any-return]

    async def asend(self, request: Request) -> Response:
        """See ``Transport``."""
        try:
            response = await _door(self._async_client, request).__aenter__()
        except Exception as error:  # noqa: BLE001 - the SDK raises refusals too
            return _refusal(error)
        return response.http_response  # type: ignore[no-any-return]

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean that a timeout expired."""
        return (sdk().APITimeoutError, *[each.TimeoutException for each in _libraries()])

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean that the connection failed."""
        return (sdk().APIConnectionError, *[each.HTTPError for each in _libraries()])

    def close(self) -> None:
        """Nothing: the client belongs to the user."""

    async def aclose(self) -> None:
        """Nothing: the client belongs to the user."""


class _ReadResponse:
    """A refusal whose body the SDK has read and decoded."""

    def __init__(self, response: Any) -> None:
        self.status_code: int = response.status_code
        self.headers: Mapping[str, str] = {
            name: value
            for name, value in response.headers.items()
            if name.lower() not in ("content-encoding", "content-length")
        }
        self.extensions: Mapping[str, Any] = {}
        self._content: bytes = response.content

    def iter_raw(self) -> Iterator[bytes]:
        yield self._content

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        yield self._content

    def close(self) -> None:
        """The SDK has closed it."""

    async def aclose(self) -> None:
        """The SDK has closed it."""


def _without_retries(client: Any, name: str, *, is_async: bool) -> Any:
    if client is None:
        return None
    kind = "AsyncOpenAI" if is_async else "OpenAI"
    is_openai = hasattr(client, "responses") and hasattr(client, "with_options")
    if not is_openai or hasattr(client, "__aenter__") != is_async:
        raise InvalidParameterError(
            f"{name}= takes an openai.{kind} or a subclass of it; got {type(client).__name__}."
        )
    return client.with_options(max_retries=0)


def _door(client: Any, request: Request) -> Any:
    """The context manager of the SDK that sends ``request`` when it is entered."""
    body = request.body
    is_chat = "messages" in body
    resource = client.chat.completions if is_chat else client.responses
    return resource.with_streaming_response.create(
        **{name: body[name] for name in _ARGUMENTS if name in body},
        extra_body={name: value for name, value in body.items() if name not in _ARGUMENTS},
        extra_headers={**request.headers, **_ENCODINGS},
        extra_query=dict(request.query),
        timeout=request.timeout,
    )


def _refusal(error: Exception) -> Response:
    """The response with status 400 or above that the SDK raised; any other error is raised on."""
    response = getattr(error, "response", None)
    if response is None:
        raise error
    return _ReadResponse(response)


def _libraries() -> list[Any]:
    return [sys.modules[name] for name in _LIBRARIES if name in sys.modules]
