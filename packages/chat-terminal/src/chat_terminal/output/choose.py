"""Which output a command uses: what the user asked for, else what standard output can show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .lines import EventsOutput, JSONOutput
from .plain import PlainOutput

if TYPE_CHECKING:
    from rich.console import Console

    from .base import Output, StreamedOutput

__all__ = ["choose_output", "screen_output", "terminal"]


def choose_output(*, json: bool, events: bool, markdown: bool | None, reasoning: bool) -> Output:
    """The output for ``chat run``; ``markdown`` is ``None`` where neither was asked for."""
    if json:
        return JSONOutput(sys.stdout)
    if events:
        return EventsOutput(sys.stdout)
    return screen_output(markdown=markdown, reasoning=reasoning)


def screen_output(*, markdown: bool | None, reasoning: bool) -> StreamedOutput:
    """Markdown on a terminal that can move its cursor, or where asked for; else plain text."""
    is_terminal = sys.stdout.isatty()
    if markdown is False or (markdown is None and not is_terminal):
        return PlainOutput(sys.stdout, is_terminal=is_terminal)
    console = terminal()
    if markdown is None and console.is_dumb_terminal:
        return PlainOutput(sys.stdout, is_terminal=is_terminal)
    from .live import LiveOutput

    return LiveOutput(console, reasoning=reasoning)


def terminal() -> Console:
    """Standard output as rich has it; a pipe is no terminal, whatever the environment asks for."""
    from .console import OutputConsole

    return OutputConsole(file=sys.stdout, highlight=False, force_terminal=sys.stdout.isatty())
