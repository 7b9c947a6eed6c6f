"""Where the JSON is in a model's text: a reader of text as it comes in, in linear time.

Rules:

- JSON is an object or array at the start of the text; any value at the start of a Markdown fence
  (three or more backticks or tildes, with or without a language, a line end or a closing fence);
  or in prose an object or array that begins a line, or an object with a key inside a line.
- The first value that is whole counts, and what follows it is ignored. But a value in prose gives
  way to one in a fence that follows.
- What stands in ``<think>`` is left out, and so is everything before a ``</think>``, whose start
  some servers write into the prompt. Kimi's ``◁think▷`` and Magistral's ``[THINK]`` mean the same,
  and so does what stands before gpt-oss's ``<|message|>``, which begins another channel.
- What begins like JSON and is none is prose, up to the character that cannot belong.
"""

from __future__ import annotations

import re

from ..json_text import JSON
from .partial_json import MISSING, PartialJSON

__all__ = ["JsonInText"]

# A bracket is a token of its own, so that the tags in brackets begin behind it.
_THINKING = r"(?i:<(?:think|thinking|thought|reasoning)>)|◁think▷|THINK\]"
_THOUGHT = r"(?i:</(?:think|thinking|thought|reasoning)>)|◁/think▷|/THINK\]|<\|message\|>"
_TOKEN = re.compile(rf"`{{3,}}|~{{3,}}|(?P<thinking>{_THINKING})|(?P<thought>{_THOUGHT})|[{{\[]")
_END_OF_THINKING = re.compile(_THOUGHT)
_LANGUAGE = re.compile(r"[`~]*[ \t]{0,9}[^\s`~{\[\"]{0,40}")
_SPACE = re.compile(r"\s*")
_LONGEST_TAG = len("</reasoning>")

_PROSE, _FENCE, _START = range(3)
"""Where a value stands; a greater one is more certain to be meant."""

_DEEPEST = 500
"""Containers in one another; Python compares and writes values of a limited depth."""

_CREDIT = 16
"""Items that ``growth`` may copy for each character that has come."""


