"""One contestant in a process of its own: jobs come in on stdin, what they cost goes out.

A job is one line of JSON: `{"way": "astream", "wire": "openai", "url": ..., "times": 3, ...}`. The
answer is `{"cpu": s, "wall": s, "units": n, "peak": bytes}`: `units` counts what the contestant
handed on (chunks, objects, events), so that whoever delivers less is seen. CPU seconds are those of
the whole process, its threads included.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Job = dict[str, Any]


def resident() -> int:
    """Bytes of memory in use by this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def gauge(peak: list[int]) -> None:
    """Keep the highest `resident` in `peak` until cancelled."""
    while True:
        peak[0] = max(peak[0], resident())
        await asyncio.sleep(0.02)


async def perform(job: Job, run: Callable[[Job], Awaitable[int]]) -> dict[str, float]:
    """Run `job` as many times as it says, `streams` at once, and say what it cost."""
    streams = int(job.get("streams", 1))
    for _ in range(int(job.get("warm", 0))):
        await run(job)
    gc.collect()
    idle = resident()
    peak = [idle]
    gauging = asyncio.ensure_future(gauge(peak)) if job.get("gauge") else None
    wall, cpu = time.perf_counter(), time.process_time()
    units = 0
    for _ in range(int(job.get("times", 1))):
        if streams == 1:
            units += await run(job)
        else:
            units += sum(await asyncio.gather(*[run(job) for _ in range(streams)]))
    cost = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "units": units}
    if gauging is not None:
        gauging.cancel()
        cost["peak"] = max(peak[0], resident()) - idle
    return cost


async def serve(contestant: Any) -> None:
    """Answer jobs until stdin ends."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        job = json.loads(line)
        run = contestant.prepare(job)
        print(json.dumps(await perform(job, run)), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    asyncio.run(serve(import_module(f"contestants.{sys.argv[1]}")))
