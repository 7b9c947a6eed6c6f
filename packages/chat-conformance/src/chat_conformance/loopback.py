"""The network guard: once it is on, this process can connect to its own machine only.

`refuse_everything_but_loopback()` adds an audit hook that raises before a socket connects, before
a datagram is sent and before a name is looked up, unless the address is loopback or a Unix socket.
The module imports the standard library alone, so any script can call it first.

It cannot see C extensions that open sockets by themselves, since they raise no audit events
(uvloop, for one). `sock.connect(("a.name", 80))` looks the name up before its event; the connection
is still refused. A forked child inherits the guard; a newly started program must call it itself.

While coverage measures threads, `audit=False` replaces functions of the module `socket` instead.
Python 3.11 refuses a trace function for a new thread with `RuntimeError` if another thread is in an
audit hook for its own trace function at that moment (`_PyEval_SetTrace` in CPython's `ceval.c`).
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

REFUSED: list[str] = []
"""What was refused so far, newest last: shows a refusal even if some `except` swallowed it."""

_AUDITED = {
    # event → position of the address in the event's arguments, see Python's table of audit events
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
_on = False


class LoopbackOnlyError(RuntimeError):
    """Something tried to connect to another machine.

    Not an `OSError`, so that no client takes it for a bad connection and tries again quietly.
    """


def refuse_everything_but_loopback(*, audit: bool = True) -> None:
    """Raise `LoopbackOnlyError` from now on, for as long as the process lives.

    Args:
        audit: an audit hook, which sees each use of a socket in Python; without it the functions of
            `socket` are replaced, which misses what took one of them before.

    Also turns proxies off in the environment: a proxy on loopback would carry requests out. Nor is
    the metadata of an instance (AWS) asked for credentials.
    Calling it again changes nothing; there is no way back.
    """
    global _on
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    if not _on:
        _on = True
        if audit:
            sys.addaudithook(_audit)
        else:
            _replace_functions()


def _replace_functions() -> None:
    """Each function that raises an event of `_AUDITED` calls `_audit` first."""
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        event = f"socket.{name.removesuffix('_ex')}"
        setattr(socket, name, _checked(getattr(socket, name), event, _host_of))
    for name, address_of in _ADDRESSES.items():
        event = f"socket.{name.removesuffix('_ex')}"
        setattr(socket.socket, name, _checked(getattr(socket.socket, name), event, address_of))


def _host_of(host: object, *_: object, **__: object) -> tuple[object]:
    return (host,)


_ADDRESSES: dict[str, Callable[..., tuple[object, ...]]] = {
    # method → its arguments → the arguments of the event: the socket and the address
    "connect": lambda sock, address: (sock, address),
    "connect_ex": lambda sock, address: (sock, address),
    "sendto": lambda sock, _data, *rest: (sock, rest[-1]),
    "sendmsg": lambda sock, *rest: (sock, rest[3] if len(rest) > 3 else None),
}


def _checked(
    function: Callable[..., Any], event: str, arguments_of: Callable[..., tuple[object, ...]]
) -> Callable[..., Any]:
    @wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        _audit(event, arguments_of(*args, **options))
        return function(*args, **options)

    return checked


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    position = _AUDITED.get(event)
    if position is None:
        return
    address = arguments[position]
    if position == 1 and _is_local_family(arguments[0], address):
        return
    host = address[0] if isinstance(address, tuple) and address else address
    if not is_loopback(host):
        REFUSED.append(f"{event} {address!r}")
        raise LoopbackOnlyError(
            f"{event} to {address!r} refused: only loopback addresses are allowed here "
            "(127.0.0.1, ::1, localhost)"
        )


def _is_local_family(sock: object, address: object) -> bool:
    """Unix sockets stay on the machine; a datagram without address goes where `connect` went."""
    assert isinstance(sock, socket.socket)
    return address is None or sock.family == getattr(socket, "AF_UNIX", None)


def is_loopback(host: object) -> bool:
    """Whether `host` names this machine: an address, `localhost`, or nothing at all."""
    if host is None:
        return True  # getaddrinfo takes None for "this machine"
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    if host.lower().rstrip(".") in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
