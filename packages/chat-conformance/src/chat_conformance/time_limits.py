"""Time limits of laws: work in a thread of its own, which is given up when the time is over.

A blocking call cannot be interrupted. The thread is a daemon, so it does not keep the process; what
it waits for is closed when it is given up.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from types import FrameType
from typing import Generic, TypeVar

__all__ = ["LAW_SECONDS", "RunsTooLongError", "bounded"]

LAW_SECONDS = 30.0
"""Seconds that a law may take unless it says otherwise (``limit`` in ``laws/law.py``)."""

T = TypeVar("T")

_NOT_THE_CAUSE = ("chat_core", "chat_conformance", "_pytest", "pytest", "concurrent")


class RunsTooLongError(AssertionError):
    """Work that was given up; ``place`` is the module and line that it was at."""

    def __init__(self, seconds: float, place: str) -> None:
        super().__init__(f"gave no result within {seconds:g} s; it waited at {place}")
        self.seconds = seconds
        self.place = place


class _Work(threading.Thread, Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(daemon=True, name="bounded")
        self._work = work
        self._context = copy_context()
        self.is_done = threading.Event()
        self.result: T
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._context.run(self._work)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self.error = error
        finally:
            self.is_done.set()


def bounded(work: Callable[[], T], seconds: float) -> T:
    """The result of ``work``, which runs in another thread.

    Raises what ``work`` raises, and ``RunsTooLongError`` when ``seconds`` are over.
    """
    thread = _Work(work)
    thread.start()
    if not thread.is_done.wait(seconds):
        frames = sys._current_frames()  # noqa: SLF001 - no public name says where threads are
        raise RunsTooLongError(seconds, _place(frames.get(thread.ident or 0)))
    if thread.error is not None:
        raise thread.error
    return thread.result


def _place(frame: FrameType | None) -> str:
    """The innermost place that is neither the kit's, core's, the standard library's nor HTTP's."""
    innermost = "an unknown place"
    first = True
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        place = f"{module}, line {frame.f_lineno}"
        if first:
            innermost, first = place, False
        root = module.partition(".")[0]
        in_packages = "site-packages" in frame.f_code.co_filename
        if root not in sys.stdlib_module_names and root not in _NOT_THE_CAUSE and not in_packages:
            return place
        frame = frame.f_back
    return innermost
