"""Names of documents as Converse takes them: letters, digits, single spaces, ``-()[]``; pure.

No two documents of a request have the same name. The API wants a name, and its page advises a
neutral one, because the model reads it.
"""

from __future__ import annotations

import re

__all__ = ["DocumentNames"]

_OTHER = re.compile(r"[^A-Za-z0-9\s\-()\[\]]+")
_SPACE = re.compile(r"\s+")
_MOST = 190
"""The API takes 200 characters; the rest is left for a number."""


class DocumentNames:
    """The names of the documents of one request."""

    def __init__(self) -> None:
        self._uses: dict[str, int] = {}

    def take(self, name: str | None) -> str:
        """A name made of a file's ``name`` without its ending, and of a number if it is taken."""
        stem, dot, _ = (name or "").rpartition(".")
        plain = _OTHER.sub("-", stem if dot and stem else name or "")
        plain = _SPACE.sub(" ", plain).strip(" -")[:_MOST].strip() or "document"
        uses = self._uses[plain] = self._uses.get(plain, 0) + 1
        return plain if uses == 1 else self.take(f"{plain} ({uses})")
