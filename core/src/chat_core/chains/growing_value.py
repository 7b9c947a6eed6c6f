"""``GrowingValue``: the value of a type as its JSON arrives, in time linear in the JSON.

It follows the containers that are open. What becomes whole in one of them is validated once; each
call of ``of`` copies the open containers alone.
"""

from __future__ import annotations

from typing import Any

from .partial_json import MISSING, PartialJSON
from .shapes import OpenContainer, Shape

__all__ = ["GrowingValue"]

_MOST_REPEATS = 100
"""Keys that an object may repeat; each lets the value be put together anew."""


class GrowingValue:
    """One value of ``shape``.

    Args:
        shape: the shape of the value.
        key: the only key of the object that the value stands in, if it stands in one. A model may
            leave that object out.
    """

    def __init__(self, shape: Shape, key: str | None = None) -> None:
        self._shape = shape
        self._key = key
        self._json: PartialJSON | None = None
        self._repeats = 0
        self._opened: list[tuple[Shape, OpenContainer]] = []

    def of(self, json: PartialJSON) -> Any:
        """The value of what has been read, or ``MISSING``."""
        if json is not self._json or json.repeats != self._repeats:
            self._json, self._repeats, self._opened = json, json.repeats, []
        if json.repeats > _MOST_REPEATS:
            return MISSING
        frames = json.frames
        start = self._start(json)
        if start is None:
            return MISSING
        self._follow(json, start)
        text, shape, child = json.open_text(), self._shape, MISSING
        if self._opened:
            shape = self._opened[-1][1].inner(frames[-1][1])
        if text is not None:
            child = shape.text(text)
        for (_, opened), (_, key) in zip(
            reversed(self._opened), reversed(frames[start:]), strict=True
        ):
            child = opened.value(key, child)
        return child

    def _start(self, json: PartialJSON) -> int | None:
        """How many containers the value stands in; ``None`` where that is not decided yet."""
        if self._key is None or not json.frames:
            return 0
        outer, key = json.frames[0]
        if not isinstance(outer, dict) or key not in ("", self._key) or outer.keys() - {self._key}:
            return 0
        return 1 if key and (len(json.frames) > 1 or json.open_text() is not None) else None

    def _follow(self, json: PartialJSON, start: int) -> None:
        """Bring the open containers up to date."""
        frames, opened, shape = json.frames[start:], self._opened, self._shape
        for place, (container, key) in enumerate(frames):
            if place < len(opened) and (
                opened[place][1].container is not container or opened[place][0] is not shape
            ):
                del opened[place:]
            if place == len(opened):
                opened.append((shape, shape.begin(container)))
            current = opened[place][1]
            current.take(key)
            shape = current.inner(key)
        del opened[len(frames) :]
