"""The ways in which a reader may leave a stream; the vendor has to see each of them at once."""

from __future__ import annotations

from dataclasses import dataclass

from ..early_exits import ASYNC_DEPARTURES
from ..early_exits import DEPARTURES as SYNC_DEPARTURES

__all__ = ["DEPARTURES", "WITHIN", "Departure"]

WITHIN = 0.5
"""Seconds in which the vendor must see that we have gone."""


@dataclass(frozen=True, slots=True)
class Departure:
    """One way to leave a stream.

    Args:
        name: in a few words.
        how: its name in ``chat_conformance.early_exits``.
        chain: whether the model is left within a chain.
    """

    name: str
    how: str
    chain: bool = False

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways of calling in which one can leave like this."""
        by_way = {"sync": SYNC_DEPARTURES, "async": ASYNC_DEPARTURES}
        return tuple(way for way, known in by_way.items() if self.how in known)

    @property
    def shown(self) -> str:
        """What has to come of it."""
        return f"disconnected within {WITHIN:g} s"


_NAMES = {
    "break": "break",
    "close": "close",
    "exception": "exception in the reader",
    "drop": "stream dropped",
    "cancel": "task cancelled",
    "cancel_call": "whole call cancelled",
    "events": "events left",
}

DEPARTURES: tuple[Departure, ...] = (
    *(Departure(name, how) for how, name in _NAMES.items()),
    *(Departure(f"{_NAMES[how]}, in a chain", how, chain=True) for how in ("break", "cancel")),
)
