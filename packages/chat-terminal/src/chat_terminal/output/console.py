"""Standard output as rich has it, with a closed pipe as the exception that it is."""

from __future__ import annotations

from rich.console import Console

__all__ = ["OutputConsole"]


class OutputConsole(Console):
    """A console that raises ``BrokenPipeError`` where rich would end the process with 1."""

    def on_broken_pipe(self) -> None:
        """Called by rich while it handles a ``BrokenPipeError``."""
        raise  # noqa: PLE0704 - rich calls it in its handler
