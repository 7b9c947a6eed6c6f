"""The arguments of one streamed tool call, so far: where they end, and what repeats them.

Rules:

- Arguments are one JSON object, so nothing but white space may follow its last brace. A piece that
  begins with a brace there starts another object: the same again, or the arguments of a new call.
- ``{}`` as the first piece may be a placeholder that real arguments follow (some servers write the
  empty input of a call before its deltas). It is held until the next piece or the end.
"""

from __future__ import annotations

import re

__all__ = ["ArgumentPieces"]

_MARKS = re.compile(r'\\.|["{}\[\]]', re.DOTALL)
_EMPTY = "{}"


class ArgumentPieces:
    """Follows the arguments of one call. ``pieces`` are those that were given out."""

    __slots__ = ("_depth", "_has_rest", "_in_string", "_scanned", "is_held", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.is_held = False
        """Whether ``{}`` has come and was not given out."""
        self._scanned = 0
        self._depth = 0
        self._in_string = False
        self._has_rest = False

    def take(self, text: str) -> str:
        """What of ``text``, the next piece, is to be given out."""
        if not text.strip():
            return text
        if self.is_held:
            self.is_held = False
            return self._given(text if text.lstrip()[0] == "{" else _EMPTY + text)
        if not self.pieces and text.strip() == _EMPTY:
            self.is_held = True
            return ""
        if self.is_repeated_by(text):
            return ""
        self._has_rest = self._has_rest or (text.lstrip()[0] == "{" and self.is_complete)
        return self._given(text)

    def rest(self) -> str:
        """What was held, at the end of the answer."""
        held, self.is_held = self.is_held, False
        return self._given(_EMPTY) if held else ""

    @property
    def is_complete(self) -> bool:
        """Whether the pieces are one JSON object that has come to its end."""
        if self.is_held:
            return True
        if self._has_rest or not self.pieces or not self.pieces[-1].rstrip().endswith("}"):
            return False
        fresh = "".join(self.pieces[self._scanned :])
        self._scanned = len(self.pieces)
        for match in _MARKS.finditer(fresh):
            mark = match[0]
            if mark == '"':
                self._in_string = not self._in_string
            elif not self._in_string and len(mark) == 1:
                self._depth += 1 if mark in "{[" else -1
        return self._depth == 0 and not self._in_string

    def is_followed_by(self, text: object) -> bool:
        """Whether ``text`` is the arguments of another call: an object after a whole other one."""
        return (
            isinstance(text, str)
            and text.lstrip()[:1] == "{"
            and self.is_complete
            and not self.is_repeated_by(text)
        )

    def is_repeated_by(self, text: str) -> bool:
        """Whether ``text`` is the same complete object again."""
        if not self.is_complete:
            return False
        stripped = text.strip()
        return stripped == (_EMPTY if self.is_held else "".join(self.pieces).strip())

    def _given(self, text: str) -> str:
        self.pieces.append(text)
        return text
