"""What core needs of a connection: send a request, hand over the raw response.

A provider's ``client.py`` says what the request looks like. The response is duck-typed on httpx and
httpx2, which name these things alike; core imports neither.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from ..concurrency.deadline import Deadline
from ..json_text import JSONObject
from .http_options import HTTPOptions
from .key_function import KeyFunction
from .operation import Operation

__all__ = [
    "Request",
    "Response",
    "SentRequest",
    "Transport",
    "is_multiplexed",
    "sent_request",
    "set_read_timeout",
]


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a model, before a transport gives it an address and authentication.

    Args:
        body: the JSON object that an encoder made.
        stream: whether the answer is asked for as a stream.
        timeout: seconds for connecting. Timeouts come with the request, so that a call with
            timeouts of its own shares the connections of others.
        head_timeout: seconds until the response's head is there.
        deadline: ends the connection when ``head_timeout`` is over, in blocking code.
        headers: the caller's headers; they replace the transport's own.
        query: the caller's query parameters; they replace the transport's own.
        operation: what is asked for instead of a chat answer.
    """

    body: JSONObject
    stream: bool = False
    timeout: float = 60.0
    head_timeout: float = 60.0
    deadline: Deadline | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, object] = field(default_factory=dict)
    operation: Operation[Any] | None = None


class Response(Protocol):
    """An HTTP response whose head has arrived and whose body may still be on its way.

    This is all that core reads of one. A response may besides have ``request``, as those of httpx
    do (``SentRequest``).
    """

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, under names in any case."""

    @property
    def extensions(self) -> Mapping[str, object]:
        """``http_version`` (``b"HTTP/2"`` shares its connection) and ``network_stream``, which
        deadlines close in blocking code; empty where neither is known.
        """

    def iter_raw(self) -> Iterator[bytes]:
        """The body as it arrives, with its content encoding, in blocking code."""

    def aiter_raw(self) -> AsyncIterator[bytes]:
        """``iter_raw`` on an event loop."""

    def close(self) -> None:
        """Close the connection, unless the body was read to its end. May be called twice."""

    async def aclose(self) -> None:
        """``close`` on an event loop."""


class SentRequest(Protocol):
    """What core reads of the request that a response answers.

    ``headers`` are what errors must not repeat; ``extensions["timeout"]`` is a dict whose ``read``
    bounds each further read of the body.
    """

    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def extensions(self) -> Mapping[str, object]: ...


def sent_request(response: Response | None) -> SentRequest | None:
    """The request that ``response`` answers, if it has it."""
    return getattr(response, "request", None)


def is_multiplexed(response: Response) -> bool:
    """Whether other answers come over the same connection (HTTP/2): it must not be shut down."""
    return response.extensions.get("http_version") in (b"HTTP/2", "HTTP/2")


def set_read_timeout(response: Response, seconds: float | None) -> None:
    """Bound each further read of the body; with ``None`` a ``Deadline`` alone bounds them.

    The HTTP library has one number for the head and the body, and every keep-alive comment starts
    it anew. httpx passes it to the connection in the request's ``timeout`` extension, which is read
    when the body's first byte is asked for.
    """
    request = sent_request(response)
    timeouts = request.extensions.get("timeout") if request is not None else None
    if isinstance(timeouts, dict):
        timeouts["read"] = seconds


class Transport(ABC):
    """Sends requests; never retries and never follows a redirect.

    The retry loop is in ``exchange.py``; there is no other. A redirect could carry the key to
    another host, so it is returned as a response like any other.

    ``options`` are the HTTP settings of the model and ``key`` the function that returns its key, if
    it has one; both are set before the first request.
    """

    options: HTTPOptions = HTTPOptions()
    key: KeyFunction | None = None
    takes_operations: ClassVar[bool] = False
    """Whether it sends requests with an ``operation``."""
    advice: str = ""
    """What to do where no connection can be made, for the error; a sentence, or nothing."""

    def needs_loading(self) -> bool:
        """Whether ``load`` has something to do that would hold up an event loop."""
        return False

    def load(self) -> None:  # noqa: B027 - many transports have nothing to load
        """Import what the first request needs; called from a worker thread."""

    @abstractmethod
    def prepare(self) -> None:
        """Import the HTTP library and make the sync client. ``timeout`` starts after this."""

    @abstractmethod
    def aprepare(self) -> None:
        """``prepare`` for the running event loop."""

    @abstractmethod
    def send(self, request: Request) -> Response:
        """The response to ``request``, its body unread, whatever its status."""

    @abstractmethod
    async def asend(self, request: Request) -> Response:
        """``send`` on the running event loop."""

    def last_address(self) -> str:
        """The address that the last request was sent to; empty before it, or where not known."""
        return ""

    @property
    @abstractmethod
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions of the HTTP library that mean that a timeout expired."""

    @property
    @abstractmethod
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions of the HTTP library that mean that the connection failed."""

    @abstractmethod
    def close(self) -> None:
        """Close the clients made for sync use."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the client made for the running event loop, and those for sync use."""
