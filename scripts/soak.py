"""Stream thousands of answers one after another, over each wire, and see that nothing grows.

Each line of the table is a process of its own that asks a scripted server in another process, over
loopback. Of every ten streams seven are read to their end, two are closed early and one breaks.
What is held half-way is compared to what is held at the end: memory as the
system sees it, Python's blocks and objects, open files, threads. Exits with 1 if any of it grows.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import os
import resource
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count, islice
from multiprocessing.connection import Connection
from pathlib import Path

from chat_conformance import ChatModelConformance
from chat_conformance.backends import KEY
from chat_conformance.declared import (
    Anthropic,
    Bedrock,
    GoogleGenAI,
    Groq,
    MistralAI,
    Ollama,
    OpenAI,
    OpenAIResponses,
)
from chat_conformance.loopback import refuse_everything_but_loopback
from chat_conformance.script import Call, EndOfBody, Reply
from chat_conformance.scripted_server import ScriptedServer
from chat_core import ChatModel, StreamInterruptedError

WIRES: tuple[type[ChatModelConformance], ...] = (
    OpenAI,
    OpenAIResponses,
    Anthropic,
    GoogleGenAI,
    Groq,
    MistralAI,
    Ollama,
    Bedrock,
)
"""One for each decoder, and one for each client beneath."""

MODES = ("sync", "async")


@dataclass(frozen=True, slots=True)
class Level:
    """What this process holds: bytes, Python's blocks of memory and objects, files, threads."""

    bytes: int
    blocks: int
    objects: int
    files: int
    threads: int


SLACK = {"bytes": 12_000_000, "blocks": 200, "objects": 100, "files": 2, "threads": 1}
PER_STREAM = {"bytes": 400.0, "blocks": 0.05, "objects": 0.02, "files": 0.0, "threads": 0.0}
"""How much more may be held at the end than half-way: at all, and for each stream in between.

Caches and free lists still fill, and resident memory moves by megabytes as the allocator pleases;
one object kept by each stream that breaks is found.
"""


def level() -> Level:
    """What is held now, garbage aside."""
    gc.collect()
    return Level(
        _resident_bytes(),
        sys.getallocatedblocks(),
        len(gc.get_objects()),
        len(list(Path("/dev/fd").iterdir())),
        threading.active_count(),
    )


def _resident_bytes() -> int:
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:  # no Linux: the most there ever was, which shows growth too
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


# --- the vendor


@contextmanager
def vendor(subject: type[ChatModelConformance]) -> Iterator[str]:
    """The URL of a vendor in a process of its own, whose memory is not ours."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, subject))
    process.start()
    try:
        yield here.recv()
    finally:
        here.close()
        process.join(10)


def _serve(pipe: Connection, subject: type[ChatModelConformance]) -> None:
    refuse_everything_but_loopback()
    numbers = count()
    with ScriptedServer(subject.simulator) as server:
        server.answer_always(lambda _: _line(next(numbers)))
        pipe.send(server.url)
        while not pipe.poll(0.2):
            server.wire.reset()  # it remembers every exchange


def _line(number: int) -> Reply:
    """No two answers are the same, so that whatever remembers texts or ids is seen to grow."""
    text = f"Goldfish number {number} swims in circles on the moon"
    called = Call("weather", f'{{"city": "Oslo {number}"}}', id=f"call{number:05}")
    tail = (EndOfBody(),) if number % 10 == BREAKS else (called,)
    return Reply(text, *tail, id=f"answer-{number:06}", piece=16)


# --- its reader

BREAKS, CLOSED_EARLY = 5, (3, 8)
"""The last digits of the streams that break, and of those closed after their first chunk."""


def read(model: ChatModel, number: int) -> None:
    """One stream, as a blocking reader has it."""
    stream = model.stream("Hi")
    try:
        for chunk in stream:
            if chunk.content and number % 10 in CLOSED_EARLY:
                break
    except StreamInterruptedError as error:
        if error.partial is None:
            raise
        return
    _check(number, len(stream.message.tool_calls))


async def aread_all(model: ChatModel, numbers: Iterator[int]) -> None:
    """Streams on one event loop, one after another."""
    for number in numbers:
        await aread(model, number)


async def aread(model: ChatModel, number: int) -> None:
    """``read`` on an event loop."""
    async with model.astream("Hi") as stream:
        try:
            async for chunk in stream:
                if chunk.content and number % 10 in CLOSED_EARLY:
                    break
        except StreamInterruptedError as error:
            if error.partial is None:
                raise
            return
        _check(number, len(stream.message.tool_calls))


def _check(number: int, calls: int) -> None:
    assert number % 10 != BREAKS, "a stream that breaks looks whole"
    assert calls == (number % 10 not in CLOSED_EARLY), f"stream {number} has {calls} calls"


# --- the judge


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was held half-way and at the end, and where more was held."""

    wire: str
    mode: str
    streams: int
    seconds: float
    middle: Level
    end: Level
    traced: Sequence[str] = ()

    @property
    def grown(self) -> list[str]:
        """What has grown, for the table."""
        found = []
        for name, more in asdict(self.end).items():
            before = getattr(self.middle, name)
            allowed = SLACK[name] + PER_STREAM[name] * self.streams / 2
            if more - before > allowed:
                found.append(f"{name}: {more - before} more, {allowed:g} are allowed")
        return found


