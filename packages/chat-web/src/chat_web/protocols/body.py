"""Reading the JSON body of a request: each value with its place, which errors name.

A place reads like JavaScript: ``messages[2].parts[0].type``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from chat_core import InvalidParameterError
from chat_core.provider import parse_json

__all__ = ["Place", "read_body"]


class Place:
    """A JSON object at a place of the body."""

    def __init__(self, value: object, path: str) -> None:
        self.path = path
        if not isinstance(value, dict):
            self.refuse("is an object", value)
        self.value: dict[str, Any] = value

    def refuse(self, allowed: str, seen: object, name: str = "") -> NoReturn:
        """Raise ``InvalidParameterError`` for the place, or for its field ``name``."""
        where = self._at(name) if name else self.path
        raise InvalidParameterError(f"{where or 'The body'} {allowed}; got {_shown(seen)}.")

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str) -> str:
        """The text in the field ``name``."""
        found = self.value.get(name)
        return found if isinstance(found, str) else self.refuse("is text", found, name)

    def text_or_none(self, name: str) -> str | None:
        """The text in the field ``name``; ``None`` where it is missing or null."""
        return None if self.value.get(name) is None else self.text(name)

    def object(self, name: str) -> Place:
        """The object in the field ``name``."""
        return Place(self.value.get(name), self._at(name))

    def objects(self, name: str, *, optional: bool = False) -> Iterator[Place]:
        """The objects of the list in the field ``name``; none if it may be missing and is."""
        found = self.value.get(name)
        if found is None and optional:
            return
        if not isinstance(found, list):
            self.refuse("is a list", found, name)
        for number, each in enumerate(found):
            yield Place(each, f"{self._at(name)}[{number}]")


def read_body(body: bytes | str | dict[str, Any]) -> Place:
    """The object that ``body`` is, parsed if it is not yet.

    Raises ``InvalidParameterError`` for a body that is not a JSON object.
    """
    if isinstance(body, bytes | str):
        try:
            body = parse_json(body)
        except ValueError as error:
            raise InvalidParameterError(f"The body is not JSON: {error}.") from error
    return Place(body, "")


def _shown(value: object) -> str:
    return "nothing" if value is None else f"{value!r:.80}"
