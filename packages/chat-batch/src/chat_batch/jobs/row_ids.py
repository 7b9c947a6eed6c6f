"""Ids of rows as vendors take them: letters, digits, ``_`` and ``-``, at most 64 of these.

An id that is so goes out as it is; in the place of any other goes ``row-`` and the row's number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["sent_ids"]

_TAKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OURS = re.compile(r"row-\d+")


def sent_ids(ids: Sequence[str | int]) -> list[str]:
    """The ids that the vendor is given for ``ids``, in the same order; no two are the same."""
    return [_sent(str(each), number) for number, each in enumerate(ids, 1)]


def _sent(key: str, number: int) -> str:
    is_taken = _TAKEN.fullmatch(key) and not _OURS.fullmatch(key)
    return key if is_taken else f"row-{number}"
