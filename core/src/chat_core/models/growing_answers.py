"""The JSON of an answer while it streams: in its text, or in the arguments of a tool call."""

from __future__ import annotations

from ..chains.json_in_text import JsonInText
from ..json_text import JSON
from ..messages.blocks import ToolCall, ToolCallChunk
from ..messages.chunks import AIMessageChunk
from ..messages.message import AIMessage

__all__ = ["ArgumentsReader", "TextReader"]


class TextReader:
    """Reads the JSON in the visible text."""

    def __init__(self) -> None:
        self._json = JsonInText()

    def add(self, chunk: AIMessageChunk | AIMessage) -> JSON:
        """The value so far if ``chunk`` has changed it, else ``MISSING``."""
        self._json.feed(chunk.content)
        return self._json.growth()


class ArgumentsReader:
    """Reads the arguments of the first call of the tool ``name``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._json = JsonInText()
        self._is_open = False
        self._index: int | None = None

    def add(self, chunk: AIMessageChunk | AIMessage) -> JSON:
        """The arguments so far if ``chunk`` has changed them, else ``MISSING``."""
        for block in chunk.blocks:
            if isinstance(block, ToolCall) and block.name == self._name:
                return block.args
            if isinstance(block, ToolCallChunk) and self._is_ours(block):
                self._json.feed(block.args or "")
        return self._json.growth()

    def _is_ours(self, delta: ToolCallChunk) -> bool:
        if not self._is_open and delta.name == self._name:
            self._is_open, self._index = True, delta.index
            return True
        return self._is_open and delta.index == self._index and delta.name in (None, self._name)
