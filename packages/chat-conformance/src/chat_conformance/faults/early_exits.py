"""The ways in which a reader may stop early; the server must see the disconnect at once."""

from __future__ import annotations

from dataclasses import dataclass

from ..early_exits import ASYNC_EARLY_EXITS
from ..early_exits import EARLY_EXITS as SYNC_EARLY_EXITS

__all__ = ["EARLY_EXITS", "WITHIN", "EarlyExit"]

WITHIN = 0.5
"""Seconds within which the server must see the disconnect."""


@dataclass(frozen=True, slots=True)
class EarlyExit:
    """One way to stop reading early.

    Args:
        name: a few words for the table.
        how: its name in ``chat_conformance.early_exits``.
        chain: whether the model is the first step of a chain.
    """

    name: str
    how: str
    chain: bool = False

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes in which this early exit is possible."""
        by_mode = {"sync": SYNC_EARLY_EXITS, "async": ASYNC_EARLY_EXITS}
        return tuple(mode for mode, known in by_mode.items() if self.how in known)

    @property
    def shown(self) -> str:
        """What must follow."""
        return f"disconnected within {WITHIN:g} s"


_NAMES = {
    "break": "break",
    "close": "close",
    "exception": "exception in the reader",
    "drop": "stream dropped",
    "cancel": "task cancelled",
    "cancel_call": "whole call cancelled",
    "events": "break in the events",
}

EARLY_EXITS: tuple[EarlyExit, ...] = (
    *(EarlyExit(name, how) for how, name in _NAMES.items()),
    *(EarlyExit(f"{_NAMES[how]}, in a chain", how, chain=True) for how in ("break", "cancel")),
)
