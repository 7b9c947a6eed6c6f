"""``without_echo``: what is typed while an answer is painted does not appear in its midst."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["without_echo"]


@contextmanager
def without_echo() -> Iterator[None]:
    """Keep the terminal from showing typed letters; they are read, and shown, afterwards."""
    try:
        import termios
    except ImportError:  # Windows
        yield
        return
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    local_modes = 3
    silent = list(before)
    silent[local_modes] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSANOW, silent)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal was closed
            termios.tcsetattr(descriptor, termios.TCSANOW, before)
