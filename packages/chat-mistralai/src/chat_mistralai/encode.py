"""Messages, settings and options to the body of a request; pure.

The shared Chat Completions encoder does most of it. What it has no words for is an assistant turn
of parts: thinking, references to sources and documents stand beside the text, in the order in
which they came. Such a turn gives its ``content`` as a field of the wire message; of another
vendor's answer the shared encoder sends no such fields, only text and tool calls. A message's
``name`` stands before its text: Mistral refuses it as a field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from chat_completions.encode import encode_request as encode_completions
from chat_completions.encode_media import encode_part
from chat_completions.reasoning import LISTS
from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    FileBlock,
    ImageBlock,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
)
from chat_core.provider import name_in_text

from .dialect import DIALECT

if TYPE_CHECKING:
    from chat_core.provider import CallOptions

__all__ = ["encode_request"]

_OF_OTHER_WIRES = frozenset({"field", *LISTS})
"""Extras of reasoning that came in a field of its own, as no Mistral model sends it."""


def encode_request(
    messages: Sequence[Message],
    options: CallOptions,
    *,
    model: str,
    settings: Mapping[str, Any],
    model_kwargs: Mapping[str, Any],
    stream: bool,
) -> dict[str, Any]:
    """The request body. ``settings`` are under Mistral's names, ``seed`` under ours too.

    Raises ``InvalidParameterError`` for what this wire cannot say.
    """
    wire_settings = dict(settings)
    seed = wire_settings.pop("seed", None)
    if wire_settings.get("random_seed") is None:
        wire_settings["random_seed"] = seed
    return encode_completions(
        [_in_parts(name_in_text(message)) for message in messages],
        model=model,
        settings=wire_settings,
        options=options,
        stream=stream,
        dialect=DIALECT,
        stream_usage=False,  # Mistral always sends it, and refuses the question
        model_kwargs=model_kwargs,
    )


def _in_parts(message: Message) -> Message:
    """An answer that is more than text, with its content as parts."""
    if not isinstance(message, AIMessage):
        return message
    parts = [part for block in message.blocks for part in _parts(block)]
    if all(part.get("type") == "text" for part in parts):
        return message
    changed = copy(message)
    changed.additional_kwargs = {"content": parts, **message.additional_kwargs}
    return changed


def _parts(block: Block) -> list[dict[str, Any]]:
    """The content parts of a block; none for a tool call, which goes into ``tool_calls``."""
    if isinstance(block, TextBlock):
        return _text(block)
    if isinstance(block, ReasoningBlock):
        thinking = [{"type": "text", "text": block.text}] if block.text else []
        extras = {name: block.extras[name] for name in block.extras if name not in _OF_OTHER_WIRES}
        return [{"type": "thinking", "thinking": thinking, **extras}]
    if isinstance(block, NonStandardBlock):
        return [block.value]
    if isinstance(block, RefusalBlock):
        return [{"type": "text", "text": block.text}]
    if isinstance(block, ImageBlock | FileBlock | AudioBlock):
        return [encode_part(block, DIALECT)]
    return []


def _text(block: TextBlock) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"type": "text", "text": block.text}] if block.text else []
    for citation in block.citations:
        if "reference_ids" in citation.extras:
            ids = citation.extras["reference_ids"]
            parts.append({"type": "reference", "reference_ids": ids})
    return parts
