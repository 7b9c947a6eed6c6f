"""One JSON array whose items are the events: bytes in, frames out; no I/O.

Rules:

- An item that is an object or an array is given out with its last bracket, before the comma that
  follows it has come; any other item with the comma or the array's end after it.
- Only brackets, quotation marks, backslashes and commas are looked for; whether an item is JSON is
  found out by its reader.
- Nothing but white space may follow the array.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from ..errors import MalformedResponseError
from .body_kind import JSON_ARRAY, describe_body
from .framing import MAX_FRAME_BYTES, Frame, then_raise, too_long_frame

__all__ = ["JSONArrayFraming"]

_OUTSIDE = re.compile(rb'["{}\[\],]')
_INSIDE = re.compile(rb'["\\]')
_BETWEEN = b" \t\r\n,"
_SHOWN = 64
"""Bytes after the array's end that are waited for, so that the error can name what they are."""


class JSONArrayFraming:
    """The ``Framing`` of one JSON array that is sent piece by piece."""

    __slots__ = ("_depth", "_held", "_in_string", "_is_escaped", "_is_over", "_pieces")

    name: ClassVar[str] = JSON_ARRAY

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._depth = 0
        self._in_string = False
        self._is_escaped = False
        self._is_over = False

    def feed(self, data: bytes) -> Iterable[Frame]:
        """The items that ``data`` completes.

        Raises ``MalformedResponseError`` for an item over ``MAX_FRAME_BYTES``, for a body that is
        no array and for what follows its end.
        """
        frames: list[Frame] = []
        try:
            rest = data[self._scan(data, frames) :]
            if self._is_over:
                rest = rest if self._held else rest.lstrip()
            if rest:
                self._pieces.append(rest)
                self._held += len(rest)
            if self._is_over and self._held >= _SHOWN:
                raise self._more()
            if self._held > MAX_FRAME_BYTES:
                raise too_long_frame("item", self._pieces[0])
        except MalformedResponseError as error:
            return then_raise(frames, error)
        return frames

    def finish(self) -> list[Frame]:
        """What is left of an item, if the body ended within one. Raises like ``feed``."""
        if self._is_over and self._held:
            raise self._more()
        item = b"".join(self._pieces).strip(_BETWEEN)
        self._pieces.clear()
        return [(None, item)] if item else []

    def is_other_body(self, head: bytes) -> bool:
        """Whether it begins like an object or a page."""
        return head.lstrip()[:1] in (b"{", b"<")

    def has_begun(self, head: bytes) -> bool:
        """Whether it begins with the array's bracket."""
        return head.lstrip()[:1] == b"["

    def _scan(self, data: bytes, frames: list[Frame]) -> int:
        """Add to ``frames``; returns where in ``data`` the item begins that is not complete."""
        at = start = 0
        while not self._is_over:
            if self._in_string:
                at = self._skip_string(data, at)
            mark = _OUTSIDE.search(data, at)
            if self._in_string or mark is None:
                break
            at = mark.end()
            if self._depth == 0:
                self._open(data[start : at - 1], mark[0])
                start = at
            elif mark[0] == b'"':
                self._in_string = True
            elif (end := self._step(mark[0], at)) is not None:
                self._take(data[start:end], frames)
                start = at
        return start

    def _step(self, mark: bytes, at: int) -> int | None:
        """Count the brackets; returns where an item ends that ``mark``, which ends at ``at``, ends.

        An item that is no object or array ends before ``mark``.
        """
        if mark in b"{[":
            self._depth += 1
            return None
        if mark == b",":
            return at - 1 if self._depth == 1 else None
        self._depth -= 1
        self._is_over = self._depth == 0
        if self._depth > 1:
            return None
        return at - 1 if self._is_over else at

    def _skip_string(self, data: bytes, at: int) -> int:
        """Where the string ends that has begun before ``at``, or ``data`` ends."""
        if self._is_escaped and data:
            at += 1
            self._is_escaped = False
        while mark := _INSIDE.search(data, at):
            at = mark.end()
            if mark[0] == b'"':
                self._in_string = False
                return at
            self._is_escaped = at == len(data)
            at += 1
        return len(data)

    def _open(self, before: bytes, mark: bytes) -> None:
        before = b"".join(self._pieces) + before
        if before.strip() or mark != b"[":
            body = before + mark
            raise MalformedResponseError(
                f"Expected {self.name}, got {describe_body(body)}", wire=body[:1000]
            )
        self._pieces.clear()
        self._held = 0
        self._depth = 1

    def _take(self, last: bytes, frames: list[Frame]) -> None:
        if self._pieces:
            last = b"".join(self._pieces) + last
            self._pieces.clear()
            self._held = 0
        if item := last.strip(_BETWEEN):
            frames.append((None, item))

    def _more(self) -> MalformedResponseError:
        rest = b"".join(self._pieces)[:_SHOWN]
        return MalformedResponseError(
            f"After the end of the JSON array comes {describe_body(rest)}.", wire=rest
        )
