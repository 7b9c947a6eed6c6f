"""``SQLiteCache``: answers in a file, for processes and threads at once.

- The file is in write-ahead logging: many read while one writes. Each process has one connection,
  which a fork does not share.
- A damaged file is renamed to ``….damaged`` and begun anew; one of another version is emptied. A
  file that is not a cache's is left alone.
- Where another file stands at the path now, because this one was deleted or another process has
  begun it anew, that file is opened.
- Where the file is locked, full or out of reach, nothing is read or kept for ``_PAUSE`` seconds,
  so that each call does not wait. In a file that may only be read, nothing more is kept.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, TypeVar

from chat_core import InvalidParameterError
from chat_core.provider import ForkLock

from .answer_cache import AnswerCache, checked
from .sqlite_file import FileId, ForeignFileError, file_id, is_damage, move_aside, open_file

__all__ = ["SQLiteCache"]

T = TypeVar("T")

_PAUSE = 5.0
_of_parents: list[sqlite3.Connection | None] = []


class SQLiteCache(AnswerCache):
    """Keeps answers in the SQLite file ``path``, which is made where it is missing.

    Args:
        path: the file; its folder exists.
        max_age: seconds after which an answer is asked for anew; ``None`` for never.
        max_bytes: at most so many bytes of answers; the oldest are dropped first.
        wait: seconds to wait for another process that has locked the file.

    Raises ``InvalidParameterError`` for a limit that is not above 0. Pickled, it opens the same
    file.
    """

    waits: ClassVar[bool] = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_age: float | None = None,
        max_bytes: int | None = None,
        wait: float = 1.0,
    ) -> None:
        given: object = path
        if not isinstance(given, str | os.PathLike) or not os.fspath(path):
            raise InvalidParameterError(f"path is the path of a file; got {path!r:.60}.")
        self.path = Path(path)
        self.max_age = checked("max_age", max_age)
        self.max_bytes = checked("max_bytes", max_bytes)
        self.wait = checked("wait", wait) or 1.0
        self._lock = ForkLock()
        self._db: sqlite3.Connection | None = None
        self._file: FileId | None = None
        self._pid = os.getpid()
        self._is_off = False
        self._is_read_only = False
        self._paused_until = 0.0

    def __repr__(self) -> str:
        return f"SQLiteCache({str(self.path)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (_same_file, (self.path, self.max_age, self.max_bytes, self.wait))

    def get(self, key: bytes) -> bytes | None:
        """See ``AnswerCache``."""
        row = self._do(lambda db: db.execute(_READ, (key,)).fetchone())
        if row is None or (self.max_age is not None and time.time() - row[0] > self.max_age):
            return None
        return bytes(row[1])

    def put(self, key: bytes, answer: bytes) -> None:
        """See ``AnswerCache``."""
        if self._is_read_only or len(answer) > (self.max_bytes or len(answer)):
            return
        self._do(lambda db: self._put(db, key, answer))

    def _put(self, db: sqlite3.Connection, key: bytes, answer: bytes) -> None:
        db.execute("BEGIN IMMEDIATE")
        try:
            now = time.time()
            db.execute("DELETE FROM answers WHERE key = ?", (key,))
            db.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", (key, now, len(answer), answer))
            if self.max_age is not None:
                db.execute("DELETE FROM answers WHERE made < ?", (now - self.max_age,))
            while self.max_bytes is not None and _size(db) > self.max_bytes:
                db.execute(_DROP_OLDEST)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def clear(self) -> None:
        """See ``AnswerCache``. The file becomes small again."""

        def empty(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM answers")
            db.execute("VACUUM")

        self._do(empty)

    def size(self) -> int:
        """How many bytes of answers it holds; the file is somewhat larger."""
        return self._do(_size) or 0

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        db, self._db = self._db, None
        if db is not None and self._pid == os.getpid():
            db.close()

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """What ``work`` returns; ``None`` where the file cannot be used, after a warning."""
        if self._is_off or time.monotonic() < self._paused_until:
            return None
        with self._lock:
            try:
                try:
                    return work(self._connection())
                except sqlite3.Error as error:
                    if not is_damage(error):
                        raise
                    self._begin_anew(error)
                    return work(self._connection())
            except ForeignFileError:
                self._is_off = True
                self.warn("foreign", f"{self.path} is no cache: it is left alone and not used.")
            except (sqlite3.Error, OSError) as error:
                self._note(error)
            return None

    def _connection(self) -> sqlite3.Connection:
        if self._pid != os.getpid():
            _of_parents.append(self._db)  # never closed here: it is the parent's
            self._db, self._pid = None, os.getpid()
        stands_there = file_id(self.path)
        if stands_there != self._file:
            self._close()
        if self._db is None:
            self._file = stands_there  # the one that may turn out to be damaged
            opened = open_file(self.path, self.wait)
            self._db, self._is_read_only = opened.db, opened.is_read_only
            self._file = file_id(self.path)
            if opened.was_other:
                self.warn("version", f"{self.path} was a cache of another version: begun anew.")
            if opened.is_read_only:
                self._warn_read_only()
        return self._db

    def _begin_anew(self, error: sqlite3.Error) -> None:
        self._close()
        if file_id(self.path) != self._file:  # another process has begun it anew
            return
        aside = move_aside(self.path)
        self.warn("damage", f"{self.path} is damaged ({error}): begun anew; it is {aside} now.")

    def _note(self, error: Exception) -> None:
        name = getattr(error, "sqlite_errorname", "") or type(error).__name__
        if name.startswith("SQLITE_READONLY"):
            self._is_read_only = True
            self._warn_read_only()
            return
        self._paused_until = time.monotonic() + _PAUSE
        self.warn(name, f"{self.path} cannot be used ({error}): answers come from the model.")

    def _warn_read_only(self) -> None:
        self.warn("read-only", f"{self.path} may only be read: new answers are not kept.")


_READ = "SELECT made, body FROM answers WHERE key = ?"
_DROP_OLDEST = "DELETE FROM answers WHERE key = (SELECT key FROM answers ORDER BY made LIMIT 1)"


def _size(db: sqlite3.Connection) -> int:
    [size] = db.execute("SELECT bytes FROM total").fetchone()
    return int(size)


def _same_file(
    path: Path, max_age: float | None, max_bytes: int | None, wait: float
) -> SQLiteCache:
    return SQLiteCache(path, max_age=max_age, max_bytes=max_bytes, wait=wait)
