"""Accumulators: from the chunks that a step yields to the value that it would have returned.

Strings are joined, lists extended, message chunks merged. Dicts are merged key by key: the values
of ``AddableDict``s add up, those of plain dicts replace the earlier ones, as with ``|``. Other
values are added with ``+`` where Python can, and otherwise the later one replaces the earlier (so
the growing objects of ``JsonOutputParser`` are accumulated by ``Latest``). Every accumulator takes
time in proportion to what it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ...messages.chunks import AIMessageChunk, MessageBuilder

__all__ = [
    "Accumulated",
    "Accumulator",
    "AddableDict",
    "Latest",
    "Merge",
    "PerKey",
    "accumulator_of_key",
    "part_of",
]


class AddableDict(dict[str, Any]):
    """What ``RunnableParallel`` yields: ``a + b`` merges the values key by key."""

    def __add__(self, other: Mapping[str, object]) -> AddableDict:
        total = PerKey()
        total.add(self)
        total.add(other)
        return AddableDict(total.value())


class ReplacingDict(AddableDict):
    """Part of a plain dict, as ``assign`` and ``pick`` hand it on: ``a + b`` keeps b's values."""


def part_of(chunk: Mapping[str, object], keys: Iterable[str]) -> AddableDict:
    """Some keys of ``chunk``, as a dict that adds up as ``chunk`` does."""
    kind = AddableDict if type(chunk) is AddableDict else ReplacingDict
    return kind({key: chunk[key] for key in keys})


class Accumulated(Protocol):
    """Something that has the accumulated chunks of a step: ``value`` is what has come so far."""

    def value(self) -> Any: ...


class Accumulator(Accumulated, Protocol):
    """Puts chunks together: ``add`` takes the next one, ``value`` is all so far together, ``None``
    before the first. ``new`` gives an empty one that works the same way.
    """

    def add(self, chunk: Any) -> None: ...
    def new(self) -> Accumulator: ...


class Latest:
    """The last chunk is the whole: each one replaces those before it."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value: Any = None

    def add(self, chunk: object) -> None:
        """Take one more chunk."""
        self._value = chunk

    def new(self) -> Latest:
        """An empty one."""
        return Latest()

    def value(self) -> Any:
        """The last chunk."""
        return self._value


class PerKey:
    """Dicts of chunks: the values of every key are accumulated apart.

    ``keys`` has an empty accumulator for some keys; those of the others work as ``default`` does.
    """

    __slots__ = ("_default", "_values", "keys")

    def __init__(
        self, keys: Mapping[str, Accumulator] | None = None, default: Accumulator | None = None
    ) -> None:
        self.keys = keys or {}
        self._default = default or Merge()
        self._values: dict[str, Accumulator] = {}

    def add(self, chunk: Mapping[str, object]) -> None:
        """Take one more chunk."""
        adds_up = type(chunk) is AddableDict
        for key, value in chunk.items():
            values = self._values.get(key)
            if not (adds_up or key in self.keys):
                values = self._values[key] = Latest()
            elif values is None:
                values = self._values[key] = self.of(key)
            values.add(value)

    def new(self) -> PerKey:
        """An empty one with the same accumulators for its keys."""
        return PerKey(self.keys, self._default)

    def of(self, key: str) -> Accumulator:
        """An empty accumulator for the values of one key."""
        return self.keys.get(key, self._default).new()

    def value(self) -> dict[str, Any]:
        """The accumulated value of every key, in the order of their first chunks."""
        return {key: values.value() for key, values in self._values.items()}


def accumulator_of_key(upstream: Accumulator, key: str) -> Accumulator:
    """An empty accumulator for one key's values, where ``upstream`` accumulates the dicts."""
    if isinstance(upstream, PerKey):
        return upstream.of(key)
    return Latest() if isinstance(upstream, Latest) else Merge()


class Merge:
    """Merges chunks by their type; a change of type begins anew with the later chunk."""

    __slots__ = ("_kind", "_parts", "_value")

    def __init__(self) -> None:
        self._kind: type | None = None
        self._parts: list[str] = []
        self._value: Any = None

    def add(self, chunk: Any) -> None:
        """Take one more chunk."""
        kind = chunk.__class__
        if kind is not self._kind:
            self._begin(kind, chunk)
        elif kind is str:
            self._parts.append(chunk)
        elif kind is AIMessageChunk or kind is AddableDict:
            self._value.add(chunk)
        elif kind is list:
            self._value.extend(chunk)
        elif kind is dict:
            self._value.update(chunk)
        else:
            try:
                self._value = self._value + chunk
            except TypeError:
                self._value = chunk

    def _begin(self, kind: type, chunk: Any) -> None:
        if self._kind is not None:
            try:  # 1 + 2.5, [..] + a list of another class
                self._value, self._kind = self.value() + chunk, object
                return
            except TypeError:
                pass
        self._kind = kind
        if kind is str:
            self._parts = [chunk]
        elif kind is AIMessageChunk:
            self._value = MessageBuilder()
            self._value.add(chunk)
        elif kind is AddableDict:
            self._value = PerKey()
            self._value.add(chunk)
        else:
            self._value = kind(chunk) if kind is list or kind is dict else chunk

    def new(self) -> Merge:
        """An empty one."""
        return Merge()

    def value(self) -> Any:
        """What the chunks so far make together."""
        if self._kind is str:
            return "".join(self._parts)
        if self._kind is AIMessageChunk:
            return self._value.chunk()
        if self._kind is AddableDict:
            return AddableDict(self._value.value())
        return self._value
