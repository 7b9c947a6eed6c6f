"""Deadlines on a response that is being read: when time is up its socket is shut down.

A blocked ``recv`` in sync code cannot be interrupted from Python, and a server that sends comments
keeps resetting every read timeout. So one daemon thread per process watches the deadlines of all
open streams and shuts down the socket of one whose time is up; the reader then sees the end of the
stream and asks ``expired``. Moving a deadline later costs one attribute store.
"""

from __future__ import annotations

import os
import threading
from time import monotonic
from typing import Any

from .cancellation import current_cancel_scope

__all__ = ["Deadline"]

_IDLE_SECONDS = 5.0
"""How long the watching thread outlives the last deadline."""


class Deadline:
    """One response's deadline, in force from ``watch`` until ``cancel``."""

    __slots__ = ("_socket", "at", "expired", "paused", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = monotonic() + seconds
        self.expired = False
        self.paused = False
        self._socket: Any = None

    def watch(self, network_stream: Any) -> None:
        """Guard ``response.extensions["network_stream"]``; with ``None`` only ``check`` counts."""
        if network_stream is not None:
            self._socket = network_stream.get_extra_info("socket")
        if self._socket is not None:
            _watcher().add(self)
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
            _watcher().wake()

    def pause(self) -> None:
        """Time stands still until ``extend``: the caller is slow now, not the vendor."""
        self.paused = True

    def check(self) -> bool:
        """Whether time is up."""
        if not self.expired and monotonic() >= self.at:
            self.expired = True
        return self.expired

    def cancel(self) -> None:
        """Stop guarding; call before the response is closed."""
        if self._socket is not None:
            _watcher().remove(self)
            scope = current_cancel_scope()
            if scope is not None:
                scope.discard(self.shut_down)
            self._socket = None

    def shut_down(self) -> None:
        """Time is up: end the connection under its reader. Called by the watching thread."""
        import socket

        self.expired = True
        try:
            # A duplicate reaches the connection beneath TLS wrappers and event-loop proxies.
            duplicate = socket.socket(fileno=os.dup(self._socket.fileno()))
        except (OSError, ValueError):
            return  # closed already
        try:
            duplicate.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other side was faster
        finally:
            duplicate.close()


class _Watcher:
    """The thread that waits for the nearest deadline."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._changed = threading.Condition()
        self._deadlines: set[Deadline] = set()
        self._thread: threading.Thread | None = None

    def add(self, deadline: Deadline) -> None:
        with self._changed:
            self._deadlines.add(deadline)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="chat-core-deadlines", daemon=True
                )
                self._thread.start()
            else:
                self._changed.notify()

    def remove(self, deadline: Deadline) -> None:
        with self._changed:
            self._deadlines.discard(deadline)

    def wake(self) -> None:
        with self._changed:
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while True:
                now = monotonic()
                for deadline in [d for d in self._deadlines if d.at <= now]:
                    if deadline.paused:
                        deadline.at = now + deadline.seconds
                    else:
                        self._deadlines.discard(deadline)
                        deadline.shut_down()
                if self._deadlines:
                    self._changed.wait(min(d.at for d in self._deadlines) - now)
                elif not self._changed.wait(_IDLE_SECONDS) and not self._deadlines:
                    self._thread = None
                    return


_current = _Watcher()


def _watcher() -> _Watcher:
    global _current
    if _current.pid != os.getpid():  # threads do not survive a fork
        _current = _Watcher()
    return _current
