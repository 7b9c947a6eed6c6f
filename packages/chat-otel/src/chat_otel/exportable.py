"""Text as exporters take it. Models and users may write half of a surrogate pair, which UTF-8 does
not have: an exporter would lose the attribute, or all spans that it sends together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["exportable_attributes", "exportable_text"]


def exportable_text(text: str) -> str:
    """``text``, with an escape such as ``\\ud800`` for each half of a surrogate pair."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def exportable_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """``attributes`` with such texts, in lists too, and as names."""
    return {exportable_text(name): _exportable(value) for name, value in attributes.items()}


def _exportable(value: Any) -> Any:
    if isinstance(value, str):
        return exportable_text(value)
    if isinstance(value, list | tuple):
        return [_exportable(item) for item in value]
    return value
