"""Results as a table: CSV or Parquet, written anew from the journal when a run ends.

Neither can be added to safely: a half-written line of CSV may be valid, and a Parquet file is
readable only when it is whole. So the results of ``results.csv`` are kept in ``results.csv.jsonl``,
which is what the next run goes on from, and the table is written to a new file that then takes the
place of the old one.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from chat_core import InvalidParameterError

from .cost import cost_of
from .errors import OtherRunError, OutputError
from .finished import read_results
from .output_paths import is_table, journal_path
from .results import Result, error_to_json, message_json

__all__ = ["check_table", "import_pyarrow", "write_table"]

COLUMNS: dict[str, str] = {
    "id": "string",
    "content": "string",
    "error": "string",
    "error_message": "string",
    "model": "string",
    "finish_reason": "string",
    "input_tokens": "int64",
    "output_tokens": "int64",
    "cost": "float64",
    "seconds": "float64",
    "attempts": "int64",
    "message": "string",
    "digest": "string",
}
"""The columns of a table and their types in Parquet; ``message`` is JSON."""

_ROWS_WRITTEN_AT_ONCE = 1000


def check_table(out: Path) -> None:
    """Raise ``InvalidParameterError`` where ``out`` could not be written at the end of a run."""
    if not is_table(out):
        return
    if out.suffix.lower() == ".parquet":
        import_pyarrow()
    if out.exists() and not journal_path(out).exists():
        raise OtherRunError(
            f"{out} is there already, without {journal_path(out).name}, which a run goes on from;"
            " name another output."
        )


def write_table(out: Path) -> None:
    """Write the results of the journal of ``out`` to ``out``. Raises ``OutputError``."""
    try:
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        os.close(descriptor)
        new = Path(name)
        try:
            results = read_results(journal_path(out))
            _WRITERS[out.suffix.lower()](new, results)
            new.chmod(journal_path(out).stat().st_mode & 0o777)
            new.replace(out)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written: {error.strerror or error}. The results are in"
            f" {journal_path(out)}; the same command writes the table again."
        ) from error


def import_pyarrow() -> tuple[Any, Any]:
    """``pyarrow`` and ``pyarrow.parquet``. Raises ``InvalidParameterError`` without them."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InvalidParameterError(
            'Parquet is read and written with pyarrow: pip install "chat-batch[parquet]".'
        ) from error
    return pyarrow, pyarrow.parquet


def _write_csv(path: Path, results: Iterator[Result]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_columns(result) for result in results)


def _write_parquet(path: Path, results: Iterator[Result]) -> None:
    pyarrow, parquet = import_pyarrow()
    schema = pyarrow.schema(
        [(name, pyarrow.type_for_alias(kind)) for name, kind in COLUMNS.items()]
    )
    with parquet.ParquetWriter(path, schema) as writer:
        while some := list(islice(results, _ROWS_WRITTEN_AT_ONCE)):
            columns = zip(*map(_columns, some), strict=True)
            arrays = [
                pyarrow.array(column, each.type)
                for column, each in zip(columns, schema, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


_WRITERS = {".csv": _write_csv, ".parquet": _write_parquet}


def _columns(result: Result) -> tuple[Any, ...]:
    """The fields of a result in the order of ``COLUMNS``."""
    message = result.message
    usage: Mapping[str, Any] = result.usage or {}
    error = None if result.error is None else error_to_json(result.error)
    return (
        result.key,
        None if message is None else message.content,
        error and error["class"],
        error and error["message"],
        result.model,
        None if message is None else message.finish_reason,
        usage.get("input_tokens"),
        usage.get("output_tokens"),
        cost_of(result),
        result.seconds,
        result.attempts,
        None if message is None else message_json(message).decode(),
        result.digest,
    )
