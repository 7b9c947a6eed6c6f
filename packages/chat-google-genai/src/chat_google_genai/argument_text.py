"""JSON text of an arguments object, written while its values arrive one JSON path at a time.

    $.items[0].name  "ap" …      {"items": [{"name": "ap
    $.items[0].name  "ple"       ple"
    $.items[1].name  "fig"       }, {"name": "fig"
    (end)                        }]}

The model writes its arguments from first to last: each value follows the one before it in the
document, so text that was returned never changes. A path that goes back raises
``MalformedResponseError``.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeAlias

from chat_core import MalformedResponseError

__all__ = ["ArgumentText", "json_text", "parse_path", "plain_numbers"]

Path: TypeAlias = tuple[str | int, ...]

_STEP = re.compile(
    r"""
      \.(?P<name>[^.\[\]]+)
    | \[(?P<number>\d+)\]
    | \[(?P<quoted> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )\]
    """,
    re.VERBOSE,
)
_VALUES = ("numberValue", "boolValue")
_LARGEST_EXACT = 2**53
_LARGEST_GAP = 1000
"""Items that may be left out of an array at once: a larger gap could fill the memory."""


class ArgumentText:
    """Writes the text. ``_path`` leads to the last value; its steps name the open containers."""

    __slots__ = ("_in_string", "_keys", "_path")

    def __init__(self) -> None:
        self._path: Path = ()
        self._keys: list[set[str | int]] = []
        self._in_string = False

    def add(self, delta: dict[str, Any]) -> str:
        """Return the text that one ``partialArgs`` entry adds; null fields count as absent."""
        path = parse_path(str(delta.get("jsonPath") or ""))
        for name in _VALUES:
            if delta.get(name) is not None:
                return self.put(path, delta[name])
        if "nullValue" in delta and delta.get("stringValue") is None:
            return self.put(path, None)  # the value of this field is itself null in JSON
        text = json_text(delta.get("stringValue") or "")[1:-1]
        if path == self._path and not (self._in_string or text):
            return ""  # the string was already closed
        if not (self._in_string and path == self._path):
            text = f'{self._move(path)}"{text}'
        self._in_string = bool(delta.get("willContinue"))
        return text if self._in_string else f'{text}"'

    def put(self, path: Path, value: Any) -> str:
        """Return the text that a whole value at ``path`` adds."""
        return self._move(path) + json_text(plain_numbers(value))

    def end(self) -> str:
        """Return the text that completes the object."""
        if not self._path:
            return "{}"
        return self._close_string() + self._close_containers(0)

    def _close_string(self) -> str:
        closing = '"' if self._in_string else ""
        self._in_string = False
        return closing

    def _close_containers(self, depth: int) -> str:
        closing = ["]" if isinstance(step, int) else "}" for step in self._path[depth:]]
        del self._keys[depth:]
        return "".join(reversed(closing))

    def _move(self, path: Path) -> str:
        """Return the text between the last value and the one at ``path``."""
        old = self._path
        text = self._close_string()
        same = 0
        if old:
            while same < min(len(old), len(path)) and old[same] == path[same]:
                same += 1
            if same in (len(old), len(path)) or type(old[same]) is not type(path[same]):
                raise MalformedResponseError(f"argument path {path} does not follow {old}")
            text += self._close_containers(same + 1) + ", "
            text += self._step(same, path[same], old[same])
        for depth in range(same + 1 if old else 0, len(path)):
            step = path[depth]
            text += "[" if isinstance(step, int) else "{"
            self._keys.append(set())
            text += self._step(depth, step, -1)
        self._path = path
        return text

    def _step(self, depth: int, step: str | int, before: str | int) -> str:
        if isinstance(step, int):
            missing = step - int(before) - 1
            if not 0 <= missing < _LARGEST_GAP:
                raise MalformedResponseError(f"argument item {step} comes after item {before}")
            return "null, " * missing
        if step in self._keys[depth]:
            raise MalformedResponseError(f"argument {step!r} comes a second time")
        self._keys[depth].add(step)
        return f"{json_text(step)}: "


def parse_path(text: str) -> Path:
    """Return ``$.items[0]['a b']`` as ``("items", 0, "a b")``.

    Raises ``MalformedResponseError`` for a path that leads into no object.
    """
    steps: list[str | int] = []
    at = 1
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            break
        if match["number"] is not None:
            steps.append(int(match["number"]))
        elif match["quoted"] is not None:
            steps.append(re.sub(r"\\(.)", r"\1", match["quoted"][1:-1]))
        else:
            steps.append(match["name"])
        at = match.end()
    if not text.startswith("$") or at < len(text) or not steps or isinstance(steps[0], int):
        raise MalformedResponseError(f"not a path into an object: {text!r}")
    return tuple(steps)


def plain_numbers(value: Any) -> Any:
    """Return ``value`` with whole floats as ints: Google's numbers are doubles, 3 may be 3.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_EXACT:
        return int(value)
    if isinstance(value, dict):
        return {key: plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_numbers(item) for item in value]
    return value


def json_text(value: Any) -> str:
    """Return ``value`` as JSON; text that UTF-8 cannot hold (half a surrogate pair) is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
