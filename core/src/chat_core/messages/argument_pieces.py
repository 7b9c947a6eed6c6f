"""The arguments of one streamed tool call, so far: where they end, and what repeats them.

Rules:

- Arguments are one JSON object, so nothing but white space may follow its last brace. A piece that
  begins with a brace there starts another object: the same again, or the arguments of a new call.
- Some servers send the whole call again at its end, some of them with the arguments as a JSON
  string that contains JSON. The repetition adds nothing.
- Some servers send snapshots: each piece repeats the arguments from their beginning. A piece counts
  as a snapshot only if it begins with everything received before and JSON allows no object there.
- ``{}`` as the first piece may be a placeholder that real arguments follow (some servers write the
  empty input of a call before its deltas). It is held until the next piece or the end.
"""

from __future__ import annotations

import json
import re

__all__ = ["ArgumentPieces"]

_MARKS = re.compile(r'\\.|["{}\[\]]', re.DOTALL)
_EMPTY = "{}"
_OPENERS = frozenset('{"')
"""What begins an object, or a string that may hold one."""
_BEFORE_VALUES = (":", "[", ",")


class ArgumentPieces:
    """Follows the arguments of one call."""

    __slots__ = (
        "_counted",
        "_depth",
        "_has_rest",
        "_in_string",
        "_length",
        "_pieces",
        "_scanned",
        "is_held",
    )

    def __init__(self) -> None:
        self.is_held = False
        """Whether ``{}`` has come and was not given out."""
        self._pieces: list[str] = []
        self._length = 0
        self._counted = 0
        """The pieces whose characters are in ``_length``."""
        self._scanned = 0
        self._depth = 0
        self._in_string = False
        self._has_rest = False

    def add(self, text: str) -> bool:
        """Add a piece that can only be more of the arguments; return whether ``text`` is one.

        Of any other piece ``take`` returns what is new.
        """
        if text[:1] in _OPENERS or self.is_held or self._has_rest:
            return False
        self._pieces.append(text)
        return True

    def take(self, text: str) -> str:
        """What of ``text``, the next piece, is to be given out."""
        stripped = text.strip()
        if not stripped:
            return text
        if self.is_held:
            self.is_held = False
            if stripped[0] != "{":
                text = _EMPTY + text
        elif not self._pieces and stripped == _EMPTY:
            self.is_held = True
            return ""
        elif self.is_complete:
            if self.is_repeated_by(text):
                return ""
            self._has_rest = True
        elif stripped[0] == "{" and len(stripped) > self._count():
            text = self._without_start(text, stripped)
        self._pieces.append(text)
        return text

    def missing(self, text: str) -> str:
        """What ``text``, the whole arguments, adds; nothing if it does not begin as they do."""
        stripped, so_far = text.strip(), "".join(self._pieces).strip()
        if self.is_held:
            return "" if stripped == _EMPTY else self.take(text)
        if self.is_complete or not stripped.startswith(so_far):
            return ""
        rest = stripped[len(so_far) :]
        self._pieces.append(rest)
        return rest

    def rest(self) -> str:
        """What was held, at the end of the answer."""
        held, self.is_held = self.is_held, False
        if held:
            self._pieces.append(_EMPTY)
        return _EMPTY if held else ""

    @property
    def is_complete(self) -> bool:
        """Whether the pieces are one JSON object that has come to its end."""
        if self.is_held:
            return True
        if self._has_rest or not self._pieces or not self._pieces[-1].rstrip().endswith("}"):
            return False
        fresh = "".join(self._pieces[self._scanned :])
        self._scanned = len(self._pieces)
        for match in _MARKS.finditer(fresh):
            mark = match[0]
            if mark == '"':
                self._in_string = not self._in_string
            elif not self._in_string and len(mark) == 1:
                self._depth += 1 if mark in "{[" else -1
        return self._depth == 0 and not self._in_string

    def is_followed_by(self, text: object) -> bool:
        """Whether ``text`` begins another object after a whole one."""
        return isinstance(text, str) and text.lstrip()[:1] == "{" and self.is_complete

    def is_repeated_by(self, text: str | None) -> bool:
        """Whether ``text`` is the same complete object again."""
        if not text or not self.is_complete:
            return False
        stripped = text.strip()
        if stripped[:1] == '"':
            stripped = _text_in(stripped)
        return stripped == (_EMPTY if self.is_held else "".join(self._pieces).strip())

    def _count(self) -> int:
        """The characters of the pieces; each piece is counted once."""
        self._length += sum(map(len, self._pieces[self._counted :]))
        self._counted = len(self._pieces)
        return self._length

    def _without_start(self, text: str, stripped: str) -> str:
        """An object without what has come, if it begins with that and cannot be a value in it."""
        so_far = "".join(self._pieces).strip()
        if not so_far or so_far.endswith(_BEFORE_VALUES) or not stripped.startswith(so_far):
            return text
        return stripped[len(so_far) :]


def _text_in(text: str) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value.strip() if isinstance(value, str) else text
