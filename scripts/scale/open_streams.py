"""Opens streams at once in this process and prints, as JSON, what they cost.

    python scripts/scale/open_streams.py ENGINE COUNT SECONDS URL

ENGINE is `httpx`, `aiohttp` or `threads` (blocking code, a thread for each stream).
"""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import resource
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chat_core import ChatModel, get_chat_model

OPENED_AT_ONCE = 50
OPENED_WITHIN = 30.0
"""Seconds after which a process that has not opened all streams is full with those it has."""
FIRST_CHUNK_WITHIN = 600
"""Seconds after which a stream fails; an event loop that is full may be late by a minute."""
LOOK_EVERY = 0.01
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Measured:
    """What so many streams cost.

    Args:
        streams: how many were open.
        chunks: chunks a second.
        cpu: seconds of CPU in a second.
        lag_half, lag_most: how much later than asked a sleep of 10 ms ended, in milliseconds: the
            median, and 99 of 100.
        kilobytes, descriptors: of one stream.
    """

    streams: int
    chunks: float
    cpu: float
    lag_half: float
    lag_most: float
    kilobytes: float
    descriptors: float


class Meter:
    """Counts chunks and takes the cost of the process between `start` and `stop`."""

    def __init__(self) -> None:
        self.chunks = 0
        self.opened = 0
        self.lags: list[float] = []
        self._idle = (resident(), descriptors())

    def start(self) -> None:
        self.lags.clear()
        self._before = (time.monotonic(), cpu_seconds(), self.chunks)

    def stop(self, streams: int) -> Measured:
        moment, cpu, chunks = self._before
        seconds = time.monotonic() - moment
        lags = sorted(self.lags) or [0.0]
        return Measured(
            streams,
            (self.chunks - chunks) / seconds,
            (cpu_seconds() - cpu) / seconds,
            1000 * lags[len(lags) // 2],
            1000 * lags[int(len(lags) * 0.99)],
            (resident() - self._idle[0]) / streams / 1024,
            (descriptors() - self._idle[1]) / streams,
        )


def resident() -> int:
    """Bytes of memory that this process holds."""
    with pathlib.Path("/proc/self/statm").open(encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def on_a_loop(model: ChatModel, count: int, seconds: float) -> Measured:
    """`count` streams in tasks."""
    meter = Meter()

    async def read() -> None:
        is_open = False
        async for _ in model.astream("Sing of goldfish on the moon"):
            meter.chunks += 1
            if not is_open:
                is_open = True
                meter.opened += 1

    async def look() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK_EVERY)
            meter.lags.append(time.monotonic() - before - LOOK_EVERY)

    tasks = [asyncio.create_task(look())]
    end = time.monotonic() + OPENED_WITHIN
    for start in range(0, count, OPENED_AT_ONCE):
        tasks += [asyncio.create_task(read()) for _ in range(min(OPENED_AT_ONCE, count - start))]
        while meter.opened < start and time.monotonic() < end:
            await asyncio.sleep(0.001)
    while meter.opened < count and time.monotonic() < end:
        await asyncio.sleep(LOOK_EVERY)
    meter.start()
    await asyncio.sleep(seconds)
    return meter.stop(meter.opened)


def in_threads(model: ChatModel, count: int, seconds: float) -> Measured:
    """`count` streams, each in a thread of its own."""
    meter = Meter()
    counts = [0] * count

    def read(place: int) -> None:
        for _ in model.stream("Sing of goldfish on the moon"):
            counts[place] += 1

    opened_by = time.monotonic() + OPENED_WITHIN
    for place in range(count):
        if time.monotonic() >= opened_by:  # a thread starts late where many ask for the lock
            break
        threading.Thread(target=read, args=(place,), daemon=True).start()
        while place - sum(map(bool, counts)) > OPENED_AT_ONCE and time.monotonic() < opened_by:
            time.sleep(0.001)
    while not all(counts) and time.monotonic() < opened_by:
        time.sleep(LOOK_EVERY)
    meter.chunks = sum(counts)
    meter.start()
    end = time.monotonic() + seconds
    while (before := time.monotonic()) < end:
        time.sleep(LOOK_EVERY)
        meter.lags.append(time.monotonic() - before - LOOK_EVERY)
    meter.chunks = sum(counts)
    return meter.stop(sum(map(bool, counts)))


def main() -> None:
    engine, count, seconds, url = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    settings: dict[str, Any] = {"max_retries": 0, "timeout": FIRST_CHUNK_WITHIN}
    if engine != "threads":
        settings["http_engine"] = engine
    model = get_chat_model("groq:any", api_key="k", base_url=url, **settings)
    if engine == "threads":
        measured = in_threads(model, int(count), float(seconds))
    else:
        measured = asyncio.run(on_a_loop(model, int(count), float(seconds)))
    print(json.dumps(asdict(measured)), flush=True)
    os._exit(0)  # thousands of streams are open, and nothing waits for their end


if __name__ == "__main__":
    main()
