"""The shapes of unions: one of several shapes, which what has arrived decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ..json_text import JSON
from .partial_json import MISSING
from .shapes import HIDDEN, OpenContainer, Shape, Validate

__all__ = ["TaggedShape", "UnionShape"]


class UnionShape(Shape):
    """One of several: the only one that takes what has arrived."""

    def __init__(self, validate: Validate, choices: Callable[[], Sequence[Shape]]) -> None:
        super().__init__(validate)
        self._read_choices = choices

    @cached_property
    def choices(self) -> Sequence[Shape]:
        """The shapes of which it is one."""
        return self._read_choices()

    def text(self, start: str) -> Any:
        only = self._only(start)
        return MISSING if only is None else only.text(start)

    def begin(self, container: JSON) -> OpenContainer:
        only = self._only(container)
        if only is not None:
            return only.begin(container)
        found = [each for each in self.choices if each.takes(container)]
        if isinstance(container, dict) and all(each.as_object() for each in found):
            return _OpenUnion(container, found)
        return super().begin(container)

    def takes(self, value: JSON) -> bool:
        return any(each.takes(value) for each in self.choices)

    def _only(self, value: JSON) -> Shape | None:
        found = [each for each in self.choices if each.takes(value)]
        return found[0] if len(found) == 1 else None


class _Deferred(OpenContainer):
    """An object whose shape is found by its keys; shows nothing before."""

    def __init__(self, container: JSON) -> None:
        super().__init__(container)
        self.found: OpenContainer | None = None

    def take(self, key: str | None) -> None:
        if self.found is None:
            self.find(key)
        if self.found is not None:
            self.found.take(key)

    def find(self, key: str | None) -> None:
        """Set ``found`` if the shape is decided by now."""

    def inner(self, key: str | None) -> Shape:
        return HIDDEN if self.found is None else self.found.inner(key)

    def value(self, key: str | None, child: Any) -> Any:
        return MISSING if self.found is None else self.found.value(key, child)


class _OpenUnion(_Deferred):
    """Decided once one of the objects alone has all keys that have arrived, with their values."""

    def __init__(self, container: JSON, objects: Sequence[Shape]) -> None:
        super().__init__(container)
        self._left = [(each, named) for each in objects if (named := each.as_object())]

    def find(self, key: str | None) -> None:
        for each in self._new_keys():
            value = self.container[each]
            fitting = [one for one in self._left if one[1].fits(each, value)]
            self._left = [one for one in fitting if one[1].has(each)] or fitting
        left = [one for one in self._left if key and one[1].has(key)] or self._left
        if len(left) == 1:
            self.found = left[0][0].begin(self.container)


class TaggedShape(Shape):
    """One of several objects, chosen by the value at the key ``tag``."""

    def __init__(
        self, validate: Validate, tag: str, choices: Callable[[], Mapping[Any, Shape]]
    ) -> None:
        super().__init__(validate, taken=(dict,))
        self.tag = tag
        self._read_choices = choices

    @cached_property
    def choices(self) -> Mapping[Any, Shape]:
        """By the value of the tag, the shapes of which it is one."""
        return self._read_choices()

    def begin(self, container: JSON) -> OpenContainer:
        if isinstance(container, dict):
            return _OpenTagged(container, self)
        return super().begin(container)


class _OpenTagged(_Deferred):
    def __init__(self, container: JSON, shape: TaggedShape) -> None:
        super().__init__(container)
        self._tagged = shape

    def find(self, key: str | None) -> None:
        tag = self.container.get(self._tagged.tag)
        chosen = self._tagged.choices.get(tag) if isinstance(tag, str | int) else None
        if chosen is not None:
            self.found = chosen.begin(self.container)
