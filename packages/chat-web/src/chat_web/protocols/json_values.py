"""Values of any type as JSON for a front end, and JSON as text."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import to_jsonable_python

__all__ = ["as_json", "json_text", "text_of"]


def as_json(value: object) -> Any:
    """``value`` as plain JSON; what JSON does not have becomes text, NaN and infinity ``None``."""
    try:
        return to_jsonable_python(
            value, bytes_mode="base64", inf_nan_mode="null", fallback=str, serialize_unknown=True
        )
    except (ValueError, RecursionError):
        return str(value)


def json_text(value: object) -> str:
    """``value`` as one line of JSON that every parser reads."""
    text = json.dumps(as_json(value), ensure_ascii=False, separators=(",", ":"))
    return text if _is_encodable(text) else json.dumps(as_json(value), separators=(",", ":"))


def text_of(value: object) -> str:
    """``value`` itself if it is text, otherwise its JSON."""
    return value if isinstance(value, str) else json_text(value)


def _is_encodable(text: str) -> bool:
    """Whether UTF-8 has ``text``: half of a surrogate pair is written as an escape instead."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
