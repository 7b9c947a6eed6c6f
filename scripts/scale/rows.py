"""Asks rows of a server on loopback with chat-batch and prints, as JSON, what they cost.

    python scripts/scale/rows.py HOW ROWS CONCURRENCY URL FOLDER

HOW is `httpx` or `aiohttp` (one process with that engine), `ray` (two workers on a cluster that is
started here) or `offline` (`offline:demo`, which sends nothing: what chat-batch itself costs).
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chat_batch import run_batch, run_batch_on_ray

WORKERS = 2


@dataclass
class Measured:
    """What the rows cost.

    Args:
        rows: how many there were.
        seconds: from the first row read to the last result written; a few rows were asked before,
            so that imports and the start of workers are no part of it.
        cpu: seconds of CPU of this process (on Ray the driver).
        megabytes: the most memory that this process has held.
    """

    rows: int
    seconds: float
    cpu: float
    megabytes: float


def write_rows(path: Path, count: int) -> None:
    """Rows of about 250 characters."""
    words = "Sing of goldfish on the moon. " * 7
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps({"id": f"row-{number}", "input": f"{number}: {words}"}) + "\n")


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def most_memory() -> float:
    """The most memory that this process has held, in MB; `getrusage` counts its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (kilobytes,) = re.findall(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(kilobytes) / 1024


def measure(how: str, rows: int, concurrency: int, url: str, folder: Path) -> Measured:
    """Ask `rows` rows. Raises what `run_batch` raises."""
    source = folder / f"{os.getpid()}.jsonl"
    write_rows(source, rows)
    options: dict[str, Any] = {
        "model": "groq:any",
        "settings": {"api_key": "k", "base_url": url},
        "max_concurrency": concurrency,
    }
    run: Any = run_batch
    if how == "aiohttp":
        options["settings"]["http_engine"] = how
    if how == "offline":
        options |= {"model": "offline:demo", "settings": {}}
    if how == "ray":
        run = run_batch_on_ray
        options["workers"] = WORKERS
    warm = [{"id": number, "input": "Warm"} for number in range(concurrency)]
    run(warm, out=folder / f"{os.getpid()}-warm.jsonl", **options)
    started, cpu = time.monotonic(), cpu_seconds()
    summary = run(source, out=folder / f"{os.getpid()}-results.jsonl", **options)
    if summary.succeeded != rows:
        raise RuntimeError(f"{summary.succeeded} of {rows} rows were answered")
    return Measured(rows, time.monotonic() - started, cpu_seconds() - cpu, most_memory())


if __name__ == "__main__":
    how, rows, concurrency, url, folder = sys.argv[1:]
    found = measure(how, int(rows), int(concurrency), url, Path(folder))
    print(json.dumps(asdict(found)), flush=True)
