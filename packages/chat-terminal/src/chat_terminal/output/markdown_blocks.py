"""Cuts Markdown that arrives piece by piece into finished blocks and an open one: pure and linear.

A block that is finished is shown once and never again; only the open one is repainted. Rules:

- A block ends before a line that begins at column 0 after a blank line, when that line is complete.
- A list goes on over blank lines as long as its next line is an item or indented.
- A fence ends with its closing line; blank lines inside it end nothing.
- A heading (``#``) is a block by itself.
- ``tail(limit)`` returns no more than the last ``limit`` characters of the open block, so that a
  repaint costs the same however long a block grows; a fence that is open is opened again in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["MarkdownBlocks"]

_FENCE = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})(.*)")
_HEADING = re.compile(r"#{1,6}(?:\s|$)")
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s")


class MarkdownBlocks:
    """Takes text in, gives finished blocks out, and holds the open one."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._unended: list[str] = []
        self._fence = ""
        self._opening = ""
        self._is_list = False
        self._after_blank = False

    def feed(self, text: str) -> list[str]:
        """The blocks that ``text`` finishes, in order."""
        *ended, rest = text.split("\n")
        finished: list[str] = []
        for end in ended:
            line = "".join([*self._unended, end])
            self._unended.clear()
            finished += self._line(line)
        if rest:
            self._unended.append(rest)
        return finished

    def finish(self) -> list[str]:
        """The open block, now that the text has ended; empty if there is none."""
        line = "".join(self._unended)
        self._unended.clear()
        finished = self._line(line) if line else []
        return finished + self._take()

    def tail(self, limit: int) -> str:
        """The end of the open block, at most ``limit`` characters of it."""
        pieces: list[str] = []
        left = limit
        for piece in self._backwards():
            pieces.append(piece[-left:])
            left -= len(piece)
            if left <= 0:
                break
        text = "".join(reversed(pieces))
        return f"{self._opening}\n{text}" if self._fence and left <= 0 else text

    def _backwards(self) -> Iterator[str]:
        yield from reversed(self._unended)
        for line in reversed(self._lines):
            yield f"{line}\n"

    def _line(self, line: str) -> list[str]:
        """Take in a complete line; the blocks that it finishes."""
        if self._fence:
            return self._fenced_line(line)
        if not line.strip():
            self._after_blank = bool(self._lines)
            self._lines += [line] if self._lines else []
            return []
        finished = self._take() if self._begins_block(line) else []
        if not self._lines:
            self._is_list = bool(_ITEM.match(line))
        self._lines.append(line)
        self._after_blank = False
        if found := _FENCE.match(line):
            self._fence, self._opening = found[1], line
        elif _HEADING.match(line):
            finished += self._take()
        return finished

    def _fenced_line(self, line: str) -> list[str]:
        self._lines.append(line)
        mark = line.strip()
        closes = mark.startswith(self._fence) and not mark.strip(self._fence[0])
        if not closes:
            return []
        self._fence = ""
        return [] if self._is_list else self._take()

    def _begins_block(self, line: str) -> bool:
        if line[0].isspace() or not self._lines:
            return False
        if _HEADING.match(line):
            return True
        return self._after_blank and not (self._is_list and _ITEM.match(line))

    def _take(self) -> list[str]:
        block = "\n".join(self._lines).rstrip("\n")
        self._lines.clear()
        self._fence, self._after_blank, self._is_list = "", False, False
        return [block] if block.strip() else []
