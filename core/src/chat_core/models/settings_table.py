"""The settings of a model as a table of HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ..short_repr import short_repr

__all__ = ["settings_table"]


def settings_table(title: str, settings: Iterable[tuple[str | None, object]]) -> str:
    """A table with a row for each setting; every value is escaped."""
    rows = "".join(
        f"<tr><td>{escape(name or '')}</td><td><code>{escape(short_repr(value))}</code></td></tr>"
        for name, value in settings
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{rows}</tbody></table>"
