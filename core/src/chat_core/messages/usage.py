"""Dictionaries whose keys can be read as attributes too: the shape of token usage.

They are plain ``dict`` objects to ``json``, ``pickle``, ``==`` and ``isinstance``;
``usage.input_tokens`` and ``usage["input_tokens"]`` read the same entry. A field that the vendor
did not report is ``None``, never 0, so that "unknown" and "none" stay apart.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["InputTokenDetails", "OutputTokenDetails", "UsageMetadata", "as_usage", "total_usage"]


class _Record(dict[str, Any]):
    """A ``dict`` with a fixed first set of keys, each ``None`` unless given."""

    __slots__ = ()
    _keys: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}") from None

    def __reduce__(self) -> tuple[object, ...]:
        return (_revive, (type(self), dict(self)))

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(
            lambda fields: _revive(cls, fields),
            core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema()),
        )


def _revive(cls: type[_Record], fields: dict[str, Any]) -> _Record:
    record = cls.__new__(cls)
    record.update(fields)
    for name, nested in (
        ("input_token_details", InputTokenDetails),
        ("output_token_details", OutputTokenDetails),
    ):
        if name in record:
            record[name] = _revive_details(nested, record[name])
    return record


def _revive_details(cls: type[_Record], value: Any) -> _Record:
    record = cls.__new__(cls)
    record.update(dict.fromkeys(cls._keys))
    record.update(value or {})
    return record


class InputTokenDetails(_Record):
    """How ``input_tokens`` divides: tokens read from and written to a cache, audio tokens."""

    __slots__ = ()
    _keys = ("cache_read", "cache_creation", "audio")

    def __init__(
        self,
        *,
        cache_read: int | None = None,
        cache_creation: int | None = None,
        audio: int | None = None,
    ) -> None:
        super().__init__(cache_read=cache_read, cache_creation=cache_creation, audio=audio)


class OutputTokenDetails(_Record):
    """How ``output_tokens`` divides: reasoning tokens, audio tokens."""

    __slots__ = ()
    _keys = ("reasoning", "audio")

    def __init__(self, *, reasoning: int | None = None, audio: int | None = None) -> None:
        super().__init__(reasoning=reasoning, audio=audio)


class UsageMetadata(_Record):
    """Token counts of one call, in tokens.

    ``input_tokens`` counts every prompt token, cache reads and cache writes included;
    ``output_tokens`` includes reasoning tokens; ``total_tokens`` is the vendor's own figure, which
    is not everywhere the sum of the two, and ``None`` where the vendor reports none.

    The entry ``cost`` is what the call costs in US dollars, a ``float``. It is there where
    something has computed it, such as chat-cost; ``None`` or missing is unknown.
    """

    __slots__ = ()
    _keys = ("input_tokens", "output_tokens", "total_tokens")

    def __init__(
        self,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        total_tokens: int | None = None,
        input_token_details: InputTokenDetails | None = None,
        output_token_details: OutputTokenDetails | None = None,
        cost: float | None = None,
    ) -> None:
        super().__init__(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            total_tokens=total_tokens,
            input_token_details=input_token_details or InputTokenDetails(),
            output_token_details=output_token_details or OutputTokenDetails(),
        )
        if cost is not None:
            self["cost"] = cost

    @property
    def cost(self) -> float | None:
        """What the call costs in US dollars; ``None`` where that is unknown."""
        cost: float | None = self.get("cost")
        return cost

    def updated(self, later: UsageMetadata) -> UsageMetadata:
        """The snapshot after ``later`` arrived: its value wherever it has one, never a sum."""
        merged = UsageMetadata.__new__(UsageMetadata)
        merged.update(self)
        for key, value in later.items():
            if isinstance(value, _Record):
                details = type(value).__new__(type(value))
                details.update(self.get(key) or {})
                details.update({k: v for k, v in value.items() if v is not None})
                merged[key] = details
            elif value is not None:
                merged[key] = value
        return merged


def as_usage(fields: Mapping[str, object]) -> UsageMetadata:
    """A plain dict of usage, such as a test or a JSON file holds; unknown fields are ``None``."""
    usage = UsageMetadata()
    usage.update(_revive(UsageMetadata, dict(fields)))
    return usage


def total_usage(usages: Sequence[UsageMetadata]) -> UsageMetadata:
    """The usage of several calls together; a number that one of them lacks is unknown."""
    total = copy(usages[0])
    for usage in usages[1:]:
        total = _sum(total, usage)
    return total


def _sum(one: Any, other: Any) -> Any:
    summed = copy(one)
    for key, value in other.items():
        known = one.get(key)
        if key not in one:
            summed[key] = value
        elif isinstance(known, dict) and isinstance(value, dict):
            summed[key] = _sum(known, value)
        elif _is_number(known) and _is_number(value):
            summed[key] = known + value
        elif known != value:
            summed[key] = None
    return summed


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
