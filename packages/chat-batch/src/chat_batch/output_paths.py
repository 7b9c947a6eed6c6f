"""Which kind of file an output is, and where its results are kept while a run goes on."""

from __future__ import annotations

from pathlib import Path

from chat_core import InvalidParameterError

__all__ = ["has_table_suffix", "is_table", "journal_path"]

_JSON_LINES = (".jsonl", ".ndjson")
_TABLES = (".csv", ".parquet")


def has_table_suffix(path: Path) -> bool:
    """Whether a file is named as a table is."""
    return path.suffix.lower() in _TABLES


def is_table(out: Path) -> bool:
    """Whether the output is CSV or Parquet, not JSON Lines.

    Raises ``InvalidParameterError`` for any other kind of file.
    """
    if not has_table_suffix(out) and out.suffix.lower() not in _JSON_LINES:
        raise InvalidParameterError(
            f"{str(out)!r}: results are written to .jsonl, .ndjson, .csv or .parquet."
        )
    return has_table_suffix(out)


def journal_path(out: Path) -> Path:
    """The file that results are added to as they arrive: ``out``, or beside a table."""
    return out.with_name(f"{out.name}.jsonl") if is_table(out) else out
