"""Shapes: how a value of some type looks while its JSON is still on its way.

Rules:

- A value that is whole is validated on its own, and shown if it fits. So numbers, enums, literals,
  dates and booleans are never shown in part.
- A text grows if its type is ``str`` alone. Lists, dicts and objects grow; what has not arrived of
  an object is absent.
- A value whose type is not decided yet, as of a union, is not shown before it is.
- A function of the user's that checks one value runs once that value is whole. One that looks at
  other fields as well, or at the object, does not run before the object is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from ..json_text import JSON, write_json
from .partial_json import MISSING

__all__ = [
    "ANY",
    "HIDDEN",
    "ListShape",
    "MapShape",
    "ObjectShape",
    "OpenContainer",
    "Shape",
    "TextShape",
    "Validate",
    "WrappedShape",
]

Validate: TypeAlias = Callable[[str], object]
"""From JSON to a value of a type. May raise anything: validators are the user's."""


class Shape:
    """The shape of a value that is shown once it is whole; the base of the others.

    Args:
        validate: makes the value of its JSON; ``None`` for one that is not shown at all.
        taken: the types of JSON of which a value may be, among ``str``, ``list`` and ``dict``.
        exact: the type of JSON whose values need no validation.
    """

    def __init__(
        self,
        validate: Validate | None = None,
        *,
        taken: tuple[type, ...] = (str, list, dict),
        exact: type | None = None,
    ) -> None:
        self.validate = validate
        self.taken = taken
        self.exact = exact

    def whole(self, value: JSON) -> Any:
        """The value of JSON that is whole; ``MISSING`` if it does not fit."""
        if value.__class__ is self.exact:
            return value
        if self.validate is None:
            return MISSING
        try:
            return self.validate(write_json(value))
        except Exception:  # noqa: BLE001 - whatever a validator raises, the end raises it again
            return MISSING

    def text(self, start: str) -> Any:
        """The value of a string that is still open."""
        return MISSING

    def begin(self, container: JSON) -> OpenContainer:
        """What shows ``container``, a dict or list of JSON that is still open."""
        return OpenContainer(container)

    def takes(self, value: JSON) -> bool:
        """Whether ``value``, a string, list or dict that is open, may be of this shape."""
        return isinstance(value, self.taken)

    def as_object(self) -> ObjectShape | None:
        """The object with named fields that it is, if it is one."""
        return None


class OpenContainer:
    """A dict or list of JSON that is still open, and the values of what is whole in it.

    This one shows nothing; the base of the others.
    """

    def __init__(self, container: JSON) -> None:
        self.container = container
        self._seen = 0

    def take(self, key: str | None) -> None:
        """Take in what has become whole since. ``key`` is the one that is being read."""

    def inner(self, key: str | None) -> Shape:
        """The shape of the value at ``key``, in a list of the next item."""
        return HIDDEN

    def value(self, key: str | None, child: Any) -> Any:
        """What there is to show; ``child`` is what there is at ``key``, or ``MISSING``."""
        return MISSING

    def _new_keys(self) -> list[str]:
        if len(self.container) == self._seen:
            return []
        keys = list(self.container)[self._seen :]
        self._seen = len(self.container)
        return keys


HIDDEN = Shape()
"""A value that is not shown before the object around it is whole."""


class WrappedShape(Shape):
    """``inner`` while it is open; validated by ``validate`` once it is whole.

    ``make`` makes what is shown of what ``inner`` shows.
    """

    def __init__(
        self, validate: Validate | None, inner: Shape, make: Callable[[Any], Any] | None = None
    ) -> None:
        super().__init__(validate, exact=inner.exact if make is None else None)
        self.inner = inner
        self.make = make

    def text(self, start: str) -> Any:
        shown = self.inner.text(start)
        return shown if self.make is None or shown is MISSING else self.make(shown)

    def begin(self, container: JSON) -> OpenContainer:
        opened = self.inner.begin(container)
        return opened if self.make is None else _OpenWrapped(opened, self.make)

    def takes(self, value: JSON) -> bool:
        return self.inner.takes(value)

    def as_object(self) -> ObjectShape | None:
        return self.inner.as_object()


class _OpenWrapped(OpenContainer):
    def __init__(self, opened: OpenContainer, make: Callable[[Any], Any]) -> None:
        super().__init__(opened.container)
        self._opened = opened
        self._make = make

    def take(self, key: str | None) -> None:
        self._opened.take(key)

    def inner(self, key: str | None) -> Shape:
        return self._opened.inner(key)

    def value(self, key: str | None, child: Any) -> Any:
        shown = self._opened.value(key, child)
        return shown if shown is MISSING else self._make(shown)


class AnyShape(Shape):
    """JSON as it is; texts grow."""

    def whole(self, value: JSON) -> Any:
        return value

    def text(self, start: str) -> Any:
        return start

    def begin(self, container: JSON) -> OpenContainer:
        if isinstance(container, dict):
            return _OpenMap(container, ANY, ANY)
        return _OpenList(container, ANY, list)


ANY = AnyShape()


class TextShape(Shape):
    """A ``str``, which grows. ``convert`` makes what is shown of its start."""

    def __init__(
        self,
        validate: Validate,
        convert: Callable[[str], Any] | None = None,
        *,
        exact: type | None = None,
    ) -> None:
        super().__init__(validate, taken=(str,), exact=exact)
        self.convert = convert

    def text(self, start: str) -> Any:
        return start if self.convert is None else self.convert(start)


