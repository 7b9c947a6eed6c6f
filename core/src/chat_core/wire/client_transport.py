"""Requests through an SDK's client that the user made: the SDK carries each call, once.

The address, the key, the HTTP client and instrumentation are the SDK's; its retries are switched
off. The response is handed over unread, so framing, decoder, deadlines, retries and errors are the
same as with a head of our own. The user's client is never closed here.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from copy import copy
from functools import partial
from inspect import isawaitable
from typing import Any, ClassVar

from ..errors import ChatError, InvalidParameterError
from .connection_guard import current_deadline
from .content_encoding import ACCEPTED_ENCODINGS
from .http_options import Client
from .read_response import ReadResponse, as_unread
from .request_head import merge_headers
from .transport import Request, Response, Transport

__all__ = ["ClientTransport", "StreamingClientTransport"]

_LIBRARIES = ("httpx2", "httpx")


class ClientTransport(Transport):
    """Sends requests with an SDK's client; a provider says how in ``call`` and ``acall``.

    Args:
        client: the client for blocking code, or ``None``.
        async_client: the client for event loops, or ``None``.

    Raises:
        InvalidParameterError: a client of another SDK, or a sync one for an async one.
    """

    sdk: ClassVar[str]
    """The module that the SDK is imported as."""

    clients: ClassVar[tuple[str, str]]
    """The names of its clients for blocking code and for event loops, as users write them."""

    def __init__(self, client: Client, async_client: Client) -> None:
        self._client = self._checked(client, "client", is_async=False)
        self._async_client = self._checked(async_client, "async_client", is_async=True)

    @abstractmethod
    def call(self, client: Client, request: Request) -> Response:
        """Have ``client`` send ``request``, without retries; the response is unread."""

    @abstractmethod
    async def acall(self, client: Client, request: Request) -> Response:
        """``call`` on the running event loop."""

    def serves(self, client: Client, *, is_async: bool) -> bool:
        """Whether ``client`` is of this SDK and of this kind."""
        roots = {base.__module__.partition(".")[0] for base in type(client).__mro__}
        return self.sdk in roots and hasattr(client, "__aenter__") == is_async

    def without_retries(self, client: Client) -> Client:
        """``client`` with the SDK's own retries switched off, by public means."""
        return client

    def _checked(self, client: Client, setting: str, *, is_async: bool) -> Client:
        if client is None:
            return None
        if not self.serves(client, is_async=is_async):
            raise InvalidParameterError(
                f"{setting}= takes {self.clients[is_async]}; got {_name(client)}."
            )
        return self.without_retries(client)

    def prepare(self) -> None:
        """Raise ``InvalidParameterError`` where there is no client for blocking code."""
        if self._client is None:
            raise InvalidParameterError(
                f"Blocking calls need client=, {self.clients[0]}; only async_client= was given."
            )

    def aprepare(self) -> None:
        """Raise ``InvalidParameterError`` where there is no client for an event loop."""
        if self._async_client is None:
            raise InvalidParameterError(
                f"Calls on an event loop need async_client=, {self.clients[1]}; only client="
                " was given."
            )

    def send(self, request: Request) -> Response:
        """See ``Transport``."""
        token = current_deadline.set(request.deadline)
        try:
            return self.call(self._client, request)
        except Exception as error:  # noqa: BLE001 - SDKs raise refusals too
            return self._refusal(error, "client")
        finally:
            current_deadline.reset(token)

    async def asend(self, request: Request) -> Response:
        """See ``Transport``."""
        try:
            return await self.acall(self._async_client, request)
        except Exception as error:  # noqa: BLE001 - SDKs raise refusals too
            return self._refusal(error, "async_client")

    def last_address(self) -> str:
        """The address of the client; empty for an SDK whose clients do not say it."""
        client = self._async_client if self._client is None else self._client
        return str(getattr(client, "base_url", ""))

    def response_of(self, error: Exception) -> Any:
        """The response with status 300 or above that an SDK's error holds, read; else ``None``."""
        return getattr(error, "response", None)

    def _refusal(self, error: Exception, setting: str) -> Response:
        """The response that the SDK raised. Any other error is raised on, or explained."""
        response = self.response_of(error)
        if getattr(response, "status_code", 0) >= 300:
            return ReadResponse(response)
        known = (*self.timeouts, *self.failures, OSError, ChatError)
        if isinstance(error, known):
            raise error
        raise InvalidParameterError(
            f"{setting}= could not send the request ({type(error).__name__}: {error})."
        ) from error

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean that a timeout expired."""
        return self._exceptions(("APITimeoutError",), ("TimeoutException",))

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean that the connection failed."""
        names = ("HTTPError", "StreamError", "InvalidURL")
        return self._exceptions(("APIConnectionError",), names)

    def _exceptions(
        self, of_sdk: tuple[str, ...], of_library: tuple[str, ...]
    ) -> tuple[type[BaseException], ...]:
        """Those of these names that the SDK and the loaded HTTP libraries have."""
        places = [(self.sdk, of_sdk), *((library, of_library) for library in _LIBRARIES)]
        loaded = [(sys.modules[name], wanted) for name, wanted in places if name in sys.modules]
        found = [getattr(module, name, None) for module, wanted in loaded for name in wanted]
        return tuple(kind for kind in found if kind is not None)

    def close(self) -> None:
        """Nothing: the client belongs to the user."""

    async def aclose(self) -> None:
        """Nothing: the client belongs to the user."""