class JsonInText:
    """Push text in with ``feed``; ``growth`` gives the value so far, ``finish`` the whole one."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._held = ""
        self._read = self._scan
        self._json: PartialJSON | None = None
        self._place = _PROSE
        self._is_inline = False
        self._found: JSON = MISSING
        self._found_in = _PROSE
        self._error = "there is no JSON in it"
        self._at_start = True
        self._at_line_start = True
        self._in_fence = False
        self._number = self._found_number = 0
        self._shown = (0, 0)
        self._credit = 1000

    def text(self) -> str:
        """All text so far."""
        return "".join(self._parts)

    def feed(self, text: str) -> None:
        """Read on."""
        self._parts.append(text)
        self._credit += len(text) * _CREDIT
        text, at = self._held + text, 0
        while at < len(text):
            end = self._read(text, at)
            if end is None:
                break
            at = end
        self._held = text[at:]

    def growth(self) -> JSON:
        """The value so far if it has changed since it was last given, else ``MISSING``.

        A value so large that giving it for every change would take more than linear time is given
        less often.
        """
        if not self._has_changed(self._state()):
            return MISSING
        if self._found is not MISSING or self._json is None:
            return self._found
        return self._json.value()

    def open_growth(self) -> PartialJSON | None:
        """The reader of a value that is not whole if it, or what is whole in it, has changed.

        It is given less often as by ``growth``. Use one of the two.
        """
        json = self._json
        if self._found is not MISSING or json is None:
            return None
        return json if self._has_changed((self._number, json.changes + json.ends)) else None

    def _has_changed(self, state: tuple[int, int]) -> bool:
        if state == self._shown:
            return False
        if self._found is MISSING:
            if self._json is None or self._json.weight > self._credit:
                return False
            self._credit -= self._json.weight
        self._shown = state
        return True

    def _state(self) -> tuple[int, int]:
        """Which value there is to give, and how much of it: of a whole one all (-1)."""
        if self._found is not MISSING:
            return self._found_number, -1
        return self._number, self._json.changes if self._json else 0

    def finish(self) -> JSON:
        """The whole value. Raises ``ValueError`` saying what is wrong."""
        if self._found is not MISSING:
            return self._found
        if self._json is not None:
            return self._json.finish()
        raise ValueError(self._error if self.text().strip() else "it is empty")

    # --- how each stretch of the text is read: the place after it, or None until more has come

    def _scan(self, text: str, at: int) -> int | None:
        token = _TOKEN.search(text, at)
        if token is None:
            end = max(at, len(text) - _LONGEST_TAG) if _may_grow(text, at) else len(text)
            self._pass(text, at, end)
            return end if end > at else None
        self._pass(text, at, token.start())
        if token[0][0] in "{[":
            return self._bracket(text, token.start())
        self._at_start = self._at_line_start = False
        if token["thought"]:
            self._forget()
        elif token["thinking"]:
            self._read = self._think
        elif self._in_fence:
            self._in_fence = False
        elif self._found is MISSING or self._found_in == _PROSE:
            self._read = self._language
        return token.end()

    def _pass(self, text: str, at: int, end: int) -> None:
        """Note whether prose from ``at`` to ``end`` leaves the reader at the start of a line."""
        prose = text[at:end]
        if not prose:
            return
        line = prose.rpartition("\n")[2]
        is_blank = not line or line.isspace()
        self._at_line_start = is_blank and ("\n" in prose or self._at_line_start)
        self._at_start = self._at_start and not prose.strip("\ufeff \t\r\n")
        self._at_line_start = self._at_line_start or self._at_start

    def _bracket(self, text: str, at: int) -> int:
        place = _START if self._at_start else _PROSE
        is_inline = not self._at_line_start
        self._at_start = self._at_line_start = False
        if self._found is MISSING and not (is_inline and text[at] == "["):
            self._begin(place, is_inline=is_inline)
            return at
        return at + 1

    def _think(self, text: str, at: int) -> int | None:
        end = _END_OF_THINKING.search(text, at)
        if end is not None:
            self._forget()
            return end.end()
        kept = max(at, len(text) - _LONGEST_TAG)
        return kept if kept > at else None

    def _language(self, text: str, at: int) -> int | None:
        """The word after a fence, such as ``json``."""
        word = _LANGUAGE.match(text, at)
        end = word.end() if word else at
        if end == len(text) and end - at < 50:
            return None
        self._read = self._fence
        return end

    def _fence(self, text: str, at: int) -> int:
        """White space before what a fence holds, and a look at how that begins."""
        space = _SPACE.match(text, at)
        end = space.end() if space else at
        if end == len(text):
            return end
        self._at_line_start = self._in_fence = True
        if text[end] in '{["-tfn' or text[end].isdecimal():
            self._begin(_FENCE, is_inline=False)
        else:
            self._read = self._scan
        return end

    def _value(self, text: str, at: int) -> int:
        json = self._json
        assert json is not None
        try:
            end = json.read(text, at)
        except ValueError as error:
            self._reject(str(error))
            return max(json.stopped, at) + (json.stopped <= at)
        if json.deepest > _DEEPEST:
            self._reject(f"it is nested more than {_DEEPEST} deep")
        elif json.complete:
            self._take(json)
        return end

    # --- what has been read

    def _begin(self, place: int, *, is_inline: bool) -> None:
        self._json = PartialJSON()
        self._number += 1
        self._place, self._is_inline = place, is_inline
        self._read = self._value

    def _take(self, json: PartialJSON) -> None:
        value = json.finish()
        if self._is_inline and not value:
            self._reject("there is no JSON in it")  # a pair of braces in prose
            return
        if self._shown == (self._number, json.changes):
            self._shown = (self._number, -1)  # its last change made it whole
        self._found, self._found_in, self._found_number = value, self._place, self._number
        self._json = None
        self._read = self._scan

    def _reject(self, error: str) -> None:
        if self._place == _START:
            self._error = error
        self._json = None
        self._read = self._scan
        self._at_start = self._at_line_start = False

    def _forget(self) -> None:
        """What came before the end of thinking is no answer."""
        self._found, self._json = MISSING, None
        self._error = "there is no JSON in it"
        self._read = self._scan
        self._at_start = self._at_line_start = True
        self._in_fence = False


def _may_grow(text: str, at: int) -> bool:
    """Whether the end of ``text`` may be the beginning of a token."""
    tail = text[max(at, len(text) - _LONGEST_TAG) :]
    return any(character in tail for character in "<`~◁/T")