def soak(
    subject: type[ChatModelConformance], mode: str, streams: int, *, trace: bool = False
) -> Row:
    """What is still held after so many streams, with a warm-up of a tenth of them.

    ``trace`` also finds the lines of code whose memory is still held; it takes several times as
    long.
    """
    began = time.monotonic()
    with vendor(subject) as url, asyncio.Runner() as loop:
        model = subject.make_model(base_url=url, api_key=KEY, max_retries=0)
        numbers = iter(count())

        def read_more(size: int) -> None:
            share = islice(numbers, size)
            if mode == "sync":
                for number in share:
                    read(model, number)
            else:
                loop.run(aread_all(model, share))

        read_more(streams // 10)
        if trace:
            tracemalloc.start()
        read_more(streams // 2)
        before = tracemalloc.take_snapshot() if trace else None
        middle = level()
        read_more(streams - streams // 2)
        end = level()
        traced = () if before is None else _traced(before)
        loop.run(model.aclose())
    seconds = time.monotonic() - began
    return Row(subject.__name__, mode, streams, seconds, middle, end, traced)


_NOT_OURS = tracemalloc.Filter(False, tracemalloc.__file__)


def _traced(before: tracemalloc.Snapshot) -> Sequence[str]:
    """The lines of code that hold most of what has come since."""
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    compared = after.filter_traces([_NOT_OURS]).compare_to(
        before.filter_traces([_NOT_OURS]), "lineno"
    )
    return [str(found) for found in compared if found.size_diff > 0][:10]


def judge(wire: str, mode: str, streams: int, trace: bool) -> Row:
    """One row, in a process that nothing else has used."""
    refuse_everything_but_loopback()
    (subject,) = (subject for subject in WIRES if subject.__name__ == wire)
    return soak(subject, mode, streams, trace=trace)


HEAD = f"  {'wire':16} {'mode':6} {'streams':>7} {'s':>6} {'MB':>16} {'blocks':>16} {'objects':>15}"


def shown(row: Row) -> str:
    """One line of the table."""
    middle, end = row.middle, row.end
    sign = "✗" if row.grown else "✓"
    megabytes = f"{middle.bytes / 1e6:.1f} → {end.bytes / 1e6:.1f}"
    line = f"{sign} {row.wire:16} {row.mode:6} {row.streams:7} {row.seconds:6.0f} {megabytes:>16}"
    for before, after, width in (
        (middle.blocks, end.blocks, 16),
        (middle.objects, end.objects, 15),
        (middle.files, end.files, 9),
        (middle.threads, end.threads, 9),
    ):
        line += f" {f'{before} → {after}':>{width}}"
    return "\n".join([line, *(f"    {what}" for what in (*row.grown, *row.traced))])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--streams", type=int, default=10_000, help="of each row (default: 10000)")
    parser.add_argument("--wire", action="append", choices=[wire.__name__ for wire in WIRES])
    parser.add_argument("--trace", action="store_true", help="also print which code holds more")
    given = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    grown = 0
    print(f"{HEAD} {'files':>9} {'threads':>9}    (half-way → at the end)", flush=True)
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as process:
        for wire in given.wire or [wire.__name__ for wire in WIRES]:
            for mode in MODES:
                row = process.submit(judge, wire, mode, given.streams, given.trace).result()
                grown += bool(row.grown)
                print(shown(row), flush=True)
    print(f"{grown} rows grow." if grown else "Nothing grows.")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
