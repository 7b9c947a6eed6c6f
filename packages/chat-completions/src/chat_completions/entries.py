"""The entries of a wire's list, whatever stands in the list's place."""

from __future__ import annotations

from typing import Any

__all__ = ["entries"]


def entries(wire: Any) -> list[dict[str, Any]]:
    """The non-empty objects in the list ``wire``, in order.

    An object in the place of a list is a list of one (TGI sends ``tool_calls`` so); ``null`` and
    any other value are an empty list.
    """
    if wire.__class__ is dict:
        return [wire] if wire else []
    if wire.__class__ is not list:
        return []
    return [entry for entry in wire if entry and entry.__class__ is dict]
