"""Plain text, chunk by chunk: what a pipe, a file or a simple terminal receives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from .base import StreamedOutput

if TYPE_CHECKING:
    from chat_core import AIMessageChunk

__all__ = ["PlainOutput", "printable"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """``text`` without control characters: a model's words must not steer the terminal."""
    return _CONTROL.sub("", text)


class PlainOutput(StreamedOutput):
    """Writes the visible text as it arrives, and ends it with a newline.

    Args:
        file: where to.
        is_terminal: whether control characters are left out.
    """

    def __init__(self, file: TextIO, *, is_terminal: bool) -> None:
        self._file = file
        self._is_terminal = is_terminal
        self._ends_line = True

    def show(self, chunk: AIMessageChunk) -> None:
        """See ``StreamedOutput``."""
        text = printable(chunk.content) if self._is_terminal else chunk.content
        if text:
            self._file.write(text)
            self._file.flush()
            self._ends_line = text.endswith("\n")

    def end(self) -> None:
        """See ``StreamedOutput``."""
        if not self._ends_line:
            self._file.write("\n")
            self._file.flush()
            self._ends_line = True
