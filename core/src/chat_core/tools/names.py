"""Names of schemas: what vendors take as the name of a tool or of an answer's schema."""

from __future__ import annotations

import re
from hashlib import sha256

__all__ = ["schema_name"]

_LONGEST = 64
_VALID = re.compile(rf"[A-Za-z0-9_-]{{1,{_LONGEST}}}")
_OTHER = re.compile(r"[^A-Za-z0-9-]+")
_DOTTED = re.compile(r"[\w.<>]+")


def schema_name(annotation: object) -> str:
    """The name of a type or a title, of letters, digits, ``_`` and ``-``, at most 64 characters.

    ``Box[int]`` is ``Box_int``, ``list[shop.Item]`` is ``list_Item``. What is too long is cut and
    ends in eight digits of its hash, so that two long names stay apart.
    """
    if isinstance(annotation, str):
        text = annotation
    elif isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        text = annotation.__name__
    else:
        text = _DOTTED.sub(lambda path: path[0].rpartition(".")[2], str(annotation))
    if _VALID.fullmatch(text):
        return text
    name = _OTHER.sub("_", text).strip("_") or "schema"
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}_{sha256(text.encode()).hexdigest()[:8]}"
