"""Folds: from the chunks that a step yields to the value that it would have returned.

Strings are joined, lists extended, message chunks merged. Dicts are merged key by key: the values
of ``AddableDict``s add up, those of plain dicts replace the earlier ones, as with ``|``. Other
values are added with ``+`` where Python can, and otherwise the later one replaces the earlier (so
the growing objects of ``JsonOutputParser`` fold with ``Latest``). Every fold is linear in what it
is fed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from ...messages.chunks import MessageBuilder
from ...messages.message import AIMessageChunk

__all__ = [
    "AddableDict",
    "Fold",
    "FoldMaker",
    "Latest",
    "Merge",
    "PerKey",
    "fold_of_key",
    "part_of",
]


class AddableDict(dict[str, Any]):
    """What ``RunnableParallel`` yields: ``a + b`` merges the values key by key."""

    def __add__(self, other: Mapping[str, Any]) -> AddableDict:
        fold = PerKey()
        fold.add(self)
        fold.add(other)
        return AddableDict(fold.value())


class ReplacingDict(AddableDict):
    """Part of a plain dict, as ``assign`` and ``pick`` hand it on: ``a + b`` keeps b's values."""


def part_of(chunk: Mapping[str, Any], keys: Iterable[str]) -> AddableDict:
    """Some keys of ``chunk``, as a dict that adds up as ``chunk`` does."""
    kind = AddableDict if type(chunk) is AddableDict else ReplacingDict
    return kind({key: chunk[key] for key in keys})


class Fold(Protocol):
    """Collects chunks; ``value`` is what has arrived so far, ``None`` before the first."""

    def add(self, chunk: Any) -> None: ...
    def value(self) -> Any: ...


FoldMaker: TypeAlias = Callable[[], Fold]


class Latest:
    """The last chunk is the whole: each one replaces those before it."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value: Any = None

    def add(self, chunk: Any) -> None:
        """Take one more chunk."""
        self._value = chunk

    def value(self) -> Any:
        """The last chunk."""
        return self._value


class PerKey:
    """Dicts of chunks: every key has a fold of its own, made by ``makers`` or by ``default``."""

    __slots__ = ("_default", "_folds", "makers")

    def __init__(
        self, makers: Mapping[str, FoldMaker] | None = None, default: FoldMaker | None = None
    ) -> None:
        self.makers = makers or {}
        self._default = default or Merge
        self._folds: dict[str, Fold] = {}

    def add(self, chunk: Mapping[str, Any]) -> None:
        """Take one more chunk."""
        adds_up = type(chunk) is AddableDict
        for key, value in chunk.items():
            fold = self._folds.get(key)
            if not (adds_up or key in self.makers):
                fold = self._folds[key] = Latest()
            elif fold is None:
                fold = self._folds[key] = self.maker(key)()
            fold.add(value)

    def maker(self, key: str) -> FoldMaker:
        """How the chunks of one key fold."""
        return self.makers.get(key, self._default)

    def value(self) -> dict[str, Any]:
        """The folded value of every key, in the order of their first chunks."""
        return {key: fold.value() for key, fold in self._folds.items()}


def fold_of_key(upstream: FoldMaker, key: str) -> FoldMaker:
    """How one key's chunks fold where dicts fold with ``upstream``."""
    fold = upstream()
    if isinstance(fold, PerKey):
        return fold.maker(key)
    return Latest if isinstance(fold, Latest) else Merge


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

    def value(self) -> Any:
        """What the chunks so far make together."""
        if self._kind is str:
            return "".join(self._parts)
        if self._kind is AIMessageChunk:
            return self._value.chunk()
        if self._kind is AddableDict:
            return AddableDict(self._value.value())
        return self._value
