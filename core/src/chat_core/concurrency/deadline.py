"""Deadlines on a response that is being read: when time is up, its socket is shut down.

A blocked ``recv`` in sync code cannot be interrupted from Python, and a server that sends comments
restarts every read timeout. So the connection itself is ended; the reader then sees the end of the
stream and asks ``expired``. Moving a deadline later costs one attribute store.

- ``Deadline`` is for blocking code: one daemon thread per process watches all of them.
- ``LoopDeadline`` is for an event loop, and is a timer of that loop.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import Any

from .cancellation import current_cancel_scope
from .deadline_thread import LONGEST_WAIT, watcher

__all__ = ["Deadline", "LoopDeadline"]


class Deadline:
    """One response's deadline, in force from ``watch`` until ``cancel``.

    Args:
        seconds: from now; ``inf`` for none.
    """

    __slots__ = ("_socket", "at", "expired", "head_limit", "paused", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = monotonic() + seconds
        self.expired = False
        self.paused = False
        """Time stands still: the caller is slow now, not the vendor."""
        self.head_limit: Any = None
        """The ``asyncio.Timeout`` of the wait for the response's head, on an event loop."""
        self._socket: Any = None

    def watch(self, network_stream: Any) -> None:
        """End this connection when time is up; may be called again, for a connection's TLS stream.

        Args:
            network_stream: ``response.extensions["network_stream"]`` of httpx; with ``None`` only
                ``check`` counts.
        """
        is_new = self._socket is None
        if network_stream is not None:
            self._socket = network_stream.get_extra_info("socket") or self._socket
        if is_new and self._socket is not None:
            self._arm()

    def _arm(self) -> None:
        watcher().add(self)
        scope = current_cancel_scope()
        if scope is not None:
            scope.add(self.shut_down)

    def extend(self, seconds: float) -> None:
        """Time runs, and runs out ``seconds`` from now."""
        at = monotonic() + seconds
        earlier = at < self.at
        self.seconds = seconds
        self.at = at
        self.paused = False
        if earlier and self._socket is not None:
            self._rearm()

    def extend_sending(self, seconds: float) -> None:
        """A part of the request was sent; time runs out ``seconds`` from now."""
        self.at = max(self.at, monotonic() + seconds)

    def _rearm(self) -> None:
        """``at`` is earlier than before."""
        watcher().wake(self.at)

    def check(self) -> bool:
        """Whether time is up."""
        if not self.expired and monotonic() >= self.at:
            self.expired = True
        return self.expired

    def is_due(self, now: float) -> bool:
        """Whether time is up at ``now``; a paused deadline is put off instead."""
        if self.at > now:
            return False
        if self.paused:
            self.at = now + self.seconds
        return not self.paused

    def cancel(self) -> None:
        """Stop guarding; call before the response is closed."""
        if self._socket is not None:
            self._disarm()
            self._socket = None

    def _disarm(self) -> None:
        watcher().remove(self)
        scope = current_cancel_scope()
        if scope is not None:
            scope.discard(self.shut_down)

    def shut_down(self) -> None:
        """End the connection under its reader. May be called from any thread; raises nothing."""
        self.expired = True
        with suppress(Exception):  # closed already, or the other side was faster
            _shut_down(self._socket)


class LoopDeadline(Deadline):
    """A deadline that a timer of the running event loop watches."""

    __slots__ = ("_timer",)

    def extend_sending(self, seconds: float) -> None:
        """See ``Deadline``."""
        import asyncio

        super().extend_sending(seconds)
        with suppress(RuntimeError):  # the head has arrived before the request's end
            self.head_limit.reschedule(asyncio.get_running_loop().time() + seconds)

    def _arm(self) -> None:
        import asyncio

        seconds = self.at - monotonic()
        if not 0 <= seconds <= LONGEST_WAIT:
            seconds = 0 if seconds < 0 else LONGEST_WAIT
        self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        if self.is_due(monotonic()):
            self.shut_down()
        else:
            self._arm()

    def _rearm(self) -> None:
        self._timer.cancel()
        self._arm()

    def _disarm(self) -> None:
        self._timer.cancel()


def _shut_down(guarded: Any) -> None:
    """Shut down the connection beneath TLS wrappers and the proxies that event loops hand out.

    ``os.dup`` does not do: on Windows sockets are no file descriptors.
    """
    import socket  # not needed before the first request

    if isinstance(guarded, socket.socket):
        socket.socket.shutdown(guarded, socket.SHUT_RDWR)  # not SSLSocket's, which its reader sees
        return
    with socket.fromfd(guarded.fileno(), guarded.family, guarded.type) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)
