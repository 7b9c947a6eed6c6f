"""``SQLiteStore``: streams in one file, for the processes of one machine.

Statements run in worker threads, one after the other. A reader in the process of the producer is
woken up by it; one in another process looks into the file 20 times a second. Times are those of the
clock, which the processes share. After an operating system crash the last frames may be missing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from chat_core import InvalidParameterError

from ..public_errors import StreamGoneError, StreamStoreError
from .arrivals import POLL, Arrivals
from .bounds import Bounds
from .store import PAGE, Page, Wishes, stream_is_gone

__all__ = ["SQLiteStore"]

T = TypeVar("T")

_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS streams (
    stream TEXT PRIMARY KEY, first INTEGER, last INTEGER, size INTEGER, has_ended INTEGER,
    alive_until REAL, wanted_until REAL, read_to INTEGER, stop INTEGER);
CREATE TABLE IF NOT EXISTS frames (
    stream TEXT, number INTEGER, data BLOB, PRIMARY KEY (stream, number)) WITHOUT ROWID;
"""


class SQLiteStore:
    """Streams in the file ``path``, which is created; several processes may use it.

    Args:
        path: the file.
        max_bytes: the bytes of frames that one stream keeps.
        max_streams: the number of streams. A new one takes the place of the oldest that has ended;
            where none has, ``create`` raises ``StreamStoreError``.
        seconds_kept: how long a stream stays after its end.

    Raises ``InvalidParameterError`` for no path and for a bound that is not positive. After a
    failure the file is opened anew, so one that was repaired or removed is used without a restart.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        max_bytes: int = 4 * 2**20,
        max_streams: int = 1024,
        seconds_kept: float = 300.0,
    ) -> None:
        given: object = path
        if not isinstance(given, str | Path) or not str(path):
            raise InvalidParameterError(f"path is the path of a file; got {path!r:.60}.")
        self._bounds = Bounds(max_bytes, max_streams, seconds_kept)
        self.max_bytes = max_bytes
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._own: set[str] = set()  # the streams that are being written here
        self._arrivals = Arrivals()

    async def create(self, stream: str, alive: float) -> None:
        """See ``StreamStore``."""
        await self._run(lambda db: self._create(db, stream, alive))
        self._own.add(stream)

    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        """See ``StreamStore``."""
        try:
            await self._run(lambda db: self._append(db, stream, frames))
        except (StreamStoreError, StreamGoneError):
            self._own.discard(stream)  # its producer gives up
            raise
        self._arrivals.notify(stream)

    async def end(self, stream: str) -> None:
        """See ``StreamStore``."""
        change = "UPDATE streams SET has_ended = 1, alive_until = ? WHERE stream = ?"
        try:
            await self._run(lambda db: _change(db, change, time.time(), stream))
        finally:
            self._own.discard(stream)
        self._arrivals.notify(stream)

    async def read(self, stream: str, after: int, wait: float) -> Page:
        """See ``StreamStore``."""
        deadline = time.monotonic() + wait
        while True:
            with self._arrivals.expected(stream) as arrival:
                page = await self._run(lambda db: self._read(db, stream, after))
                left = deadline - time.monotonic()
                if page.frames or page.is_end or left <= 0:
                    return page
                is_own = stream in self._own
                await asyncio.wait((arrival,), timeout=left if is_own else min(left, POLL))

    async def announce_reader(self, stream: str, read_to: int, seconds: float) -> None:
        """See ``StreamStore``."""
        change = (
            "UPDATE streams SET read_to = max(read_to, ?), wanted_until = max(wanted_until, ?)"
            " WHERE stream = ?"
        )
        until = time.time() + seconds
        await self._run(lambda db: _change(db, change, read_to, until, stream))

    async def announce_producer(self, stream: str, seconds: float) -> Wishes:
        """See ``StreamStore``."""
        return await self._run(lambda db: _announce_producer(db, stream, seconds))

    async def request_stop(self, stream: str) -> None:
        """See ``StreamStore``."""
        change = "UPDATE streams SET stop = 1 WHERE stream = ?"
        await self._run(lambda db: _change(db, change, stream))

    async def aclose(self) -> None:
        """Close the file; the next use opens it again."""
        await asyncio.to_thread(self._close)

    # --- in worker threads

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.to_thread(self._run_here, work)

    def _run_here(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _open(self._path)
                with self._connection as connection:
                    return work(connection)
            except (sqlite3.Error, OSError) as error:
                self._close_here()
                raise StreamStoreError(
                    "The server cannot keep answers at the moment. Try again later."
                ) from error

    def _close(self) -> None:
        with self._lock:
            self._close_here()

    def _close_here(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _create(self, db: sqlite3.Connection, stream: str, alive: float) -> None:
        db.execute("BEGIN IMMEDIATE")
        now = time.time()
        before = now - self._bounds.seconds_kept
        _forget(db, "SELECT stream FROM streams WHERE alive_until < ?", before)
        (count,) = db.execute("SELECT count(*) FROM streams").fetchone()
        if count >= self._bounds.max_streams:
            oldest = "SELECT stream FROM streams WHERE has_ended ORDER BY alive_until LIMIT 1"
            if not _forget(db, oldest):
                raise StreamStoreError("The server keeps too many answers at the moment.")
        db.execute("INSERT INTO streams VALUES (?, 1, 0, 0, 0, ?, 0, 0, 0)", (stream, now + alive))

    def _append(self, db: sqlite3.Connection, stream: str, frames: Sequence[bytes]) -> None:
        db.execute("BEGIN IMMEDIATE")
        first, last, size = _row(db, "first, last, size", stream)
        rows = [(stream, last + n + 1, frame) for n, frame in enumerate(frames)]
        db.executemany("INSERT INTO frames VALUES (?, ?, ?)", rows)
        last += len(frames)
        size += sum(map(len, frames))
        while size > self.max_bytes and first < last:
            where = (stream, first)
            (dropped,) = db.execute(
                "SELECT length(data) FROM frames WHERE stream = ? AND number = ?", where
            ).fetchone()
            db.execute("DELETE FROM frames WHERE stream = ? AND number = ?", where)
            size -= dropped
            first += 1
        change = "UPDATE streams SET first = ?, last = ?, size = ? WHERE stream = ?"
        db.execute(change, (first, last, size, stream))

    def _read(self, db: sqlite3.Connection, stream: str, after: int) -> Page:
        db.execute("BEGIN")
        columns = "first, last, has_ended, alive_until"
        first, last, has_ended, alive_until = _row(db, columns, stream)
        now = time.time()
        if now > alive_until + self._bounds.seconds_kept:
            raise stream_is_gone()
        if not first - 1 <= after <= last:
            raise stream_is_gone(after)
        query = "SELECT data FROM frames WHERE stream = ? AND number > ? ORDER BY number LIMIT ?"
        frames = [data for (data,) in db.execute(query, (stream, after, PAGE))]
        is_end = bool(has_ended) and after + len(frames) == last
        return Page(frames, is_end, bool(has_ended) or now < alive_until)


def _open(path: str | Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5.0, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"{path} is a store of version {version}, not {_VERSION}.")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection


def _row(db: sqlite3.Connection, columns: str, stream: str) -> tuple[int, ...]:
    """The columns of a stream. Raises ``StreamGoneError``."""
    query = f"SELECT {columns} FROM streams WHERE stream = ?"  # noqa: S608 - names of columns
    row: tuple[int, ...] | None = db.execute(query, (stream,)).fetchone()
    if row is None:
        raise stream_is_gone()
    return row


def _change(db: sqlite3.Connection, statement: str, *values: object) -> None:
    """Run an ``UPDATE`` of one stream. Raises ``StreamGoneError`` if it is not there."""
    if not db.execute(statement, values).rowcount:
        raise stream_is_gone()


def _announce_producer(db: sqlite3.Connection, stream: str, seconds: float) -> Wishes:
    now = time.time()
    change = "UPDATE streams SET alive_until = ? WHERE stream = ?"
    _change(db, change, now + seconds, stream)
    wanted_until, stop, read_to = _row(db, "wanted_until, stop, read_to", stream)
    return Wishes(now < wanted_until, bool(stop), read_to)


def _forget(db: sqlite3.Connection, query: str, *values: object) -> int:
    """Delete the streams that ``query`` selects; returns how many they were."""
    streams = db.execute(query, values).fetchall()
    db.executemany("DELETE FROM frames WHERE stream = ?", streams)
    db.executemany("DELETE FROM streams WHERE stream = ?", streams)
    return len(streams)
