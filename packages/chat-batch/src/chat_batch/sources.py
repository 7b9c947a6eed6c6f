"""Where rows come from: a file of JSON Lines, CSV or Parquet, standard input, or Python objects.

A source yields ``(place, value)`` for each row, one after another; ``place`` names the row in a
message. A row that cannot be read is yielded as a ``BadRowError``. Rules of the formats:

- JSON Lines (``.jsonl``, ``.ndjson``, ``-``): one object a line; blank lines are skipped.
- CSV (``.csv``): the first line names the columns. ``id``, ``model`` and ``settings`` (a JSON
  object) are those of a row; ``input`` is text, or messages where it is a JSON list of objects with
  a role. With a template every other column is one of its variables.
- Parquet (``.parquet``): the same columns; lists and structs are taken as they are.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias

from chat_core import InvalidParameterError
from chat_core.provider import parse_json

from .errors import BadRowError

__all__ = ["Entry", "Source", "find_source"]

Entry: TypeAlias = tuple[str, Any]
"""The place of a row, and its value or a ``BadRowError``."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_FIELD = 2**31 - 1
_ROWS_READ_AT_ONCE = 1000
_OWN_COLUMNS = ("id", "model", "settings")


class Source(Protocol):
    """Rows; ``is_repeatable`` where they can be read twice, and are there without a wait."""

    name: str
    is_repeatable: bool

    def entries(self) -> Iterator[Entry]:
        """The rows with their places. Raises ``InvalidParameterError`` for a file that has none."""


def find_source(rows: object, *, has_template: bool) -> Source:
    """The source for ``rows``: a path, ``"-"`` for standard input, or an iterable of objects.

    Raises ``InvalidParameterError`` for what is none, a missing file or an unknown kind of file.
    """
    if isinstance(rows, str | os.PathLike):
        return _file_source(os.fspath(rows), has_template)
    if isinstance(rows, Iterable) and not isinstance(rows, Mapping | bytes):
        return ObjectSource(rows)
    raise InvalidParameterError(
        f"rows is a path, or an iterable of objects with id and input; got {rows!r:.60}."
    )


def _file_source(name: str | bytes, has_template: bool) -> Source:
    path = Path(os.fsdecode(name))
    if str(path) == "-":
        return StdinSource()
    if not path.exists():
        raise InvalidParameterError(f"There is no file {str(path)!r}.")
    if path.is_dir():
        raise InvalidParameterError(f"{str(path)!r} is a folder; rows are read from a file.")
    match path.suffix.lower():
        case ".csv":
            return CSVSource(path, has_template)
        case ".parquet":
            return ParquetSource(path, has_template)
        case ".jsonl" | ".ndjson" | ".json" | "":
            return JSONLinesSource(path)
    raise InvalidParameterError(
        f"{str(path)!r}: rows are read from .jsonl, .ndjson, .csv or .parquet."
    )


