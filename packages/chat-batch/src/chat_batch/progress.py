"""How far a batch has come, on standard error: a bar on a terminal, lines in a pipe."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from .counts import Counts

if TYPE_CHECKING:
    from rich.live import Live

__all__ = ["progress_line", "shown_progress"]

_REFRESH = 4
"""How often a second the bar is painted."""
_BAR_WIDTH = 40


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
async def shown_progress(counts: Counts, *, every: float) -> AsyncIterator[None]:
    """Show ``counts`` within the block: a bar on a terminal, else a line each ``every`` seconds.

    ``every`` is 0 for neither.
    """
    if not every:
        yield
        return
    if sys.stderr.isatty():
        with _bar(counts):
            yield
        return
    task = asyncio.create_task(_lines(counts, every))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _lines(counts: Counts, every: float) -> None:
    from chat_terminal.command import note

    while True:
        await asyncio.sleep(every)
        note(progress_line(counts))


def _bar(counts: Counts) -> Live:
    """A bar with a line below it, which rich paints anew in a thread of its own."""
    from rich.console import Console
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    def bar() -> Table:
        done = counts.finished_before + counts.succeeded + counts.failed
        rows = Table.grid()
        rows.add_row(ProgressBar(total=counts.total, completed=done, width=_BAR_WIDTH))
        rows.add_row(Text(progress_line(counts)))
        return rows

    console = Console(file=sys.stderr, highlight=False)
    return Live(console=console, get_renderable=bar, refresh_per_second=_REFRESH)


def _money(cost: float | None) -> str:
    return "unknown" if cost is None else f"${cost:,.4f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
