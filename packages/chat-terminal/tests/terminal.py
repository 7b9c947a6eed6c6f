"""The command ``chat`` in a real terminal (a pseudo-terminal), and what its screen then shows."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Self

import pyte

__all__ = ["Terminal", "chat", "command"]


def command(*arguments: str) -> list[str]:
    """The words that run ``chat`` in a process of its own."""
    return [sys.executable, "-m", "chat_terminal", *arguments]


def chat(
    *arguments: str,
    env: dict[str, str],
    stdin: str | bytes = b"",
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``chat`` with pipes for its standard streams."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        command(*arguments),
        env=env,
        input=data,
        capture_output=True,
        check=False,
        timeout=110,
        cwd=folder,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def _own_terminal() -> None:
    """Runs in the new process: the terminal is its own, and Ctrl-C in it ends it.

    A test run that was started in the background ignores Ctrl-C, and its processes inherit that.
    """
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A process whose standard streams are a terminal of the given size.

    Its output goes through a terminal emulator: ``screen()`` is what a person would see,
    ``received`` the bytes.
    """

    def __init__(
        self, *arguments: str, env: dict[str, str], columns: int = 80, rows: int = 24
    ) -> None:
        self.received = b""
        self._screen = pyte.HistoryScreen(columns, rows, history=5000)
        self._parser = pyte.ByteStream(self._screen)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._descriptor = ours
        self.process = subprocess.Popen(
            command(*arguments),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={"TERM": "xterm-256color", **env},
            start_new_session=True,
            preexec_fn=_own_terminal,  # noqa: PLW1509
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._descriptor)

    def type(self, text: str) -> None:
        """Send ``text`` as from the keyboard."""
        os.write(self._descriptor, text.encode())

    def wait_for(self, text: str, seconds: float = 90) -> None:
        """Return when the screen shows ``text``; fails after ``seconds``."""
        deadline = time.monotonic() + seconds
        while text not in self.screen():
            assert time.monotonic() < deadline, f"no {text!r} on:\n{self.screen()}"
            if not self._read(0.2) and self.process.poll() is not None:
                break
        assert text in self.screen(), f"ended without {text!r}:\n{self.screen()}"

    def wait(self, seconds: float = 90) -> int:
        """The exit code, once the process has ended and all its output was read."""
        deadline = time.monotonic() + seconds
        while self._read(0.2) or self.process.poll() is None:
            assert time.monotonic() < deadline, f"does not end:\n{self.screen()}"
        return self.process.wait()

    def screen(self) -> str:
        """All lines so far, those that have scrolled away included, without spaces at their end."""
        width = self._screen.columns
        above = [
            "".join(line[column].data for column in range(width))
            for line in self._screen.history.top
        ]
        lines = [line.rstrip() for line in [*above, *self._screen.display]]
        return "\n".join(lines).rstrip()

    def _read(self, seconds: float) -> bool:
        """Take in what has arrived; whether anything had."""
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        data = b""
        if ready:
            with contextlib.suppress(OSError):  # the other side is closed
                data = os.read(self._descriptor, 65536)
        self.received += data
        self._parser.feed(data)
        return bool(data)