class StreamingClientTransport(ClientTransport):
    """For SDKs whose resources have a ``with_streaming_response``; a provider names the resource.

    A parameter of the body is passed by its name where instrumentation looks for it
    (``arguments``), and in ``extra_body`` otherwise, which SDKs send as it is.
    """

    arguments: ClassVar[tuple[str, ...]] = ("model", "messages", "stream")

    @abstractmethod
    def resource(self, client: Client, body: Mapping[str, object]) -> Any:
        """The resource of ``client`` whose ``create`` sends ``body``."""

    def content(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """What of ``body`` is sent as JSON; overridden where parameters travel as headers."""
        return body

    def headers(self, request: Request) -> Mapping[str, str]:
        """The headers of this request besides the SDK's; by default the caller's."""
        return request.headers

    def without_retries(self, client: Client) -> Client:
        """See ``ClientTransport``.

        A copy whose requests go through ``client`` itself, so that its HTTP client, and what has
        been patched in it, see them. ``with_options`` would make another client.
        """
        quiet = copy(client)
        quiet.request = partial(_request_once, client)
        return quiet

    def call(self, client: Client, request: Request) -> Response:
        """See ``ClientTransport``."""
        answer = self._ask(client, request)
        if isinstance(answer, AbstractContextManager):
            answer = answer.__enter__()
        return _response_of(answer)

    async def acall(self, client: Client, request: Request) -> Response:
        """See ``ClientTransport``."""
        answer = self._ask(client, request)
        if isinstance(answer, AbstractAsyncContextManager):
            return _response_of(await answer.__aenter__())
        return _response_of(await answer)

    def _ask(self, client: Client, request: Request) -> Any:
        """The SDK's answer to ``request``, or the context manager that sends it when entered.

        A stream is unread behind ``with_raw_response`` too, which more instrumentation knows.
        """
        content = self.content(request.body)
        headers = merge_headers(self.headers(request), {"accept-encoding": ACCEPTED_ENCODINGS})
        resource = self.resource(client, content)
        own = type(resource)(client)  # one that a client has made already sends through the user's
        door = own.with_raw_response if request.stream else own.with_streaming_response
        return door.create(
            **{name: content[name] for name in self.arguments if name in content},
            extra_body={name: v for name, v in content.items() if name not in self.arguments},
            extra_headers=headers,
            extra_query=dict(request.query),
            timeout=sys.modules[self.sdk].Timeout(request.timeout, read=request.head_timeout),
        )


def _request_once(client: Client, cast_to: object, options: Any, **given: object) -> Any:
    """Have an SDK's client send a request that it does not try again."""
    options.max_retries = 0
    return client.request(cast_to, options, **given)


def _response_of(answer: Any) -> Response:
    """The HTTP response of what an SDK answers, or of the stream that a patched SDK makes of it."""
    response = getattr(answer, "http_response", None)
    if response is not None:
        return as_unread(response)
    return _ClosingBoth(answer)


class _ClosingBoth:
    """The response of an SDK's stream; closing it closes the stream, which ends its span."""

    def __init__(self, stream: Any) -> None:
        response = stream.response
        self._close: Callable[[], Any] = stream.close
        self._response = response
        self.status_code: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.extensions: Mapping[str, object] = response.extensions
        self.iter_raw: Callable[[], Iterator[bytes]] = response.iter_raw
        self.aiter_raw: Callable[[], AsyncIterator[bytes]] = response.aiter_raw

    def close(self) -> None:
        """Close both."""
        self._close()
        self._response.close()

    async def aclose(self) -> None:
        """Close both."""
        await self._response.aclose()
        closing = self._close()
        if isawaitable(closing):
            await closing


def _name(client: Client) -> str:
    kind = type(client)
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"
