"""``Advice``: what a law that does not hold usually comes from, and what to do."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Advice"]


class Advice(NamedTuple):
    """Where a broken law usually comes from, and what to do; each one or two sentences."""

    usual: str
    remedy: str
