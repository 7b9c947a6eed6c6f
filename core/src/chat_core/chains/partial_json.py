"""An incremental JSON reader: text as it comes in, the value so far out, in time linear in the
text.

What counts as "so far": containers as soon as they open, strings as they grow, ``true``, ``false``
and ``null`` at their last letter, and keys and numbers once they are whole (``1`` may yet become
``12``). Raw control characters inside strings are let through, as models write them.

The grammar is RFC 8259. ``feed`` raises ``ValueError`` at the first character that cannot belong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..json_text import JSON, JSONObject

__all__ = ["MISSING", "PartialJSON"]

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING"})()
"""There is no value yet (``None`` is one: ``null``)."""

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\]*')
_LITERAL = re.compile(r"[-+.\w]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_WORDS: JSONObject = {"true": True, "false": False, "null": None}
_LETTERS = ("t", "f", "n")

# What the reader expects next.
_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _COMMA, _STRING, _WORD, _END = range(9)


class PartialJSON:
    """One JSON text. ``changes`` counts how often the value so far has changed.

    ``deepest`` is the greatest number of containers in one another so far. ``ends`` counts the
    values that are whole, parts of the value included. ``repeats`` counts keys
    that an open object has already had; the value before is forgotten. ``stopped`` is where in the
    text of the latest ``read`` reading stopped.
    """

    __slots__ = (
        "_frames",
        "_held",
        "_in_key",
        "_open_characters",
        "_open_items",
        "_parts",
        "_position",
        "_root",
        "_state",
        "changes",
        "deepest",
        "ends",
        "repeats",
        "stopped",
    )

    def __init__(self) -> None:
        self._state = _VALUE
        self._frames: list[tuple[JSON, str | None]] = []
        """Open containers, outermost first; an object's with the key whose value is being read."""
        self._root: JSON = MISSING
        self._parts: list[str] = []
        self._in_key = False
        self._held = ""
        self._position = 0
        self._open_characters = 0
        self._open_items = 0
        self.changes = 0
        self.deepest = 0
        self.ends = 0
        self.repeats = 0
        self.stopped = 0

    @property
    def complete(self) -> bool:
        """Whether the value is whole. A number at the top level is whole only after ``finish``."""
        return self._state == _END

    @property
    def weight(self) -> int:
        """What ``value`` costs: about the number of items that it copies."""
        return self._open_items + 4 * len(self._frames) + self._open_characters // 32

    def feed(self, text: str) -> None:
        """Read on. Raises ``ValueError`` saying what was found where."""
        end = self.read(text)
        if end < len(text):
            self._position -= end
            raise self._unexpected(text, end)

    def read(self, text: str, start: int = 0) -> int:
        """Read on from ``start`` to the end of ``text`` or of the value, and return where that is.

        White space after the value belongs to it. Raises ``ValueError`` as ``feed`` does.
        """
        shift = start - len(self._held)  # from a place in what is read to a place in ``text``
        if self._held:
            text, start, self._held = self._held + text[start:], 0, ""
        else:
            shift = 0
        self._position -= start
        at = start
        while at < len(text) and not self._held:
            self.stopped = max(at + shift, 0)
            if self._state == _STRING:
                at = self._string(text, at)
            elif self._state == _WORD:
                at = self._word(text, at)
            else:
                space = _SPACE.match(text, at)
                at = space.end() if space else at
                if at < len(text):
                    if self._state == _END:
                        break
                    at = self._structure(text, at)
        self._position += at
        return at + shift + len(self._held)

    def finish(self) -> JSON:
        """The whole value. Raises ``ValueError`` where the text ends too early."""
        if self._state == _WORD and not self._frames:
            self._end_word()
        if self._state != _END:
            raise ValueError("the JSON is not complete")
        return self._root

    @property
    def frames(self) -> Sequence[tuple[JSON, str | None]]:
        """Open containers, outermost first, each with what is whole in it.

        An object's has the key whose value is being read or was read last, a list's ``None``.
        """
        return self._frames

    def open_text(self) -> str | None:
        """The string value that is being read, so far."""
        if self._state != _STRING or self._in_key:
            return None
        self._parts = ["".join(self._parts)]
        return self._parts[0]

    def value(self) -> JSON:
        """The value so far, or ``MISSING``. Only containers that are still open are copied."""
        text = self.open_text()
        child = MISSING if text is None else text
        for container, key in reversed(self._frames):
            grown = container.copy()
            if child is not MISSING:
                if key is None:
                    grown.append(child)
                else:
                    grown[key] = child
            child = grown
        return self._root if child is MISSING else child

    def _string(self, text: str, at: int) -> int:
        plain = _PLAIN.match(text, at)
        end = plain.end() if plain else at
        if end > at:
            self._parts.append(text[at:end])
            self._open_characters += end - at
            self.changes += not self._in_key
        if end == len(text):
            return end
        if text[end] == '"':
            string = "".join(self._parts)
            if self._in_key:
                self._end_key(string)
            else:
                self._put(string)
            return end + 1
        return self._escape(text, end)

    def _end_key(self, key: str) -> None:
        container = self._frames[-1][0]
        if container.pop(key, MISSING) is not MISSING:
            self._open_items -= 1
            self.repeats += 1
        self._frames[-1] = (container, key)
        self._state = _COLON

    def _escape(self, text: str, at: int) -> int:
        """``\\n``, ``\\u00e9``, and the two halves of a pair read as one; waits for what is cut
        off.
        """
        first = _ESCAPE.match(text, at)
        if first is None:
            if len(text) - at < 6 and _could_grow(text[at:]):
                self._held = text[at:]
                return at
            raise self._unexpected(text, at)
        end = first.end()
        if "d800" <= first[0][2:].lower() <= "dbff":
            rest = text[end : end + 6]
            second = _ESCAPE.match(text, end)
            if second is not None and "dc00" <= second[0][2:].lower() <= "dfff":
                end = second.end()
            elif len(rest) < 6 and _could_grow(rest):
                self._held = text[at:]
                return at
        self._parts.append(json.loads(f'"{text[at:end]}"'))
        self.changes += not self._in_key
        return end

    def _word(self, text: str, at: int) -> int:
        match = _LITERAL.match(text, at)
        end = match.end() if match else at
        self._parts.append(text[at:end])
        if self._parts[0].startswith(_LETTERS):
            word = "".join(self._parts)
            self._parts = [word]
            is_open = end == len(text) and any(known.startswith(word) for known in _WORDS)
            if word in _WORDS or not is_open:
                self._end_word()
        elif end < len(text):
            self._end_word()
        return end

    def _end_word(self) -> None:
        word = "".join(self._parts)
        self.changes += 1
        if word in _WORDS:
            self._put(_WORDS[word])
        elif _NUMBER.fullmatch(word):
            self._put(json.loads(word))
        else:
            raise ValueError(f"{word[:40]!r} is no JSON value")

    def _structure(self, text: str, at: int) -> int:
        character, state = text[at], self._state
        if state in (_VALUE, _FIRST_VALUE) and not (state == _FIRST_VALUE and character == "]"):
            return self._begin_value(text, at)
        if state in (_KEY, _FIRST_KEY) and character == '"':
            self._begin_string(in_key=True)
        elif state == _COLON and character == ":":
            self._state = _VALUE
        elif state == _COMMA and character == ",":
            self._state = _VALUE if self._frames[-1][1] is None else _KEY
        elif character == self._closer() and state in (_COMMA, _FIRST_KEY, _FIRST_VALUE):
            container, _ = self._frames.pop()
            self._open_items -= len(container)
            self._put(container)
        else:
            raise self._unexpected(text, at)
        return at + 1

    def _closer(self) -> str | None:
        if not self._frames:
            return None
        return "]" if isinstance(self._frames[-1][0], list) else "}"

    def _begin_value(self, text: str, at: int) -> int:
        character = text[at]
        if character == "{":
            self._open({}, "")
            self._state = _FIRST_KEY
            self.changes += 1
        elif character == "[":
            self._open([], None)
            self._state = _FIRST_VALUE
            self.changes += 1
        elif character == '"':
            self._begin_string(in_key=False)
            self.changes += 1
        elif character == "-" or character.isalnum():
            self._parts = []
            self._state = _WORD
            return at
        else:
            raise self._unexpected(text, at)
        return at + 1

    def _open(self, container: JSON, key: str | None) -> None:
        self._frames.append((container, key))
        self.deepest = max(self.deepest, len(self._frames))

    def _begin_string(self, *, in_key: bool) -> None:
        self._parts = []
        self._open_characters = 0
        self._in_key = in_key
        self._state = _STRING

    def _put(self, value: object) -> None:
        """A value is whole: it belongs into the innermost open container."""
        self.ends += 1
        if not self._frames:
            self._root = value
            self._state = _END
            return
        container, key = self._frames[-1]
        if key is None:
            container.append(value)
            self._open_items += 1
        else:
            self._open_items += 1
            container[key] = value
        self._state = _COMMA

    def _unexpected(self, text: str, at: int) -> ValueError:
        return ValueError(f"unexpected {text[at : at + 10]!r} at character {self._position + at}")


def _could_grow(escape: str) -> bool:
    """Whether ``escape`` may be the beginning of an escape that is cut off."""
    return re.fullmatch(r"(?:\\(?:u[0-9a-fA-F]{0,3})?)?", escape) is not None
