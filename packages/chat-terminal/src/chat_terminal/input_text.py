"""Standard input and attachments as bytes, bounded in size, and as text."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

from .exit_codes import ExitCode
from .failures import TerminalError
from .media_kind import is_utf16

__all__ = ["LARGEST", "as_text", "piped_input", "read_file", "read_stdin"]

LARGEST = 50_000_000
"""Bytes of an attachment or of standard input; vendors take less than this in one request."""


def piped_input() -> str:
    """The text on standard input if it is a pipe or a file; empty on a terminal.

    Raises ``TerminalError`` where it is not UTF-8, or too large.
    """
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    return as_text(read_stdin(), "standard input", hint="; attach it with -a - instead")


def read_stdin() -> bytes:
    """All of standard input. Raises ``TerminalError``."""
    if sys.stdin is None or sys.stdin.closed:
        raise TerminalError("standard input is closed.", ExitCode.INPUT)
    try:
        return _read(sys.stdin.buffer, "standard input")
    except OSError as error:
        raise _unreadable("standard input", error) from error


def read_file(path: Path) -> bytes:
    """The bytes of a file or named pipe. Raises ``TerminalError`` naming it."""
    name = repr(str(path))
    try:
        if path.is_dir():
            raise TerminalError(f"{name} is a folder; attach files.", ExitCode.INPUT)
        size = path.stat().st_size
        if size > LARGEST:
            raise _too_large(name, f"has {size:,} bytes")
        with path.open("rb") as file:
            data = _read(file, name)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise _unreadable(name, error) from error
    return data


def as_text(data: bytes, name: str, hint: str = "") -> str:
    """``data``, in UTF-8 or marked UTF-16, as text.

    Raises ``TerminalError`` with the place of the first byte that is none.
    """
    try:
        return data.decode("utf-16" if is_utf16(data) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise TerminalError(
            f"{name} is not UTF-8: byte {data[error.start]:#04x} at offset {error.start}{hint}.",
            ExitCode.INPUT,
        ) from error


def _read(file: BinaryIO, name: str) -> bytes:
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _too_large(name, "goes on beyond that")
    return data


def _too_large(name: str, seen: str) -> TerminalError:
    return TerminalError(
        f"{name} is too large: at most {LARGEST:,} bytes are sent, and it {seen}.", ExitCode.INPUT
    )


def _unreadable(name: str, error: Exception) -> TerminalError:
    code = getattr(error, "errno", None)
    reason = os.strerror(code) if code else str(error)
    return TerminalError(f"{name} cannot be read: {reason}.", ExitCode.INPUT)
