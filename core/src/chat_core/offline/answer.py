"""The answer of an offline model: a pure function from messages and options to chunks.

Rules:

- A tool that ``tool_choice`` forces is called. Other bound tools are called, the first of them,
  unless the last message is the result of a tool.
- A response schema is filled with example values (``example_values.py``); JSON mode gives an
  object.
- Any other answer repeats the beginning of the last message and goes on with a fixed verse.
- A token is a word with the white space around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..json_text import write_json
from ..messages.blocks import ReasoningBlock, ToolCallChunk
from ..messages.chunks import AIMessageChunk, arguments_delta, block_delta, text_delta
from ..messages.message import Message, ToolMessage
from ..messages.usage import OutputTokenDetails, UsageMetadata
from ..tools.spec import CallOptions, ToolSpec
from .example_values import example_value

__all__ = ["answer_chunks"]

_VERSE = (
    "Goldfish on the moon tonight,\nswimming circles, silver-white,\n"
    "no one there to feed them crumbs,\nstill they hum until dawn comes."
)
_THOUGHT = "No vendor is asked here, so every question gets the same verse."
_SHOWN = 80
"""Characters of the question that the answer repeats."""

_PIECE = 6
"""Characters of a tool call's arguments in one delta."""


def answer_chunks(
    messages: Sequence[Message],
    options: CallOptions,
    *,
    model: str,
    thinks: bool = False,
    max_tokens: int | None = None,
    stop: Iterable[str] = (),
) -> list[AIMessageChunk]:
    """The chunks of the answer, the last with finish reason, usage and the model's name.

    Args:
        messages: the conversation so far.
        options: tools, the choice among them, and the schema of the answer.
        model: the name to report.
        thinks: send reasoning first.
        max_tokens: words after which the text is cut off.
        stop: texts before which the text ends.
    """
    last = messages[-1] if messages else None
    thought = list(_words(_THOUGHT)) if thinks else []
    chunks = [block_delta(ReasoningBlock(word, index=0)) for word in thought]
    tool = _tool_to_call(options, last)
    if tool is not None:
        chunks += _call(tool, count=sum(isinstance(m, ToolMessage) for m in messages))
        finish = "tool_calls"
    else:
        words, finish = _cut(_text(options, last), stop, max_tokens)
        chunks += [text_delta(word, 1) for word in words]
    chunks.append(_end(messages, chunks, model, finish, reasoning=len(thought)))
    return chunks


def _tool_to_call(options: CallOptions, last: Message | None) -> ToolSpec | None:
    functions = [tool for tool in options.tools if isinstance(tool, ToolSpec)]
    choice = options.tool_choice
    if choice == "none" or not functions:
        return None
    is_forced = choice not in (None, "auto")
    if not is_forced and isinstance(last, ToolMessage):
        return None
    named = [tool for tool in functions if tool.name == choice]
    return (named or functions)[0]


def _call(tool: ToolSpec, count: int) -> Iterator[AIMessageChunk]:
    """The deltas of one call; ``count`` makes its id differ from those of earlier calls."""
    yield block_delta(ToolCallChunk(tool.name, "", f"call{count + 1:05}", index=0))
    arguments = write_json(example_value(tool.parameters))
    for start in range(0, len(arguments), _PIECE):
        yield arguments_delta(arguments[start : start + _PIECE], 0)


def _text(options: CallOptions, last: Message | None) -> str:
    if options.response_schema is not None:
        return write_json(example_value(options.response_schema.schema))
    if options.json_mode:
        return '{"answer": "Hello."}'
    content = last.content if last is not None else ""
    seen = " ".join(content[: 4 * _SHOWN].split())
    seen = seen if len(seen) <= _SHOWN else f"{seen[: _SHOWN - 1]}…"
    if isinstance(last, ToolMessage):
        return f"The tool answered: {seen}"
    return f"You wrote: {seen}\n\n{_VERSE}" if seen else _VERSE


def _cut(text: str, stop: Iterable[str], max_tokens: int | None) -> tuple[list[str], str]:
    """The words of ``text`` as far as the limits allow, and the finish reason."""
    places = [place for end in stop if end and (place := text.find(end)) >= 0]
    words = list(_words(text[: min(places)] if places else text))
    if max_tokens is not None and len(words) > max_tokens:
        return words[:max_tokens], "length"
    return words, "stop"


def _words(text: str) -> Iterator[str]:
    """``text`` in pieces that end behind white space; joined they are ``text``."""
    return (found.group() for found in re.finditer(r"\s*\S+\s*", text))


def _end(
    messages: Sequence[Message],
    chunks: Sequence[AIMessageChunk],
    model: str,
    finish: str,
    *,
    reasoning: int,
) -> AIMessageChunk:
    read = sum(len(message.content.split()) for message in messages)
    metadata: dict[str, Any] = {
        "model_name": model,
        "model_provider": "offline",
        "finish_reason": finish,
        "raw_finish_reason": finish,
    }
    usage = UsageMetadata(
        input_tokens=read,
        output_tokens=len(chunks),
        total_tokens=read + len(chunks),
        output_token_details=OutputTokenDetails(reasoning=reasoning or None),
    )
    return AIMessageChunk(id="offline-answer", usage_metadata=usage, response_metadata=metadata)
