"""``CacheMarks``: how one vendor's wire marks the end of a prefix that is to be cached; pure.

A provider whose vendor caches by itself, or by a call of its own, has none: its cache points are
left out of the request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..errors import InvalidRequestError
from ..json_text import JSONObject
from ..messages.blocks import Block, CachePoint, RefusalBlock, TextBlock, ToolCall
from ..messages.cache_points import place_cache_points
from ..messages.conversation import holds_cache_points
from ..messages.message import AIMessage, Message
from ..tools.spec import ToolSpec

__all__ = ["CacheMarks", "mark_messages", "mark_tools"]

_IN_ANSWERS = (TextBlock, RefusalBlock, ToolCall)


@dataclass(frozen=True, slots=True)
class CacheMarks:
    """The marks of one vendor's wire, for one model.

    Args:
        vendor: who caches, for errors.
        key: the key of a mark, among the ``extras`` of a block.
        value: the value of that key for a point without ``ttl``.
        lifetimes: the vendor's words for ``ttl``, from the shortest, each with its seconds.
        kinds: the classes of blocks in messages of the user, the system and tools that take a mark.
        answers: whether texts and calls of the assistant take one.
        tools: ``"key"`` if a mark is a key of the tool in front, ``"entry"`` if it is an entry of
            its own behind it, ``None`` if tools take none.
    """

    vendor: str
    key: str
    value: JSONObject
    lifetimes: Mapping[str, int]
    kinds: tuple[type, ...]
    answers: bool = True
    tools: Literal["key", "entry"] | None = field(default=None, kw_only=True)

    def takes(self, block: Block, message: Message) -> bool:
        """Whether ``block`` of ``message`` takes a mark. Text of white space alone does not."""
        if isinstance(block, TextBlock | RefusalBlock) and not block.text.strip():
            return False
        if isinstance(message, AIMessage):
            return self.answers and isinstance(block, _IN_ANSWERS)
        return isinstance(block, self.kinds)

    def of(self, point: CachePoint) -> JSONObject:
        """The mark of ``point``, with the shortest lifetime that is at least its ``ttl``.

        Raises ``InvalidRequestError`` for a ``ttl`` that is longer than the vendor has.
        """
        if point.ttl is None:
            return {self.key: dict(self.value)}
        for word, seconds in self.lifetimes.items():
            if seconds >= point.seconds:
                return {self.key: {**self.value, "ttl": word}}
        raise InvalidRequestError(
            f"CachePoint(ttl={point.ttl!r}): {self.vendor} keeps a prefix for"
            f" {' or '.join(self.lifetimes)}, not longer."
        )


def mark_messages(messages: list[Message], marks: CacheMarks | None) -> list[Message]:
    """``messages`` with marks instead of cache points; without ``marks`` the points are left out.

    Raises ``InvalidRequestError`` for a point with nothing before it, or too long a ``ttl``.
    """
    if not holds_cache_points(messages):
        return messages
    if marks is None:
        return place_cache_points(messages, lambda block, message: False, lambda point: {})
    return place_cache_points(messages, marks.takes, marks.of)


def mark_tools(tools: Sequence[Any], marks: CacheMarks | None) -> tuple[Any, ...]:
    """``tools`` with marks instead of cache points; raises like ``mark_messages``."""
    marked: list[Any] = []
    for tool in tools:
        if not isinstance(tool, CachePoint):
            marked.append(tool)
        elif marks is not None and marks.tools is not None and marked:
            _mark_last(marked, marks.of(tool), as_entry=marks.tools == "entry")
    return tuple(marked)


def _mark_last(marked: list[Any], mark: JSONObject, *, as_entry: bool) -> None:
    """Put ``mark`` on the last tool, or behind it; a point behind another one adds nothing."""
    if not as_entry:
        marked[-1] = _with_key(marked[-1], mark)
    elif not isinstance(marked[-1], dict) or marked[-1].keys() != mark.keys():
        marked.append(mark)


def _with_key(tool: ToolSpec | JSONObject, mark: JSONObject) -> ToolSpec | JSONObject:
    if isinstance(tool, ToolSpec):
        return replace(tool, extras={**mark, **tool.extras})
    return {**mark, **tool}
