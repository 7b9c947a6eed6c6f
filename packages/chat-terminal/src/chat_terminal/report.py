"""Lines on standard error beside an answer: its usage, and why it ended early."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .exit_codes import ExitCode
from .failures import TerminalError, one_line

if TYPE_CHECKING:
    from chat_core import AIMessage

__all__ = ["note", "note_ending", "refuse_refusal", "usage_line"]

_ENDINGS = {
    "length": "The answer was cut off at its largest length; --option max_tokens=N allows more.",
    "content_filter": "The vendor cut the answer off: content filter.",
    "error": "The answer ended with an error of the vendor.",
    "pause": "The vendor paused the answer; it is not whole.",
}


def note(line: str) -> None:
    """Write one line to standard error."""
    print(f"chat: {one_line(line)}", file=sys.stderr)  # noqa: T201 - a program reports here


def note_ending(message: AIMessage) -> None:
    """Write a line if the answer did not end by itself."""
    if line := _ENDINGS.get(message.finish_reason or ""):
        note(line)


def refuse_refusal(message: AIMessage) -> None:
    """Raise ``TerminalError`` with the model's own words if it declined to answer."""
    if message.refusal and not message.content:
        raise TerminalError(f"The model declined: {message.refusal}", ExitCode.REFUSED)


def usage_line(message: AIMessage, seconds: float) -> str:
    """Tokens in and out, seconds, and how the answer ended; unknown counts are a question mark."""
    usage = message.usage_metadata
    read, written = (usage.input_tokens, usage.output_tokens) if usage else (None, None)
    details = usage.output_token_details if usage else None
    thought = details.reasoning if details else None
    parts = [
        f"{_count(read)} tokens in",
        f"{_count(written)} out" + (f" ({thought} of them reasoning)" if thought else ""),
        f"{seconds:.1f} s",
        f"finish reason {message.finish_reason or 'unknown'}",
    ]
    return ", ".join(parts)


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"