class JSONLinesSource:
    """A file with one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.is_repeatable = path.is_file()
        self._path = path

    def entries(self) -> Iterator[Entry]:
        """See ``Source``."""
        try:
            with self._path.open("rb") as file:
                yield from _json_lines(file, self.name)
        except OSError as error:
            raise _unreadable(self.name, error) from error


class StdinSource:
    """JSON Lines on standard input."""

    name = "standard input"
    is_repeatable = False

    def entries(self) -> Iterator[Entry]:
        """See ``Source``."""
        if sys.stdin is None or sys.stdin.closed:
            raise InvalidParameterError("Standard input is closed.")
        # Not sys.stdin.buffer: Python aborts at its end if a thread still waits for that one.
        with open(sys.stdin.fileno(), "rb", closefd=False) as file:
            yield from _json_lines(file, self.name)


class ObjectSource:
    """Objects of a program: dicts and ``Row`` objects."""

    name = "rows"

    def __init__(self, rows: Iterable[object]) -> None:
        self.is_repeatable = isinstance(rows, list | tuple)
        self._rows = rows

    def entries(self) -> Iterator[Entry]:
        """See ``Source``."""
        for number, value in enumerate(self._rows, 1):
            yield f"row {number}", value


class CSVSource:
    """A CSV file whose first line names the columns."""

    def __init__(self, path: Path, has_template: bool) -> None:
        self.name = path.name
        self.is_repeatable = path.is_file()
        self._path = path
        self._has_template = has_template

    def entries(self) -> Iterator[Entry]:
        """See ``Source``."""
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, strict=True)
                _check_columns(reader.fieldnames or [], self.name, self._has_template)
                yield from self._rows(reader)
        except OSError as error:
            raise _unreadable(self.name, error) from error
        except UnicodeDecodeError as error:
            raise InvalidParameterError(f"{self.name} is not UTF-8: {error.reason}.") from error

    def _rows(self, reader: csv.DictReader[str]) -> Iterator[Entry]:
        while True:
            start = reader.line_num + 1
            try:
                row: dict[Any, Any] | None = next(reader, None)
            except csv.Error as error:
                yield f"line {start}", BadRowError(f"not CSV: {_csv_reason(error)}")
                continue
            if row is None:
                return
            place = f"line {reader.line_num}"
            if None in row or None in row.values():
                columns = len(reader.fieldnames or ())
                yield place, BadRowError(f"its number of fields is not {columns}, as above")
            else:
                yield place, _from_columns(row, self._has_template)


class ParquetSource:
    """A Parquet file. Raises ``InvalidParameterError`` where pyarrow is missing."""

    is_repeatable = True

    def __init__(self, path: Path, has_template: bool) -> None:
        self.name = path.name
        self._path = path
        self._has_template = has_template

    def entries(self) -> Iterator[Entry]:
        """See ``Source``."""
        from .tables import import_pyarrow

        pyarrow, parquet = import_pyarrow()
        try:
            with parquet.ParquetFile(self._path) as file:
                _check_columns(file.schema_arrow.names, self.name, self._has_template)
                number = 0
                for batch in file.iter_batches(batch_size=_ROWS_READ_AT_ONCE):
                    for row in batch.to_pylist():
                        number += 1
                        yield f"row {number}", _from_columns(row, self._has_template)
        except (OSError, pyarrow.ArrowException) as error:
            raise InvalidParameterError(
                f"{self.name} is no Parquet file: {str(error).rstrip('.')}."
            ) from error


def _json_lines(file: BinaryIO, name: str) -> Iterator[Entry]:
    for number, line in enumerate(file, 1):
        text = line.removeprefix(_BYTE_ORDER_MARK).strip() if number == 1 else line.strip()
        if not text:
            continue
        if number == 1 and text.startswith(b"["):
            raise InvalidParameterError(
                f"{name} is one JSON array; rows stand one object a line (JSON Lines)."
            )
        try:
            value = parse_json(text)
        except ValueError as error:
            value = BadRowError(f"not JSON ({_reason(error)})")
        yield f"line {number}", value


def _csv_reason(error: csv.Error) -> str:
    """Why a row is no CSV; a quote that is not closed makes one row of the rest of the file."""
    is_open = "unexpected end of data" in str(error)
    return "a quote is not closed, so all lines from here are one row" if is_open else str(error)


def _reason(error: ValueError) -> str:
    """Why a line is not JSON, and in which column."""
    if isinstance(error, json.JSONDecodeError):
        return f"column {error.colno}: {error.msg}"
    return str(error)


def _check_columns(columns: Iterable[str], name: str, has_template: bool) -> None:
    columns = list(columns)
    for needed in ("id",) if has_template else ("id", "input"):
        if needed not in columns:
            shown = ", ".join(columns) or "none"
            raise InvalidParameterError(
                f'{name} has no column "{needed}"; its columns are: {shown}. Columns of other names'
                " are the variables of a template."
            )
    if len(set(columns)) < len(columns):
        raise InvalidParameterError(f"{name} has two columns of one name.")


def _from_columns(columns: Mapping[str, Any], has_template: bool) -> Any:
    row: dict[str, Any] = {"id": columns["id"]}
    if columns.get("model"):
        row["model"] = columns["model"]
    settings = columns.get("settings")
    if isinstance(settings, str) and settings.strip():
        try:
            settings = parse_json(settings)
        except ValueError:
            return BadRowError(f'"settings" is a JSON object; got {settings!r:.60}')
    if isinstance(settings, Mapping):
        settings = {name: value for name, value in settings.items() if value is not None}
    row["settings"] = settings or None
    if has_template:
        row["input"] = {k: v for k, v in columns.items() if k not in _OWN_COLUMNS}
    else:
        row["input"] = _messages(columns.get("input"))
        row |= {k: v for k, v in columns.items() if k not in (*_OWN_COLUMNS, "input")}
    return row


def _messages(cell: Any) -> Any:
    """The messages that a cell holds as JSON; any other cell as it is."""
    if not (isinstance(cell, str) and cell.lstrip()[:1] == "["):
        return cell
    try:
        value = parse_json(cell)
    except ValueError:
        return cell
    is_messages = isinstance(value, list) and all(
        isinstance(each, dict) and "role" in each for each in value
    )
    return value if value and is_messages else cell


def _unreadable(name: str, error: OSError) -> InvalidParameterError:
    return InvalidParameterError(f"{name} cannot be read: {error.strerror or error}.")
