"""The entries of a wire's list: none where the list is ``null``, and no entry that is ``null``."""

from __future__ import annotations

from typing import Any

__all__ = ["entries"]


def entries(wire: list[dict[str, Any] | None] | None) -> list[dict[str, Any]]:
    """The objects in ``wire``, in order."""
    return [entry for entry in wire or () if entry]
