"""``read_profile``: a profile from the data of models.dev, found by the exact name of the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chat_core import ModelProfile

from .data import find_model
from .vendors import VENDORS

__all__ = ["read_profile"]

_DATE = re.compile(r"-(?:20\d\d-\d\d-\d\d|20\d{6})$")
"""The end of a name that marks a version of a model; without it the name is the model's."""

_MEDIA = frozenset({"image", "audio", "video", "pdf"})


def read_profile(provider: str, names: tuple[str, ...]) -> ModelProfile | None:
    """What the data have of the first of ``names`` that they know; ``None`` if of none.

    Prices are left out: chat-cost has them, from a list that is kept up to date.
    """
    for vendor in VENDORS.get(provider, ()):
        for name in _variants(names):
            if (entry := find_model(vendor, name)) is not None:
                return _profile(entry)
    return None


def _variants(names: tuple[str, ...]) -> Iterator[str]:
    yield from names
    yield from (_DATE.sub("", name) for name in names if _DATE.search(name))


def _profile(entry: Mapping[str, Any]) -> ModelProfile:
    limits, media = _part(entry, "limit"), _part(entry, "modalities")
    return ModelProfile(
        name=_text(entry.get("name")),
        context_window=_count(limits.get("context")),
        max_input_tokens=_count(limits.get("input")),
        max_output_tokens=_count(limits.get("output")),
        input_media=_media(media.get("input")),
        output_media=_media(media.get("output")),
        tools=_flag(entry.get("tool_call")),
        structured_output=_flag(entry.get("structured_output")),
        reasoning=_flag(entry.get("reasoning")),
    )


def _part(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = entry.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: object) -> int | None:
    """A number of tokens; the data write 0 for one that is unknown."""
    return value if type(value) is int and value > 0 else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _media(value: object) -> frozenset[str] | None:
    if not isinstance(value, (list, tuple)) or not value:
        return None
    return _MEDIA.intersection(each for each in value if isinstance(each, str))
