"""Unknown keys of a dict that a user writes: they are kept, never dropped.

A part, a tool call or a message as a dict may have keys that only one vendor knows
(``cache_control``, ``thought_signature``). They are stored in ``extras`` of the block or in
``additional_kwargs`` of the message, where encoders look for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..json_text import JSON, JSONObject

__all__ = ["keep_unknown", "keeper"]


def keep_unknown(fields: Mapping[str, JSON], cls: type, into: str) -> JSONObject:
    """``fields``, with those that the dataclass ``cls`` has not moved into the field ``into``.

    ``None`` is no value and is left out. What stands in ``into`` already wins.
    """
    known = cls.__dataclass_fields__  # type: ignore[attr-defined]
    kept = {key: value for key, value in fields.items() if key in known}
    rest = {key: value for key, value in fields.items() if key not in known and value is not None}
    if rest:
        kept[into] = {**rest, **(kept.get(into) or {})}
    return kept


def keeper(classes: Mapping[str, type], into: str) -> Callable[[object], object]:
    """A validator for pydantic that does so to dicts; their ``type`` is a key of ``classes``."""

    def keep(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        kind = value.get("type")
        cls = classes.get(kind) if isinstance(kind, str) else None
        return value if cls is None else keep_unknown(value, cls, into)

    return keep