class ListShape(Shape):
    """A list, or what ``make`` makes of the items."""

    def __init__(
        self,
        validate: Validate,
        items: Callable[[], Shape],
        make: Callable[[list[Any]], Any] = list,
    ) -> None:
        super().__init__(validate, taken=(list,))
        self._read_items = items
        self.make = make

    @cached_property
    def items(self) -> Shape:
        """The shape of each item."""
        return self._read_items()

    def begin(self, container: JSON) -> OpenContainer:
        if isinstance(container, list):
            return _OpenList(container, self.items, self.make)
        return super().begin(container)


class _OpenList(OpenContainer):
    """The items in their order, as far as each of them can be shown."""

    def __init__(
        self, container: JSON, items: Shape, make: Callable[[list[Any]], Any] = list
    ) -> None:
        super().__init__(container)
        self._items = items
        self._make = make
        self._values: list[Any] = []
        self._stopped = False

    def take(self, key: str | None) -> None:
        while len(self._values) < len(self.container) and not self._stopped:
            value = self._items.whole(self.container[len(self._values)])
            if value is MISSING:
                self._stopped = True
            else:
                self._values.append(value)

    def inner(self, key: str | None) -> Shape:
        return self._items

    def value(self, key: str | None, child: Any) -> Any:
        shown = self._values.copy()
        if child is not MISSING and not self._stopped:
            shown.append(child)
        return shown if self._make is list else self._make(shown)


class MapShape(Shape):
    """A dict with any keys."""

    def __init__(
        self, validate: Validate, keys: Callable[[], Shape], values: Callable[[], Shape]
    ) -> None:
        super().__init__(validate, taken=(dict,))
        self._read_keys = keys
        self._read_values = values

    @cached_property
    def keys(self) -> Shape:
        """The shape of each key."""
        return self._read_keys()

    @cached_property
    def values(self) -> Shape:
        """The shape of each value."""
        return self._read_values()

    def begin(self, container: JSON) -> OpenContainer:
        if isinstance(container, dict):
            return _OpenMap(container, self.keys, self.values)
        return super().begin(container)


class _OpenMap(OpenContainer):
    def __init__(self, container: JSON, keys: Shape, values: Shape) -> None:
        super().__init__(container)
        self._keys = keys
        self._shape = values
        self._values: dict[Any, Any] = {}

    def take(self, key: str | None) -> None:
        for each in self._new_keys():
            name, value = self._keys.whole(each), self._shape.whole(self.container[each])
            if name is not MISSING and value is not MISSING:
                self._values[name] = value

    def inner(self, key: str | None) -> Shape:
        return self._shape

    def value(self, key: str | None, child: Any) -> Any:
        name = MISSING if child is MISSING else self._keys.whole(key)
        return _with_child(self._values, name, child)


class ObjectShape(Shape):
    """An object with named fields.

    Args:
        validate: as of every shape.
        fields: gives, by the key in JSON, each field's name and shape.
        make: makes what is shown of the fields and of what is kept besides them.
        extra: the shape of what is kept besides; ``None`` where nothing is.
        is_closed: whether another key makes the object invalid.
    """

    def __init__(
        self,
        validate: Validate,
        fields: Callable[[], Mapping[str, tuple[str, Shape]]],
        make: Callable[[dict[str, Any], dict[str, Any] | None], Any],
        *,
        extra: Shape | None = None,
        is_closed: bool = False,
    ) -> None:
        super().__init__(validate, taken=(dict,))
        self._read_fields = fields
        self.make = make
        self.extra = extra
        self.is_closed = is_closed

    @cached_property
    def fields(self) -> Mapping[str, tuple[str, Shape]]:
        """By the key in JSON, each field's name and shape."""
        return self._read_fields()

    def begin(self, container: JSON) -> OpenContainer:
        if isinstance(container, dict):
            return _OpenObject(container, self)
        return super().begin(container)

    def as_object(self) -> ObjectShape | None:
        return self

    def has(self, key: str) -> bool:
        """Whether ``key`` is that of a field."""
        return key in self.fields

    def fits(self, key: str, value: JSON) -> bool:
        """Whether an object of this shape may have ``value`` at ``key``."""
        if key not in self.fields:
            return not self.is_closed
        shape = self.fields[key][1]
        return shape.validate is None or shape.whole(value) is not MISSING


class _OpenObject(OpenContainer):
    def __init__(self, container: JSON, shape: ObjectShape) -> None:
        super().__init__(container)
        self._shape = shape
        self._values: dict[str, Any] = {}
        self._extra: dict[str, Any] | None = None if shape.extra is None else {}

    def take(self, key: str | None) -> None:
        for each in self._new_keys():
            place, name = self._place(each)
            value = MISSING if place is None else self.inner(each).whole(self.container[each])
            if place is not None and value is not MISSING:
                place[name] = value

    def inner(self, key: str | None) -> Shape:
        field = self._shape.fields.get(key or "")
        return field[1] if field else self._shape.extra or HIDDEN

    def _place(self, key: str) -> tuple[dict[str, Any] | None, str]:
        field = self._shape.fields.get(key)
        return (self._extra, key) if field is None else (self._values, field[0])

    def value(self, key: str | None, child: Any) -> Any:
        place, name = self._place(key or "")
        values, extra = self._values, self._extra
        if place is values:
            values = _with_child(values, name, child)
        elif extra is not None:
            extra = _with_child(extra, name, child)
        return self._shape.make(
            values if values is not self._values else values.copy(),
            extra if extra is not self._extra or extra is None else extra.copy(),
        )


def _with_child(values: dict[Any, Any], name: Any, child: Any) -> dict[Any, Any]:
    """A copy with ``child`` at ``name``."""
    shown = values.copy()
    if name is not MISSING and child is not MISSING:
        shown[name] = child
    return shown
