"""``Bounds``: how much a store keeps, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from chat_core import InvalidParameterError

__all__ = ["Bounds"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a store. Raises ``InvalidParameterError`` for one that is not positive."""

    max_bytes: int
    max_streams: int
    seconds_kept: float

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_streams", "seconds_kept"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise InvalidParameterError(f"{name} is a positive number; got {value!r}.")
