"""llama.cpp's own server as a process of its own, with a model whose answers are known."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.request import urlopen

__all__ = ["PYTHON_VARIABLE", "LlamaServer"]

PYTHON_VARIABLE = "REAL_SERVER_PYTHON"
"""Names the interpreter that has the server; ``make real-server`` sets it."""

_SCRIPTS = Path(__file__).resolve().parents[1] / "scripts" / "real_server"


@cache
def _model(manner: str) -> Path:
    path = Path(mkdtemp(prefix="talker-")) / f"{manner}.gguf"
    subprocess.run([_python(), str(_SCRIPTS / "talker.py"), str(path), manner], check=True)
    return path


def _python() -> str:
    return os.environ[PYTHON_VARIABLE]


class LlamaServer:
    """One server on a loopback port.

    Args:
        manner: what the model does; see ``scripts/real_server/talker.py``.
        settings: ``name=value`` of llama.cpp's parameters.
    """

    def __init__(self, manner: str = "talk", settings: Sequence[str] = ()) -> None:
        command = [_python(), str(_SCRIPTS / "serve.py"), str(_model(manner)), *settings]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), "the server did not start"

    def slots(self) -> list[dict[str, Any]]:
        """The state of each slot, which works on one answer at a time."""
        with urlopen(f"{self.url}/slots", timeout=5) as response:
            slots: list[dict[str, Any]] = json.load(response)
        return slots

    def is_idle_within(self, seconds: float) -> bool:
        """Whether no slot works on an answer any more, waiting at most ``seconds``."""
        end = time.monotonic() + seconds
        while any(slot["is_processing"] for slot in self.slots()):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        self._process.kill()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
