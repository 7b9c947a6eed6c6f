"""``Gap``: why a model does not keep a law."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Gap"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a law does not hold for a model, and where that is written.

    The law is still run. If it holds, the run fails: the gap has to go.
    """

    reason: str
    link: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.link})" if self.link else self.reason
