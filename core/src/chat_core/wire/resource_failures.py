"""Error messages for a connection that this process or machine has no resources left for.

Such an attempt never reached the network, and nothing changes when it is made again while the same
requests are under way. The resources are file descriptors, memory, and local ports.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable

from ..errors import APIConnectionError
from .failures import contexts

__all__ = ["explain_resources", "is_out_of_resources"]

_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})
_MEMORY = frozenset({errno.ENOMEM, errno.ENOBUFS})
_PORTS = frozenset({errno.EADDRNOTAVAIL})


def explain_resources(error: BaseException, server: str) -> str:
    """The message for a connection to ``server`` that failed with ``error``.

    Empty if ``error`` comes of something else.
    """
    code = _exhausted(error)
    if code is None:
        return ""
    what = f"{errno.errorcode[code]}: {os.strerror(code)}"
    if code in _MEMORY:
        return f"No memory is left for a connection to {server} ({what}). Lower max_concurrency=."
    if code in _PORTS:
        return (
            f"No local port is left for a connection to {server}, or this machine has no address of"
            f" its kind, such as IPv6 ({what}). Lower max_concurrency=; ports that were used come"
            " free within minutes."
        )
    whose, raised = "this machine", "raise the machine's limit (sysctl fs.file-max)"
    if code == errno.EMFILE:
        whose = f"this process, which may have {_limit()} open"
        raised = "raise the process's limit (ulimit -n, resource.setrlimit)"
    return (
        f"No file descriptor is left in {whose}, for a connection to {server} ({what})."
        f" Lower max_concurrency=, or {raised}."
    )


def is_out_of_resources(error: BaseException) -> bool:
    """Whether ``error`` is a connection that this process or machine had no resources for."""
    return isinstance(error, APIConnectionError) and _exhausted(error) is not None


def _exhausted(error: BaseException) -> int | None:
    """The number of the operating system's error, if it is one of these; else ``None``.

    Local ports count if every address that was tried failed so: another one may have been refused.
    """
    found = [each for each in _reasons(error) if isinstance(each, OSError)]
    numbers = [each.errno for each in found if each.errno is not None]
    for number in numbers:
        if number in _DESCRIPTORS | _MEMORY:
            return number
    if numbers and all(number in _PORTS for number in numbers):
        return numbers[0]
    if any(map(_is_of_name, found)) and not _has_descriptor():
        return errno.EMFILE
    return None


def _reasons(error: BaseException) -> Iterable[BaseException]:
    """``error`` and what caused it, those of several addresses among them.

    What the operating system raised is the last: before it comes what a caller was handling.
    """
    for each in contexts(error):
        yield each
        if isinstance(each, BaseExceptionGroup):
            for inner in each.exceptions:
                yield from _reasons(inner)
            return
        if isinstance(each, OSError) and each.errno is not None and each.__cause__ is None:
            return


def _is_of_name(error: OSError) -> bool:
    """Whether a name had no address. The resolver gives no reason: EBUSY stands for many."""
    return isinstance(error, socket.gaierror) or error.errno == errno.EBUSY


def _has_descriptor() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno not in _DESCRIPTORS
    return True


def _limit() -> str:
    try:
        return f"{os.sysconf('SC_OPEN_MAX'):,}"
    except (AttributeError, ValueError, OSError):  # Windows
        return "no more"
