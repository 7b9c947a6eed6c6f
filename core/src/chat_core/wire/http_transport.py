"""``HTTPTransport``: a transport over httpx2 or httpx; a provider adds the head of its requests.

The head is built by the provider, without the vendor's SDK. Core imports the HTTP library when a
model makes its first connection, not before.
"""

from __future__ import annotations

import json
import sys
from abc import abstractmethod
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import InvalidParameterError
from ..json_text import JSONObject, join_surrogates, outside_json
from .address import check_address
from .client_pool import ClientPool
from .connection_guard import current_deadline, guard_client, guard_reuse
from .content_encoding import ACCEPTED_ENCODINGS
from .http_options import Client
from .key_function import KEY_FOLLOWS
from .operation import Operation
from .operation_head import operation_head
from .read_response import as_unread
from .request_head import RequestHead, merge_headers, user_agent
from .tls import tls_context
from .transport import Request, Response, Transport

if TYPE_CHECKING:
    from .file_content import FileContent

__all__ = ["HTTPTransport", "json_content", "operation_content"]

_MOST_URLS = 64
"""Addresses that a transport remembers."""

_LONGEST_TIMEOUT = 1_000_000.0
"""Seconds; a socket's timeout is counted in milliseconds and has 31 bits."""


def json_content(body: Mapping[str, object]) -> bytes:
    """``body`` as JSON in UTF-8. Two halves of a surrogate pair become one character, a lone half
    becomes U+FFFD: vendors refuse it (WHATWG Encoding writes UTF-8 in the same way).

    Raises ``InvalidParameterError`` for a value that JSON does not have.
    """
    try:
        try:
            return _json(body).encode()
        except UnicodeEncodeError:
            return _json(join_surrogates(body)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        place = outside_json(body)
        seen = f" (at {place})" if place else ""
        raise InvalidParameterError(f"The request is not JSON: {error}{seen}.") from error


def operation_content(operation: Operation[Any]) -> bytes:
    """The bytes that ``operation`` sends; raises like ``json_content``.

    Raises ``InvalidParameterError`` for a file on disk, which is read while it is sent.
    """
    content = operation.content
    if content is None:
        return b"" if operation.body is None else json_content(operation.body)
    if isinstance(content, bytes):
        return content
    raise InvalidParameterError("A request that is signed cannot send a file on disk.")


def _json(body: Mapping[str, object]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


_REFUSALS = (ValueError, ImportError)
"""What an HTTP library raises for settings that it cannot send with."""


@contextmanager
def settings_blamed() -> Iterator[None]:
    """Turn what the HTTP library refuses before sending into ``InvalidParameterError``.

    It refuses a host, a header, or a proxy of the environment.
    """
    try:
        yield
        return
    except _REFUSALS as error:
        reason = str(error)
    # No cause: a UnicodeError would carry the header that it could not encode, secret or not.
    raise _refused(reason)


def _refused(reason: str) -> InvalidParameterError:
    return InvalidParameterError(
        "No request can be made with this base_url, these headers and these HTTP settings:"
        f" {reason.rstrip('.')}."
    )


def _timeouts(request: Request) -> dict[str, float]:
    """The ``timeout`` extension of the HTTP library."""
    connecting = min(request.timeout, _LONGEST_TIMEOUT)
    reading = min(request.head_timeout, _LONGEST_TIMEOUT)
    return {"connect": connecting, "read": reading, "write": connecting, "pool": connecting}


def _content(request: Request) -> Generator[bytes, None, None] | None:
    """The pieces of the file that ``request`` sends, if it sends one."""
    file = _file(request)
    return None if file is None else file.pieces(partial(_extend, request))


def _acontent(request: Request) -> AsyncIterator[bytes] | None:
    """``_content`` on an event loop."""
    file = _file(request)
    return None if file is None else file.apieces(partial(_extend, request))


def _file(request: Request) -> FileContent | None:
    content = None if request.operation is None else request.operation.content
    return None if content is None or isinstance(content, bytes) else content


def _extend(request: Request) -> None:
    """A part of the request was sent: the time for the rest begins anew."""
    if request.deadline is not None:
        request.deadline.extend_sending(request.head_timeout)


def _new_message(
    library: ModuleType,
    method: str,
    url: Any,
    headers: Mapping[str, str],
    content: bytes,
    timeout: Mapping[str, float],
) -> Any:
    """A request of the HTTP library, equal to what ``build_request`` of our clients returns.

    That merges headers, cookies and query of a client that has none: a third of a call's CPU here.
    """
    own = {"connection": "keep-alive", "content-length": str(len(content))}
    if "host" not in headers:
        own["host"] = url.netloc.decode("ascii")
    message = library.Request(
        method,
        url,
        headers={**own, **headers},
        stream=library.ByteStream(content),
        extensions={"timeout": timeout},
    )
    message.read()  # ``content`` is what observers of requests read
    return message


@cache
def _library() -> ModuleType:
    return import_module("httpx2" if find_spec("httpx2") else "httpx")


@cache
def aiohttp_engine() -> ModuleType:
    """The module of the aiohttp engine, which few models use."""
    return import_module(".aiohttp_engine", __package__)


_LOADED: set[tuple[type, str]] = set()
"""The classes of transports, each with its engine, whose libraries this process has imported."""


class HTTPTransport(ClientPool[Client, Client], Transport):
    """Sends requests with clients of one library: no redirects, as many connections as calls.

    A provider writes ``build_head`` and names its ``distribution``.
    """

    takes_operations: ClassVar[bool] = True
    distribution: ClassVar[str] = "chat-core"
    """The package that the ``User-Agent`` names."""

    def __init__(self) -> None:
        super().__init__()
        self._urls: dict[tuple[type, str], Any] = {}
        self._sent_to = ""

    @abstractmethod
    def build_head(self, request: Request) -> RequestHead:
        """Where ``request`` goes and what authenticates it. Called for each request."""

    async def abuild_head(self, request: Request) -> RequestHead:
        """``build_head`` on an event loop; overridden where a token has to be waited for."""
        return self.build_head(request)

    def base_head(self) -> RequestHead:
        """The vendor's address, below which operations lie, and what authenticates them."""
        raise InvalidParameterError(f"{self.distribution} sends chat requests alone.")

    async def abase_head(self) -> RequestHead:
        """``base_head`` on an event loop; overridden where a token has to be waited for."""
        return self.base_head()

    def operation_head(self, request: Request) -> RequestHead:
        """The whole head of a request with an operation; overridden where it is signed."""
        return operation_head(request, self.base_head(), self.caller_headers(request))

    async def aoperation_head(self, request: Request) -> RequestHead:
        """``operation_head`` on an event loop."""
        return operation_head(request, await self.abase_head(), self.caller_headers(request))

    def content(self, body: JSONObject) -> Mapping[str, object]:
        """What of ``body`` is sent as JSON; overridden where parameters travel in the head."""
        return body

    def caller_headers(self, request: Request) -> Mapping[str, str]:
        """The headers that replace those of the head; by default all of ``request.headers``."""
        return request.headers

    def last_address(self) -> str:
        """See ``Transport``."""
        return self._sent_to

    def library(self) -> ModuleType:
        """``httpx2`` if it is installed, else ``httpx``; imported here and not before."""
        return _library()

    def client_options(self) -> dict[str, Any]:
        """What clients are made with."""
        from http.cookiejar import CookieJar, DefaultCookiePolicy  # slow, and the library needs it

        library, options = self.library(), self.options
        return {
            **self._proxy_option(),
            "http2": options.http2,
            "follow_redirects": False,
            "verify": tls_context(library, options.verify, options.cert, http2=options.http2),
            "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),  # keeps none
            # As many connections as there are calls: by default the 101st would wait.
            "limits": library.Limits(max_connections=None, max_keepalive_connections=100),
        }

    def _proxy_option(self) -> dict[str, Any]:
        """The model's proxy; one that is reached by TLS is checked as the vendor is."""
        library, options = self.library(), self.options
        if not options.proxy:
            return {}
        if not options.proxy.startswith("https://"):
            return {"proxy": options.proxy}
        context = tls_context(library, options.verify, options.cert)
        return {"proxy": library.Proxy(options.proxy, ssl_context=context)}

    def make_sync(self) -> Client:
        """A new sync client."""
        self.options.check_blocking()
        client = self.library().Client(**self.client_options())
        guard_client(client)
        return client

    def make_async(self) -> Client:
        """A new async client."""
        if self.options.engine == "aiohttp":
            return self._aiohttp_client()
        client = self.library().AsyncClient(**self.client_options())
        guard_client(client)
        return client

    def _aiohttp_client(self) -> Client:
        library, options = self.library(), self.options
        tls = tls_context(library, options.verify, options.cert)
        return aiohttp_engine().AiohttpClient(library, tls, options.proxy)

    def needs_loading(self) -> bool:
        """See ``Transport``."""
        return (type(self), self.options.engine) not in _LOADED

    def load(self) -> None:
        """Import the HTTP library and read the certificates, once for each class and engine."""
        with settings_blamed():
            library = self.library()
            context = tls_context(library)
        if self.options.engine == "aiohttp":
            aiohttp_engine().load_aiohttp()
        else:
            library.AsyncHTTPTransport(verify=context)  # it imports httpcore when it is made
            with suppress(ImportError):  # what httpcore imports at its first connection
                import_module("anyio._backends._asyncio")
        _LOADED.add((type(self), self.options.engine))

    def sync(self) -> Client:
        """The user's sync client, else this process's."""
        return self.options.client_for(is_async=False) or super().sync()

    def current(self) -> Client:
        """The user's async client, else the running loop's."""
        return self.options.client_for(is_async=True) or super().current()

    def prepare(self) -> None:
        """Make the sync client."""
        with settings_blamed():
            self.sync()

    def aprepare(self) -> None:
        """Make the running loop's client."""
        try:
            self.current()
            return
        except _REFUSALS as error:
            reason = str(error)
        raise _refused(reason)

    def send(self, request: Request) -> Response:
        """See ``Transport``. A function's key is asked for once more after a 401."""
        if self.key is None:
            return self._send(request, None)
        key = self.key.ask()
        response = self._send(request, key)
        if response.status_code == 401 and (newer := self.key.ask()) != key:
            response.close()
            response = self._send(request, newer)
        return response

    async def asend(self, request: Request) -> Response:
        """See ``send``."""
        if self.key is None:
            return await self._asend(request, None)
        key = await self.key.aask()
        response = await self._asend(request, key)
        if response.status_code == 401 and (newer := await self.key.aask()) != key:
            await response.aclose()
            response = await self._asend(request, newer)
        return response

    def _send(self, request: Request, key: str | None) -> Response:
        client = self.sync()
        file = _content(request)
        with settings_blamed():
            is_chat = request.operation is None
            head = self.build_head(request) if is_chat else self.operation_head(request)
            message = self._message(client, request, head, key, file)
        token = current_deadline.set(request.deadline)
        try:
            response: Response = client.send(message, stream=True, follow_redirects=False)
        finally:
            current_deadline.reset(token)
            if file is not None:
                file.close()
        guard_reuse(response)
        return as_unread(response)

    async def _asend(self, request: Request, key: str | None) -> Response:
        client = self.current()
        with settings_blamed():
            is_chat = request.operation is None
            building = self.abuild_head(request) if is_chat else self.aoperation_head(request)
            message = self._message(client, request, await building, key, _acontent(request))
        try:
            response: Response = await client.send(message, stream=True, follow_redirects=False)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            # httpcore hands on an alert of TLS as it is, without the request that names the host.
            raise self.library().ConnectError(str(error), request=message) from error
        guard_reuse(response)
        return as_unread(response)

    def _message(
        self, client: Client, request: Request, head: RequestHead, key: str | None, file: Any
    ) -> Any:
        """The HTTP library's request object, with ``key`` where the head leaves room for it.

        Its content is that of ``request``, or the pieces of ``file``.
        """
        defaults = {
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": user_agent(self.distribution),
        }
        bounded = {"accept-encoding": ACCEPTED_ENCODINGS}
        operation = request.operation
        added = self.caller_headers(request) if operation is None else {}
        headers = merge_headers(defaults, head.headers, bounded, added)
        if key is not None:
            headers = {name: value.replace(KEY_FOLLOWS, key) for name, value in headers.items()}
        if operation is None:
            content = json_content(self.content(request.body))
        elif file is not None:
            content, headers["content-length"] = file, str(len(operation.content or b""))
        else:
            content = operation_content(operation)
        self._sent_to = head.url
        url = self._address(client, head.url)
        if query := {**head.query, **request.query}:
            url = url.copy_merge_params(query)
        timeout = _timeouts(request)
        if file is None and self._has_clients_of_its_own():
            return _new_message(self.library(), head.method, url, headers, content, timeout)
        return client.build_request(
            head.method, url, headers=headers, content=content, timeout=tuple(timeout.values())
        )

    def _has_clients_of_its_own(self) -> bool:
        """Whether the clients are ours and the HTTP library's: they add nothing to a request."""
        options = self.options
        return options.client is None and options.async_client is None and options.engine == "httpx"

    def _address(self, client: Client, address: str) -> Any:
        """The library's object for an address: reading one takes as long as encoding a request."""
        key = (type(client), address)
        url = self._urls.get(key)
        if url is None:
            if len(self._urls) > _MOST_URLS:
                self._urls.clear()
            url = self._urls[key] = type(client.base_url)(check_address(address))
        return url

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean that a timeout expired."""
        return tuple(library.TimeoutException for library in self._libraries())

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean that the connection failed."""
        return tuple(
            kind
            for library in self._libraries()
            for kind in (library.HTTPError, library.StreamError, library.InvalidURL)
        )

    def _libraries(self) -> list[ModuleType]:
        """The library of our clients, and those of the user's."""
        clients = (self.options.client, self.options.async_client)
        bases = [base for client in clients for base in type(client).__mro__]
        names = {base.__module__.partition(".")[0] for base in bases} & {"httpx", "httpx2"}
        return [self.library(), *(sys.modules[name] for name in sorted(names))]
