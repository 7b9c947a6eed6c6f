"""What vendors take as the name of a tool or of an answer's schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

__all__ = ["WireNames", "schema_name"]

_LONGEST = 64
_VALID = re.compile(rf"[A-Za-z0-9_-]{{1,{_LONGEST}}}")
_OTHER = re.compile(r"[^A-Za-z0-9-]+")
_NOT_TAKEN = re.compile(r"[^a-zA-Z0-9_-]")
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
    return f"{name[: _LONGEST - 9]}_{_digits(text)}"


class WireNames:
    """The names of tools that a vendor takes: letters, digits, ``_`` and ``-``.

    Other names are rewritten, always the same way, so that a tool, the choice of it and its calls
    in the history agree. The decoder turns the names in an answer back into those that were given.

    Args:
        longest: the most characters of a name.
        kept: how many characters of a rewritten name are kept, before ``_`` and eight digits.
    """

    def __init__(self, *, longest: int, kept: int) -> None:
        self._taken = re.compile(rf"[a-zA-Z0-9_-]{{1,{longest}}}")
        self._kept = kept

    def wire_name(self, name: str) -> str:
        """``name`` as the vendor takes it.

        A name that is rewritten ends in eight digits of its hash: two names stay two.
        """
        if self._taken.fullmatch(name):
            return name
        return f"{_NOT_TAKEN.sub('_', name)[: self._kept]}_{_digits(name)}"

    def given_names(self, names: Iterable[str]) -> dict[str, str]:
        """From the vendor's names to those that were given; names that are equal are left out."""
        return {wire: name for name in names if (wire := self.wire_name(name)) != name}


def _digits(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
