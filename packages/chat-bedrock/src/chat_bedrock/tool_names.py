"""Names of tools in the alphabet that Converse takes: ``[a-zA-Z0-9_-]{1,64}``.

Other names are rewritten, always the same way, so that a tool, the choice of it and its calls in
the history agree. The decoder turns the names in an answer back into those that were given.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

__all__ = ["given_names", "wire_name"]

_WIRE_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_OTHER = re.compile(r"[^a-zA-Z0-9_-]")
_KEPT_LENGTH = 55


def wire_name(name: str) -> str:
    """``name`` as the API takes it.

    A name that is rewritten ends in eight digits of its hash: two names stay two.
    """
    if _WIRE_NAME.fullmatch(name):
        return name
    digits = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_OTHER.sub('_', name)[:_KEPT_LENGTH]}_{digits}"


def given_names(names: Iterable[str]) -> dict[str, str]:
    """From the names on the wire to those that were given; names that are equal are left out."""
    return {wire_name(name): name for name in names if wire_name(name) != name}
