"""What an answer tells besides its blocks: fields that no rule reads are kept as they came.

Servers put citations, search results, timings and prices beside ``choices``, into the choice or
into the message. Fields of the answer and of its choice become entries of ``response_metadata``
under their own names, the last value of each. Fields of the message may grow from delta to delta:
text is joined, lists are extended, anything else is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chat_core import AIMessageChunk

__all__ = [
    "ANSWER_FIELDS",
    "CHOICE_FIELDS",
    "RARE_FIELDS",
    "STEADY_FIELDS",
    "USUAL_FIELDS",
    "MessageFacts",
    "holds_something",
    "kept",
    "tells_nothing",
]

ANSWER_FIELDS = frozenset({"id", "object", "type", "created", "model", "choices", "usage", "error"})
"""The fields of an answer that are read elsewhere, or name a kind of object."""

CHOICE_FIELDS = frozenset(
    {"index", "delta", "message", "messages", "finish_reason", "logprobs", "usage", "text", "error"}
)
"""The fields of a choice that are read elsewhere."""

USUAL_FIELDS = frozenset({"role", "content", "tool_calls", "reasoning_details", "thinking_blocks"})
"""The fields of a delta or message that are looked for in each; the dialect adds its own."""

RARE_FIELDS = frozenset(
    {"refusal", "annotations", "audio", "images", "function_call", "extra_content", "obfuscation"}
)
"""The fields of a delta or message that are looked for only if it has others than the usual."""

STEADY_FIELDS = frozenset({"service_tier", "system_fingerprint"})
"""Facts that servers repeat in every frame; read in the first and the last ones."""

_OURS = frozenset(
    {
        "finish_reason",
        "logprobs",
        "model_name",
        "model_provider",
        "raw_finish_reason",
        "refusal_logprobs",
        "token_usage",
    }
)
"""Entries of ``response_metadata`` that no field of a server may replace."""

_EMPTY: tuple[Any, ...] = (None, "", [], {})


def kept(wire: dict[str, Any], read: frozenset[str]) -> dict[str, Any]:
    """The fields of ``wire`` that are not in ``read`` and hold something."""
    if read.issuperset(wire):
        return {}
    return {
        name: value
        for name, value in wire.items()
        if name not in read and name not in _OURS and value not in _EMPTY
    }


def tells_nothing(wire: dict[str, Any], read: frozenset[str], known: dict[str, Any]) -> bool:
    """Whether no field of ``wire`` beyond ``read`` has a value that ``known`` does not have."""
    for name, value in wire.items():
        if name not in read and value and known.get(name) != value:
            return False
    return True


class MessageFacts:
    """Collects the fields of deltas that nothing reads."""

    __slots__ = ("_fields",)

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}

    def add(self, delta: dict[str, Any], read: frozenset[str]) -> None:
        """Keep the fields of ``delta`` that are not in ``read``."""
        for name, value in kept(delta, read).items():
            before = self._fields.get(name)
            if before == value:
                continue
            is_growing = isinstance(value, str | list) and before.__class__ is value.__class__
            self._fields[name] = before + value if is_growing and before else value

    def rest(self) -> dict[str, Any]:
        """All of them, at the end of the answer."""
        return self._fields


def holds_something(chunk: AIMessageChunk) -> bool:
    """Whether ``chunk`` holds a block or a fact."""
    return bool(
        chunk.blocks
        or chunk.response_metadata
        or chunk.id
        or chunk.additional_kwargs
        or chunk.usage_metadata is not None
    )
