"""``short_repr``: a value on one line that a person can read, however long its texts are."""

from __future__ import annotations

from itertools import islice
from reprlib import Repr
from typing import Any

__all__ = ["short_repr"]


class _Short(Repr):
    """Cuts long texts in the middle; long containers lose their end."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 8
        self.maxtuple = self.maxlist = self.maxset = self.maxfrozenset = 20
        self.maxdict = 12
        self.maxstring = 160
        self.maxlong = 60
        self.maxother = 2000
        self.fillvalue = "…"

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        """The entries in their own order, which ``reprlib`` would sort."""
        if level <= 0 and x:
            return "{…}"
        shown = [
            f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}"
            for key, value in islice(x.items(), self.maxdict)
        ]
        more = ["…"] if len(x) > self.maxdict else []
        return f"{{{', '.join(shown + more)}}}"

    def repr_instance(self, x: Any, level: int) -> str:
        """A subclass of ``dict``, such as token usage, without the entries that are unknown."""
        if isinstance(x, dict):
            return self.repr_dict(_known(x), level)
        return super().repr_instance(x, level)


def _known(record: dict[Any, Any]) -> dict[Any, Any]:
    known = {k: _known(v) if isinstance(v, dict) else v for k, v in record.items()}
    return {key: value for key, value in known.items() if value is not None and value != {}}


short_repr = _Short().repr
"""``repr`` of a value, short: texts of more than 160 characters are cut in the middle."""
