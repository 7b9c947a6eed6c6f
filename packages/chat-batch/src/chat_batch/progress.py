"""How far a batch has come, on standard error: a bar on a terminal, lines in a pipe."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from .counts import Counts

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["progress_line", "shown_progress"]

_REFRESH = 0.25
"""Seconds between two states of the bar."""


def progress_line(counts: Counts) -> str:
    """Rows, rate, errors, tokens, cost and time left, on one line."""
    done = counts.finished_before + counts.succeeded + counts.failed
    total = "?" if counts.total is None else f"{counts.total:,}"
    parts = [
        f"{done:,}/{total} rows",
        f"{counts.rate:,.1f}/s",
        f"{counts.failed:,} failed",
        f"{counts.input_tokens:,} tokens in, {counts.output_tokens:,} out",
        f"cost {_money(counts.known_cost)}",
    ]
    if (left := counts.seconds_left) is not None:
        parts.append(f"{_clock(left)} left")
    return ", ".join(parts)


@asynccontextmanager
async def shown_progress(
    counts: Counts, note: Callable[[str], None], *, every: float
) -> AsyncIterator[None]:
    """Show ``counts`` within the block: a bar on a terminal, else a line each ``every`` seconds.

    ``every`` is 0 for no lines and no bar. ``note`` writes a line.
    """
    if not every:
        yield
        return
    is_terminal = sys.stderr.isatty()
    showing = _bar(counts) if is_terminal else _lines(counts, note, every)
    task = asyncio.create_task(showing)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _lines(counts: Counts, note: Callable[[str], None], every: float) -> None:
    while True:
        await asyncio.sleep(every)
        note(progress_line(counts))


async def _bar(counts: Counts) -> None:
    progress = _new_bar()
    task = progress.add_task("", total=counts.total)
    with progress:
        try:
            while True:
                _update(progress, task, counts)
                await asyncio.sleep(_REFRESH)
        finally:
            _update(progress, task, counts)


def _update(progress: Progress, task: object, counts: Counts) -> None:
    done = counts.finished_before + counts.succeeded + counts.failed
    identifier: int = task  # type: ignore[assignment]
    progress.update(
        identifier,  # type: ignore[arg-type]
        completed=done,
        total=counts.total,
        description=progress_line(counts),
    )


def _new_bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(file=sys.stderr, highlight=False)
    return Progress(
        BarColumn(bar_width=20), TextColumn("{task.description}", markup=False), console=console
    )


def _money(cost: float | None) -> str:
    return "unknown" if cost is None else f"${cost:,.4f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
