"""Measure how far one process carries, and write docs/scale.md: `python scripts/scale [--size S]`.

`--size full` (the default) takes some ten minutes on two quiet cores, `--size small` two. The page
says which size it was made with, and how busy the machine was.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import limiter
import open_streams
import page
import rows

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RAY_PYTHON = ROOT / ".venv-ray" / "bin" / "python"
ENGINES = ("httpx", "aiohttp", "threads")
CONCURRENCY = 64
"""Requests of a batch at once, in all its processes together."""
ARRIVE_IN_TIME = 0.8
"""The part of the chunks that arrives in its second while a process is not full."""


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Args:
        counts: how many streams at once.
        seconds: how long each number of streams is measured.
        rows: rows of a batch.
        fewer_rows: rows where each takes longer.
        limits: the simulation of the limiter.
    """

    counts: tuple[int, ...]
    seconds: float
    rows: int
    fewer_rows: int
    limits: limiter.Plan


SIZES = {
    "small": Size((100, 200, 400), 3, 5_000, 1_000, limiter.Plan(10_000, 6_000, 420, (120, 140))),
    "full": Size(
        (100, 200, 400, 800, 1_600, 3_200),
        5,
        100_000,
        10_000,
        limiter.Plan(10_000, 6_000, 420, (120, 140)),
    ),
}


@contextmanager
def server() -> Iterator[str]:
    """The address of a server of its own process."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "server.py")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def start(python: str | Path, script: str, *arguments: object) -> subprocess.Popen[str]:
    """A script of this folder, in another process."""
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    return subprocess.Popen(
        [str(python), str(HERE / script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def outcome(process: subprocess.Popen[str]) -> Any:
    """What a script has printed last, read as JSON. Raises `RuntimeError` if it failed."""
    printed, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{process.args!r:.200} failed")
    return json.loads(printed.strip().splitlines()[-1])


def measure_streams(engine: str, size: Size) -> list[open_streams.Measured]:
    """More and more streams, until the process is full."""
    found: list[open_streams.Measured] = []
    for count in size.counts:
        with server() as url:
            process = start(sys.executable, "open_streams.py", engine, count, size.seconds, url)
            measured = open_streams.Measured(**outcome(process))
        print(engine, measured, flush=True)
        found.append(measured)
        if measured.streams < count or is_full(measured):
            break
    return found


def is_full(measured: open_streams.Measured) -> bool:
    """Whether chunks come later than they are sent, by a fifth."""
    return measured.chunks < ARRIVE_IN_TIME * measured.streams * page.CHUNKS


def measure_rows(size: Size) -> dict[str, list[rows.Measured]]:
    """Rows in one process, in two, and on Ray where its environment is there."""
    found: dict[str, list[rows.Measured]] = {}
    with tempfile.TemporaryDirectory() as folder, server() as url:

        def ask(name: str, how: str, count: int, *, processes: int = 1) -> None:
            python = RAY_PYTHON if how == "ray" else sys.executable
            of_each = (count // processes, CONCURRENCY // processes, url, folder)
            running = [start(python, "rows.py", how, *of_each) for _ in range(processes)]
            found[name] = [rows.Measured(**outcome(each)) for each in running]
            print(name, found[name], flush=True)

        ask("one process, `aiohttp`", "aiohttp", size.rows)
        ask("one process, `httpx`", "httpx", size.fewer_rows)
        ask("two processes, `httpx`", "httpx", size.fewer_rows, processes=2)
        if RAY_PYTHON.exists():
            ask("Ray, two workers, `httpx`", "ray", size.fewer_rows)
        ask("one process, `offline:demo`", "offline", size.rows)
    return found


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    name = parser.parse_args().size
    size = SIZES[name]
    load = os.getloadavg()[0]
    streams = {engine: measure_streams(engine, size) for engine in ENGINES}
    asked = measure_rows(size)
    simulated = limiter.simulate(size.limits)
    load = max(load, os.getloadavg()[0])
    text = page.page(name, load, streams, asked, size.limits, simulated)
    (ROOT / "docs" / "scale.md").write_text(text, encoding="utf-8")
    print("written: docs/scale.md")


if __name__ == "__main__":
    main()
