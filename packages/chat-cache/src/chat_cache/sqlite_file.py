"""A cache's SQLite file: opened, made, made anew after damage, and left alone if it is another's.

A file is a cache's if its header holds the application id below, which is written before the file
changes to write-ahead logging, or if it is too short to hold anything. Any other file that cannot
be used stays as it is.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

__all__ = ["FileId", "ForeignFileError", "file_id", "is_damage", "move_aside", "open_file"]

_APPLICATION = 0x63686174
"""``chat`` in ASCII."""
_VERSION = 1
_MAGIC = b"SQLite format 3\x00"
_ID_AT = slice(68, 72)
_SCHEMA = """
CREATE TABLE answers (key BLOB PRIMARY KEY, made REAL, size INTEGER, body BLOB);
CREATE INDEX answers_by_age ON answers (made);
CREATE TABLE total (bytes INTEGER);
INSERT INTO total VALUES (0);
CREATE TRIGGER added AFTER INSERT ON answers BEGIN UPDATE total SET bytes = bytes + new.size; END;
CREATE TRIGGER taken AFTER DELETE ON answers BEGIN UPDATE total SET bytes = bytes - old.size; END;
"""


FileId: TypeAlias = tuple[int, int]
"""The identity of a file: its device and its inode number."""


def file_id(path: Path) -> FileId | None:
    """Which file stands at ``path`` now; ``None`` for none, or one that is out of reach."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


class ForeignFileError(Exception):
    """The file is not a cache's."""


class OpenFile(NamedTuple):
    """A connection, whether a cache of another version gave way, and whether it may be written."""

    db: sqlite3.Connection
    was_other: bool
    is_read_only: bool


def open_file(path: Path, wait: float) -> OpenFile:
    """A connection to the cache in ``path``.

    Raises ``sqlite3.Error`` for a file that is damaged, locked or cannot be opened, and
    ``ForeignFileError``.
    """
    is_read_only = path.exists() and not (
        os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    )
    # Without leave to write, SQLite reads a file with write-ahead logging only as one that does
    # not change.
    name = f"file:{quote(str(path))}?immutable=1" if is_read_only else str(path)
    db = sqlite3.connect(
        name, timeout=wait, isolation_level=None, check_same_thread=False, uri=is_read_only
    )
    try:
        was_other = _version(db) not in (0, _VERSION)
        if _version(db) != _VERSION:
            _make(db)
        with suppress(sqlite3.OperationalError):  # a file that may only be read stays as it is
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
        db.execute("SELECT key FROM answers LIMIT 1")
    except BaseException:
        db.close()
        raise
    return OpenFile(db, was_other, is_read_only)


def _version(db: sqlite3.Connection) -> int:
    [version] = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _make(db: sqlite3.Connection) -> None:
    """The tables, in one step for other processes. Raises ``ForeignFileError``."""
    db.execute("BEGIN IMMEDIATE")
    try:
        if _version(db) != _VERSION:  # no other process has been faster
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            [application] = db.execute("PRAGMA application_id").fetchone()
            if tables and application != _APPLICATION:
                raise ForeignFileError
            for [name] in tables:
                db.execute(f'DROP TABLE "{name}"')
            for statement in _SCHEMA.strip().split("\n"):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {_APPLICATION}")
            db.execute(f"PRAGMA user_version = {_VERSION}")
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is cut short or overwritten, rather than locked or out of reach."""
    name = getattr(error, "sqlite_errorname", "") or ""
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "no such table" in str(error)


def move_aside(path: Path) -> Path:
    """Rename a damaged cache, and delete what belongs to it; its new name.

    Raises ``ForeignFileError`` for a file that is not a cache's, and ``OSError``.
    """
    with path.open("rb") as file:
        head = file.read(100)
    is_ours = head[_ID_AT] == _APPLICATION.to_bytes(4, "big")
    if not is_ours and not (len(head) < 100 and _MAGIC.startswith(head[: len(_MAGIC)])):
        raise ForeignFileError
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    return aside
