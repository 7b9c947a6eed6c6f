"""The log of questions and answers: one SQLite file, written only where the user asked for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .exit_codes import ExitCode
from .failures import TerminalError
from .settings_file import file_in_folder

if TYPE_CHECKING:
    from chat_core import AIMessage, Message

__all__ = ["Entry", "add_entry", "find_entries", "log_path", "read_entry"]

_WAIT = 2.0
"""Seconds that another program may hold the file."""

_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    model TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    seconds REAL NOT NULL,
    message TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class Entry:
    """One question with its answer.

    ``time`` is in UTC (ISO 8601), ``message`` the whole answer as JSON, without attachments of the
    question.
    """

    id: int
    time: str
    model: str
    question: str
    answer: str
    input_tokens: int | None
    output_tokens: int | None
    seconds: float
    message: str


def log_path() -> Path:
    """The file of the log. Raises ``TerminalError`` where there is no folder for it."""
    return file_in_folder("log.sqlite3")


def add_entry(model: str, messages: list[Message], answer: AIMessage, seconds: float) -> None:
    """Write ``answer`` and the question before it. Raises ``TerminalError`` naming the file."""
    from .output.lines import message_json

    questions = [message.content for message in messages if message.type == "human"]
    usage = answer.usage_metadata
    row = (
        datetime.now(UTC).isoformat(timespec="seconds"),
        model,
        questions[-1] if questions else "",
        answer.content,
        usage.input_tokens if usage else None,
        usage.output_tokens if usage else None,
        round(seconds, 3),
        message_json(answer),
    )
    with _opened() as log, log:
        log.execute(
            "INSERT INTO answers (time, model, question, answer, input_tokens, output_tokens,"
            " seconds, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [_writable(value) for value in row],
        )


def find_entries(text: str = "", limit: int = 20) -> list[Entry]:
    """The latest entries whose question or answer has ``text``, the oldest of them first.

    Raises ``TerminalError``.
    """
    pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with _opened() as log:
        rows = log.execute(
            "SELECT * FROM answers WHERE question LIKE ? ESCAPE '\\' OR answer LIKE ? ESCAPE '\\'"
            " ORDER BY id DESC LIMIT ?",
            (f"%{pattern}%", f"%{pattern}%", limit),
        ).fetchall()
    return [Entry(*row) for row in reversed(rows)]


def read_entry(id: int | None) -> Entry:
    """The entry with this id, or the latest. Raises ``TerminalError`` if there is none."""
    with _opened() as log:
        row = log.execute(
            "SELECT * FROM answers WHERE id = ? OR ? IS NULL ORDER BY id DESC LIMIT 1", (id, id)
        ).fetchone()
    if row is None:
        what = "is empty" if id is None else f"has no entry {id}"
        raise TerminalError(f"The log {what}.", ExitCode.NOT_FOUND)
    return Entry(*row)


@contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    path = log_path()
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT)) as log:
            log.execute(_TABLE)
            yield log
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            reason = "is locked by another program"
        else:
            reason = f"cannot be used: {error}"
        raise TerminalError(f"The log {str(path)!r} {reason}.", ExitCode.STORAGE) from error


def _writable(value: object) -> object:
    """Half of a surrogate pair is no text for SQLite; it becomes a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
