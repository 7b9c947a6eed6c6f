"""What httpx does not do for a connection: bound the wait for a head, and check an answer's end.

- ``timeout`` of httpx starts anew with every byte of a head. In blocking code the socket of each
  request is therefore given to the request's ``Deadline`` as soon as something is written to it.
- Bytes that arrive after an answer's end stay in the HTTP parser, and would be read as the next
  answer. A connection with such bytes counts as closed when the pool looks at it.
- A proxy that is asked for a tunnel may accept the connection and be silent. Its answer is a part
  of connecting, and is waited for as long as that.
- Over HTTP/2, httpcore leaves a stream that is closed before its end open: the vendor goes on
  sending, and after as many as the server allows at once, no request can be sent. It is reset.

The first three sit in the network streams of httpcore, below httpx: a client's pools are given a
network backend that wraps the one they have. Attributes that httpx keeps private are read here
alone; if one is missing the guard is, and a test says so.
"""

from __future__ import annotations

import select
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from inspect import iscoroutinefunction
from typing import Any, ClassVar, TypeAlias

from ..concurrency.deadline import Deadline

__all__ = ["current_deadline", "guard_client", "guard_reuse"]

Inner: TypeAlias = Any
"""An object of httpx or httpcore that neither exports: its attributes are looked up by name."""

current_deadline: ContextVar[Deadline | None] = ContextVar("chat_core_deadline", default=None)
"""The deadline of the request that blocking code is sending."""

_CANCEL = 8
"""The error code for a stream that is needed no more (RFC 9113, section 7)."""

_RESET_SECONDS = 1.0
"""How long the reset of a stream may take to write."""


