"""The page docs/scale.md: the text of `scale.md` beside this file, with what was measured."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path

import limiter
import open_streams
import rows

__all__ = ["page"]

TEXT = Path(__file__).with_name("scale.md")
MILLION = 1_000_000
CHUNKS = 20
"""Chunks of a stream in a second, as the server sends them."""
CORES_OF_A_HOST = 16
PORTS = 60_999 - 32_768
HEADROOM = 0.7
"""The part of a full process that is used on paper."""
BUSY = " Other programs had the machine busy."


def page(
    size: str,
    load: float,
    streams: Mapping[str, Sequence[open_streams.Measured]],
    asked: Mapping[str, Sequence[rows.Measured]],
    plan: limiter.Plan,
    simulated: limiter.Outcome,
) -> str:
    """The whole page."""
    cores = os.cpu_count() or 1
    return TEXT.read_text(encoding="utf-8").format(
        size=size,
        cores=cores,
        load=load,
        busy=BUSY if load > cores else "",
        chunks=CHUNKS,
        streams="\n".join(_stream_rows(streams)),
        rates="\n".join(_rates(asked)),
        headroom=HEADROOM,
        host=CORES_OF_A_HOST,
        paper="\n".join(_paper(streams)),
        ports=PORTS,
        **_limiter(plan, simulated),
    )


def _stream_rows(streams: Mapping[str, Sequence[open_streams.Measured]]) -> list[str]:
    return [
        f"| {_name(engine)} | {each.streams:,} | {each.chunks:,.0f} | {each.cpu:.2f} |"
        f" {each.lag_half:.1f} ms | {each.lag_most:.1f} ms | {each.kilobytes:.0f} kB |"
        f" {each.descriptors:.2f} |"
        for engine, measured in streams.items()
        for each in measured
    ]


def _name(engine: str) -> str:
    return "threads, blocking code" if engine == "threads" else f"`{engine}`"


def _rates(asked: Mapping[str, Sequence[rows.Measured]]) -> list[str]:
    lines = []
    for how, measured in asked.items():
        total = sum(each.rows for each in measured)
        rate = total / max(each.seconds for each in measured)
        cpu = sum(each.cpu for each in measured) / total
        most = max(each.megabytes for each in measured)
        lines.append(
            f"| {how} | {total:,} | {rate:,.0f} | {3600 * rate:,.0f} | {1000 * cpu:.2f} ms |"
            f" {most:.0f} MB |"
        )
    return lines


def _paper(streams: Mapping[str, Sequence[open_streams.Measured]]) -> list[str]:
    lines = []
    for engine in ("httpx", "aiohttp"):
        dearest = max(streams[engine], key=lambda each: each.cpu / each.chunks)
        most = max(streams[engine], key=lambda each: each.streams)
        of_process = HEADROOM * dearest.chunks / dearest.cpu / CHUNKS
        of_host = of_process * CORES_OF_A_HOST
        memory = of_host * most.kilobytes / 1024 / 1024
        lines.append(
            f"| `{engine}` | {of_process:,.0f} | {of_host:,.0f} | {ceil(MILLION / of_host):,} |"
            f" {memory:.1f} GB | {of_process * most.descriptors:,.0f} |"
        )
    return lines


def _limiter(plan: limiter.Plan, simulated: limiter.Outcome) -> dict[str, object]:
    waits = sorted(simulated.waits)
    recovered = limiter.seconds_to_recover(plan, simulated)
    most, micro = simulated.most_in_a_minute, 1e6 * simulated.cpu / simulated.questions
    return {
        "workers": plan.workers,
        "per_minute": plan.per_minute,
        "seconds": plan.seconds,
        "storm_start": plan.storm[0],
        "storm_end": plan.storm[1],
        "storm_wait": limiter.STORM_WAIT,
        "started": len(simulated.starts),
        "most": most,
        "overshoot": max(0, most - plan.per_minute),
        "fewest": min(simulated.served),
        "most_served": max(simulated.served),
        "fairness": simulated.fairness,
        "wait": waits[len(waits) // 2],
        "longest": waits[int(len(waits) * 0.99)],
        "refused": simulated.refused,
        "before": simulated.rate(0, plan.storm[0]),
        "after": simulated.rate(plan.storm[1], plan.seconds),
        "recovered": "not within this run" if recovered is None else f"{recovered:.0f} s",
        "questions": simulated.questions,
        "micro": micro,
        "answers": 1e6 / micro,
        "apart": min(20, 60_000 / plan.per_minute),
    }
