"""Lines on standard error beside an answer: its usage, and why it ended early."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .exit_codes import ExitCode
from .failures import TerminalError, one_line

if TYPE_CHECKING:
    from chat_core import AIMessage, Message

__all__ = ["finish", "note", "usage_line"]

_MEDIA = {"image": "an image", "audio": "a sound", "video": "a film", "file": "a file"}

_ENDINGS = {
    "length": "The answer was cut off at its largest length; --option max_tokens=N allows more.",
    "content_filter": "The vendor cut the answer off: content filter.",
    "error": "The answer ended with an error of the vendor.",
    "pause": "The vendor paused the answer; it is not whole.",
}


def note(line: str) -> None:
    """Write one line to standard error."""
    print(f"chat: {one_line(line)}", file=sys.stderr)  # noqa: T201 - a program reports here


def finish(
    model: str,
    messages: list[Message],
    answer: AIMessage,
    seconds: float,
    *,
    shows_usage: bool,
    log: bool,
) -> None:
    """Report how ``answer`` ended and what it used, and log it if asked for.

    ``messages`` end with the question or its answer. Raises ``TerminalError`` for an answer that is
    none, and for a log that cannot be written.
    """
    _note_ending(answer)
    if media := _media(answer):
        note(f"The answer has {media}, which --json prints.")
    if shows_usage:
        note(usage_line(_answers(messages, answer), seconds))
    if log:
        from .log_store import add_entry

        add_entry(model, messages, answer, seconds)
    if answer.refusal and not answer.content:
        raise TerminalError(f"The model declined: {answer.refusal}", ExitCode.REFUSED)


def _note_ending(message: AIMessage) -> None:
    """Write a line if the answer did not end by itself."""
    if line := _ENDINGS.get(message.finish_reason or ""):
        note(line)


def _media(answer: AIMessage) -> str:
    """What of ``answer`` no text shows: ``an image``, ``2 images, a file``."""
    kinds = [block.type for block in answer.blocks if block.type in _MEDIA]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return ", ".join(
        _MEDIA[kind] if count == 1 else f"{count} {_MEDIA[kind].split()[-1]}s"
        for kind, count in counts.items()
    )


def _answers(messages: list[Message], answer: AIMessage) -> list[AIMessage]:
    """The answers to the last question: those that call tools, and ``answer``."""
    found: list[AIMessage] = []
    for message in reversed(messages):
        if message.type == "human":
            break
        if message.type == "ai" and message is not answer:
            found.append(message)
    return [*reversed(found), answer]


def usage_line(answers: list[AIMessage], seconds: float) -> str:
    """Tokens in and out of all ``answers``, seconds, and how the last one ended.

    A count that the vendor does not report for one of them is a question mark.
    """
    from chat_core import OutputTokenDetails, UsageMetadata

    usages = [answer.usage_metadata or UsageMetadata() for answer in answers]
    thought = _sum(
        [(usage.output_token_details or OutputTokenDetails()).reasoning for usage in usages]
    )
    parts = [
        f"{_count(_sum([usage.input_tokens for usage in usages]))} tokens in",
        f"{_count(_sum([usage.output_tokens for usage in usages]))} out"
        + (f" ({thought:,} of them reasoning)" if thought else ""),
        f"{seconds:.1f} s",
        f"finish reason {answers[-1].finish_reason or 'unknown'}",
    ]
    return ", ".join(parts)


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"