def guard_client(client: Inner) -> None:
    """Guard the connections that a sync or async client of httpx opens from now on."""
    for transport in (getattr(client, "_transport", None), *_mounted(client)):
        pool = getattr(transport, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if backend is not None:
            is_async = hasattr(client, "aclose")
            pool._network_backend = (_AsyncBackend if is_async else _Backend)(backend)  # type: ignore[union-attr]  # noqa: SLF001 - see above


def _mounted(client: Inner) -> list[Inner]:
    return list(getattr(client, "_mounts", {}).values())


def guard_reuse(response: Inner) -> None:
    """Let the pool see what the parser of this response's connection holds after its end.

    The connection of a response over HTTP/2 resets streams that are closed before their end.
    """
    if "stream_id" in response.extensions:
        _guard_streams(_inner(response, "_connection"))
        return
    stream = response.extensions.get("network_stream")
    if not hasattr(stream, "guarded_parser") or stream.guarded_parser is not None:
        return
    stream.guarded_parser = _inner(response, "_connection", "_h11_state")


def _inner(response: Inner, *names: str) -> Inner:
    """What lies below the stream that httpcore made for ``response``, or ``None``."""
    inner = response.stream
    for name in ("_stream", "_httpcore_stream", "_stream", *names):
        inner = getattr(inner, name, None)
    return inner


def _guard_streams(connection: Inner) -> None:
    if not hasattr(connection, "_h2_state") or hasattr(connection, "resets_streams"):
        return
    is_async = iscoroutinefunction(connection._response_closed)  # noqa: SLF001 - see above
    class_of = _async_http2_class if is_async else _http2_class
    base: Inner = type(connection)
    connection.__class__ = class_of(base)


class _Backend:
    """A network backend of httpcore whose streams are guarded."""

    def __init__(self, backend: Inner) -> None:
        self._backend = backend

    def __getattr__(self, name: str) -> Inner:
        return getattr(self._backend, name)

    def connect_tcp(self, *args: object, **kwargs: object) -> Inner:
        stream = _guarded(self._backend.connect_tcp(*args, **kwargs), _stream_class)
        _watch(stream)
        return stream


class _AsyncBackend(_Backend):
    async def connect_tcp(self, *args: object, **kwargs: object) -> Inner:
        return _guarded(await self._backend.connect_tcp(*args, **kwargs), _async_stream_class)


def _guarded(stream: Inner, class_of: Inner) -> Inner:
    stream.__class__ = class_of(type(stream))
    return stream


def _watch(stream: Inner) -> None:
    deadline = current_deadline.get()
    if deadline is not None and not _is_shared(stream):
        deadline.watch(stream)


def _is_shared(stream: Inner) -> bool:
    """Whether several requests use the connection at once, as in HTTP/2."""
    tls = stream.get_extra_info("ssl_object")
    return tls is not None and tls.selected_alpn_protocol() == "h2"


def _bound_tunnel(stream: Inner, buffer: bytes, seconds: float | None) -> None:
    """Wait for the answer to ``CONNECT`` no longer than for its writing, which is for connecting.

    The tunnel's TLS has a stream of its own.
    """
    if buffer.startswith(b"CONNECT "):
        read = stream.read
        stream.read = lambda max_bytes, timeout=None: read(max_bytes, seconds)


def _holds_bytes(parser: Inner) -> bool:
    return parser is not None and bool(parser.trailing_data[0])


def _is_readable(socket: Inner) -> bool:
    """Whether reading would return at once, as it does when the other side has closed.

    A pool asks this of each idle connection before each request.
    """
    number = -1 if socket is None else socket.fileno()
    if number < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


@cache
def _stream_class(base: Inner) -> Inner:
    class GuardedStream(base):  # type: ignore[misc]
        guarded_parser: Inner = None

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            _watch(self)
            _bound_tunnel(self, buffer, timeout)
            super().write(buffer, timeout)

        def start_tls(self, *args: object, **kwargs: object) -> Inner:
            return _guarded(super().start_tls(*args, **kwargs), _stream_class)

        def get_extra_info(self, info: str) -> Inner:
            if info == "is_readable" and _holds_bytes(self.guarded_parser):
                return True
            return super().get_extra_info(info)

    return GuardedStream


@cache
def _async_stream_class(base: Inner) -> Inner:
    class GuardedAsyncStream(base):  # type: ignore[misc]
        guarded_parser: Inner = None
        _socket: Inner = None  # anyio takes 20 µs to find it, and pools ask for it often

        async def write(
            self,
            buffer: bytes,
            timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        ) -> None:
            _bound_tunnel(self, buffer, timeout)
            await super().write(buffer, timeout)

        async def start_tls(self, *args: object, **kwargs: object) -> Inner:
            return _guarded(await super().start_tls(*args, **kwargs), _async_stream_class)

        def get_extra_info(self, info: str) -> Inner:
            if info not in ("is_readable", "socket"):
                return super().get_extra_info(info)
            if self._socket is None:
                self._socket = super().get_extra_info("socket")
            if info == "socket":
                return self._socket
            return _holds_bytes(self.guarded_parser) or _is_readable(self._socket)

    return GuardedAsyncStream


class _ResetRequest:
    """What httpcore reads of a request when it writes: a timeout."""

    extensions: ClassVar[dict[str, dict[str, float]]] = {"timeout": {"write": _RESET_SECONDS}}


def _reset(connection: Inner, stream_id: int) -> bool:
    """Whether the stream was open, and its reset is to be written."""
    state = connection._h2_state  # noqa: SLF001 - see above
    stream = state.streams.get(stream_id)
    if stream is None or not stream.open:
        return False
    state.reset_stream(stream_id, _CANCEL)
    return True


@cache
def _http2_class(base: Inner) -> Inner:
    class ResettingConnection(base):  # type: ignore[misc]
        resets_streams = True

        def _response_closed(self, stream_id: int) -> None:
            try:
                with suppress(Exception):  # a connection that is closed needs no reset
                    if _reset(self, stream_id):
                        self._write_outgoing_data(_ResetRequest)
            finally:
                super()._response_closed(stream_id)

    return ResettingConnection


@cache
def _async_http2_class(base: Inner) -> Inner:
    class ResettingAsyncConnection(base):  # type: ignore[misc]
        resets_streams = True

        async def _response_closed(self, stream_id: int) -> None:
            try:
                with suppress(Exception):  # a connection that is closed needs no reset
                    if _reset(self, stream_id):
                        await self._write_outgoing_data(_ResetRequest)
            finally:
                await super()._response_closed(stream_id)

    return ResettingAsyncConnection
