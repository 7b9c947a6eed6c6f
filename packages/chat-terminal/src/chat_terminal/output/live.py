"""Markdown on a terminal while it arrives: finished blocks are printed, the open one is repainted.

The open block is painted by a thread of rich, at most ``_FRAMES`` times a second, and only as much
of its end as the screen shows. So the work for an answer grows with its length, not with its
square. Reasoning is printed dim, as it comes, and is not repainted.

The lines of a paragraph stay lines, which Markdown by itself would join: answers have verses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text

from ..failures import one_line
from .base import StreamedOutput
from .markdown_blocks import MarkdownBlocks
from .plain import printable

if TYPE_CHECKING:
    from chat_core import AIMessageChunk, Tool, ToolCall, ToolMessage
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["LiveOutput"]

_FRAMES = 10


class LiveOutput(StreamedOutput):
    """Shows answers as Markdown and reasoning dim.

    Args:
        console: the terminal; one that is none gets each block once, when it is finished.
        reasoning: whether reasoning is shown.
    """

    def __init__(self, console: Console, *, reasoning: bool = True) -> None:
        self._console = console
        self._shows_reasoning = reasoning
        self._blocks = MarkdownBlocks()
        self._live: Live | None = None
        self._is_waiting = False
        self._in_reasoning = False
        self._is_first = True

    def start(self) -> None:
        """See ``StreamedOutput``."""
        self._is_first = True
        self._is_waiting = True
        self._paint()

    def show(self, chunk: AIMessageChunk) -> None:
        """See ``StreamedOutput``."""
        thought = printable(chunk.reasoning) if self._shows_reasoning else ""
        if thought:
            self._show_reasoning(thought)
        text = printable(chunk.content)
        if text:
            self._show_text(text)

    def end(self) -> None:
        """See ``StreamedOutput``."""
        self._stop_painting()
        self._end_reasoning()
        self._print(self._blocks.finish())

    def call_tool(self, tool: Tool[..., Any], call: ToolCall) -> ToolMessage:
        """See ``Output``. The call is shown dim, in one line."""
        arguments = ", ".join(f"{name}={value!r}" for name, value in call.args.items())
        line = Text(one_line(f"→ {call.name}({arguments})"), style="dim", overflow="ellipsis")
        self._console.print(line, no_wrap=True)
        return super().call_tool(tool, call)

    def close(self) -> None:
        """See ``Output``."""
        self._stop_painting()

    def _show_reasoning(self, text: str) -> None:
        self._stop_painting()
        if not self._in_reasoning:
            self._print(self._blocks.finish())
            self._in_reasoning = True
        self._console.print(Text(text, style="dim"), end="", soft_wrap=True)

    def _end_reasoning(self) -> None:
        if self._in_reasoning:
            self._in_reasoning = False
            self._console.print("\n")

    def _show_text(self, text: str) -> None:
        self._end_reasoning()
        finished = self._blocks.feed(text)
        if self._is_waiting:
            self._stop_painting()
        self._print(finished)
        self._paint()

    def _print(self, blocks: list[str]) -> None:
        for block in blocks:
            if not self._is_first:
                self._console.print()
            self._is_first = False
            self._console.print(_Block(block), end="")

    def _paint(self) -> None:
        """Begin to repaint the open block, unless that is being done or this is no terminal."""
        if self._live is not None or not self._console.is_terminal:
            return
        self._live = Live(
            console=self._console,
            refresh_per_second=_FRAMES,
            transient=True,
            get_renderable=self._open_part,
        )
        self._live.start()

    def _stop_painting(self) -> None:
        self._is_waiting = False
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _open_part(self) -> _Tail | Spinner | Text:
        if self._is_waiting:
            return Spinner("dots", style="dim")
        width, height = self._console.size
        text = self._blocks.tail(width * height)
        return _Tail(text, first=self._is_first) if text.strip() else Text("")


class _Block:
    """Markdown without the blank lines that rich puts around some blocks, and without padding."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _with_newlines(_rendered(self._text, console, options))


class _Tail(_Block):
    """The last lines of a block, as many as the terminal has."""

    def __init__(self, text: str, *, first: bool) -> None:
        super().__init__(text)
        self._first = first

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = _rendered(self._text, console, options)
        if not self._first:
            lines.insert(0, [])
        yield from _with_newlines(lines[-max(1, console.height - 1) :])


def _rendered(text: str, console: Console, options: ConsoleOptions) -> list[list[Segment]]:
    document = Markdown(text, hyperlinks=False)
    for token in document.parsed:
        for child in token.children or ():
            if child.type == "softbreak":
                child.type = "hardbreak"
    lines = [_unpadded(line) for line in console.render_lines(document, options, pad=False)]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _unpadded(line: list[Segment]) -> list[Segment]:
    """``line`` without the spaces at its end that have no colour behind them."""
    while line and not (line[-1].style and line[-1].style.bgcolor):
        stripped = line[-1].text.rstrip(" ")
        if stripped:
            line[-1] = Segment(stripped, line[-1].style)
            break
        line.pop()
    return line


def _with_newlines(lines: list[list[Segment]]) -> Iterator[Segment]:
    for line in lines:
        yield from line
        yield Segment.line()
