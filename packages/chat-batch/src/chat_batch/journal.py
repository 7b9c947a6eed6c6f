"""``Journal``: the output file, to which each result is added in one write.

Rules:

- The file is opened with ``O_APPEND``; a line is one ``write``. A process that is killed leaves
  whole lines, and at most one line at the end that is cut.
- Opening mends that line: it is completed where only its end of line is missing, else removed, and
  its row is asked again. Nothing else in the file is ever changed.
- A file that holds anything but results is refused.
- Where the disk is full, what was written of the line is taken back, so that the file ends with a
  whole line.
- One process at a time: the file is locked while a journal is open.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from chat_core.provider import parse_json

from .errors import OtherRunError, OutputError

__all__ = ["Journal", "lines_of"]

_START = b'{"id":'
_ID = re.compile(rb'{"id":(?:-?\d+|"(?:[^"\\]|\\.)*")(?P<rest>.*)', re.DOTALL)
_AFTER_ID = b',"message":'
_READ_AT_ONCE = 1 << 16
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)  # of Windows


class Journal:
    """A file of results, open for adding; a context manager.

    Raises ``OutputError`` for a file that cannot be opened or that another process has open, and
    ``OtherRunError`` for one whose last line is no result.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, _FLAGS, 0o666)
        except OSError as error:
            raise _failed(path, "cannot be opened", error) from error
        try:
            self._refuse_device()
            self._lock()
            self._mend()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, line: bytes) -> None:
        """Add one line. Raises ``OutputError``; the file then ends with the line before."""
        try:
            written = os.write(self._file, line)
        except OSError as error:
            raise _failed(self.path, "cannot be written", error) from error
        if written < len(line):
            self._finish(line, written)

    def close(self) -> None:
        """Hand what was written to the disk, and close the file."""
        try:
            os.fsync(self._file)
        except OSError:  # a pipe or a file system without it
            pass
        os.close(self._file)

    def _finish(self, line: bytes, written: int) -> None:
        """Write the rest of a line that the system took a part of, or take that part back."""
        start = os.fstat(self._file).st_size - written
        rest = line[written:]
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            os.ftruncate(self._file, start)
            raise _failed(self.path, "cannot be written", error) from error

    def _refuse_device(self) -> None:
        """Raise ``OutputError`` for what cannot be read again: a pipe, a device."""
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            raise OutputError(f"{self.path} is no regular file, which results can be read from.")

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: nothing keeps a second process away
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(
                f"{self.path} is being written by another process; wait for it, or name another"
                " output."
            ) from error
        except OSError:  # a file system without locks
            return

    def _mend(self) -> None:
        size = os.fstat(self._file).st_size
        tail = _last_line(self._file, size)
        cut = tail.rstrip(b"\0")
        if not tail:
            return
        if not _may_be_result(cut):
            raise OtherRunError(
                f"{self.path} does not end with a result of a batch; name another output."
            )
        if cut == tail and _is_result(cut):
            self.append(b"\n")
        else:
            os.ftruncate(self._file, size - len(tail))


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The whole lines of a file of results, each with the place in bytes where it starts."""
    place = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield place, line
            place += len(line)


def _last_line(file: int, size: int) -> bytes:
    """What stands after the last end of line of a file of ``size`` bytes."""
    tail = b""
    while size > 0:
        start = max(0, size - _READ_AT_ONCE)
        os.lseek(file, start, os.SEEK_SET)
        piece = os.read(file, size - start)
        place = piece.rfind(b"\n")
        tail = piece[place + 1 :] + tail
        if place >= 0:
            break
        size = start
    return tail


def _may_be_result(line: bytes) -> bool:
    """Whether ``line`` is a result, or the beginning of one, and nothing else such as a row."""
    if not line.startswith(_START[: len(line)]):
        return False
    found = _ID.fullmatch(line)
    if found is not None and not found["rest"].startswith(_AFTER_ID[: len(found["rest"])]):
        return False
    return _is_result(line) or not _is_json(line)


def _is_json(line: bytes) -> bool:
    try:
        parse_json(line)
    except ValueError:
        return False
    return True


def _is_result(line: bytes) -> bool:
    from .results import read_result

    try:
        read_result(line)
    except ValueError:
        return False
    return True


def _failed(path: Path, what: str, error: OSError) -> OutputError:
    return OutputError(f"{path} {what}: {error.strerror or error}.")
