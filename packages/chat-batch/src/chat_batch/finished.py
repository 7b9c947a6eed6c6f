"""``Finished``: which rows have a result already; ``read_results``: the results in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chat_core.provider import parse_json

from .errors import OtherRunError
from .journal import lines_of
from .output_paths import has_table_suffix, journal_path
from .results import Result, read_result

__all__ = ["Finished", "Outcome", "read_results"]


class Outcome(NamedTuple):
    """What a run has to know of a result: what was asked, which model answered, whether it did."""

    digest: bytes
    model: str
    has_failed: bool


class Finished:
    """The rows that have a result in the file at ``path``; the last result of an id counts.

    Raises ``OtherRunError`` for a line that is no result.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._outcomes: dict[str, Outcome] = {}
        models: dict[str, str] = {}
        if not path.exists():
            return
        for number, (_, line) in enumerate(lines_of(path), 1):
            key, outcome = _read_outcome(line, number, path)
            model = models.setdefault(outcome.model, outcome.model)  # one text for all its rows
            self._outcomes[key] = outcome._replace(model=model)

    def __len__(self) -> int:
        return len(self._outcomes)

    def get(self, key: str) -> Outcome | None:
        """The outcome of the row with this id, if it has one."""
        return self._outcomes.get(key)


def read_results(path: str | Path) -> Iterator[Result]:
    """The results in a file of JSON Lines, one for each id: its last. Of a table (CSV, Parquet)
    the results are read from the file beside it that the run has kept them in.

    They come in the order in which they were written, and are read one after another. Raises
    ``OtherRunError`` for a line that is no result, and for a table without that file.
    """
    path = _kept_in(Path(path))
    last: dict[str, int] = {}
    for number, (place, line) in enumerate(lines_of(path), 1):
        last[_read_key(line, number, path)] = place
    for number, (place, line) in enumerate(lines_of(path), 1):
        if last[_read_key(line, number, path)] == place:
            yield read_result(line)


def _kept_in(path: Path) -> Path:
    """The file with the results of ``path``. Raises ``OtherRunError`` for a table alone."""
    if not has_table_suffix(path):
        return path
    kept = journal_path(path)
    if kept.exists():
        return kept
    raise OtherRunError(
        f"{path} is a table, whose results are read from {kept.name} beside it, and there is none;"
        " read the table as any other."
    )


def _read_outcome(line: bytes, number: int, path: Path) -> tuple[str, Outcome]:
    value = _read_object(line)
    try:
        digest = bytes.fromhex(str(value["digest"]))
        outcome = Outcome(digest, str(value["model"]), value["error"] is not None)
        return str(value["id"]), outcome
    except (KeyError, TypeError, ValueError):
        raise _no_result(number, path, "name another output") from None


def _read_key(line: bytes, number: int, path: Path) -> str:
    value = _read_object(line)
    if "id" not in value or "digest" not in value:
        raise _no_result(number, path, "read the output of a run")
    return str(value["id"])


def _read_object(line: bytes) -> dict[str, object]:
    """The object on a line; empty for anything else."""
    try:
        value = parse_json(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _no_result(number: int, path: Path, advice: str) -> OtherRunError:
    known = ", although the lines before it are: mend or remove it, or" if number > 1 else ";"
    return OtherRunError(f"Line {number} of {path} is no result of a batch{known} {advice}.")
