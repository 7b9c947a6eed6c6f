"""Names of tools in the alphabet that Google takes: a letter or ``_``, then ``[a-zA-Z0-9_.:-]``.

At most 64 characters (Gemini API reference, ``FunctionDeclaration.name``; newer pages of Vertex AI
say 128). Other names are rewritten, always the same way, so that a tool, the choice of it and its
calls in the history agree. The decoder turns the names in an answer back into the given ones.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

__all__ = ["given_names", "wire_name"]

_WIRE_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}")
_OTHER = re.compile(r"[^a-zA-Z0-9_.:-]")
_KEPT_LENGTH = 54


def wire_name(name: str) -> str:
    """``name`` as Google takes it.

    A name that is rewritten ends in eight digits of its hash: two names stay two.
    """
    if _WIRE_NAME.fullmatch(name):
        return name
    digits = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    kept = _OTHER.sub("_", name)[:_KEPT_LENGTH]
    start = "" if _WIRE_NAME.fullmatch(kept) else "_"
    return f"{start}{kept}_{digits}"


def given_names(names: Iterable[str]) -> dict[str, str]:
    """From the names on the wire to those that were given; names that are equal are left out."""
    return {wire_name(name): name for name in names if wire_name(name) != name}
