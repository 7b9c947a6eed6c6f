"""Follow docs/write-a-provider.md from its first block to its last, in a bare environment.

Builds wheels of chat-core, of the kit and of what the kit needs, installs them into a new
environment in an empty folder, and runs the page there: files are written, commands are run, and
every law has to hold at the end.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from workspace import ROOT

__all__ = ["Block", "blocks", "follow"]

GUIDE = ROOT / "docs" / "write-a-provider.md"
NEEDED = ("core", *(f"packages/chat-{name}" for name in ("terminal", "batch", "conformance")))
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One block of code in the guide."""

    language: str
    file: str
    text: str


def blocks() -> list[Block]:
    """The blocks of the guide, in order."""
    return [Block(*found) for found in BLOCK.findall(GUIDE.read_text(encoding="utf-8"))]


def follow(folder: Path, run: Callable[[str], str]) -> str:
    """Write the files of the guide and run its commands; returns what the last one printed.

    Raises ``AssertionError`` if the last run of the tests does not hold every law.
    """
    shown = ""
    for block in blocks():
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            shown = run(block.text)
    last = shown.splitlines()[-1]
    assert re.search(r"\d{3} passed", last), last
    assert "failed" not in last, last
    return last


def main() -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheels = folder / "wheels"
        sources = [str(ROOT / each) for each in NEEDED]
        build = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels)]
        _call(sys.executable, "-m", "pip", "wheel", "--quiet", *build, *sources)
        _call(sys.executable, "-m", "venv", str(folder / "environment"))
        environment = folder / "environment" / "bin"
        made = [str(wheel) for wheel in wheels.glob("*.whl")]
        _call(str(environment / "python"), "-m", "pip", "install", "--quiet", *made)
        print(f"environment ready after {time.monotonic() - started:.0f} s", flush=True)

        def run(command: str) -> str:
            env = {**os.environ, "PATH": f"{environment}{os.pathsep}{os.environ['PATH']}"}
            env.pop("PYTHONPATH", None)
            return subprocess.run(
                ["bash", "-euc", command],
                cwd=folder,
                env=env,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout

        print(follow(folder, run))
    print(f"the guide was followed in {time.monotonic() - started:.0f} s")
    return 0


def _call(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
