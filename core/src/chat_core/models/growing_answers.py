"""The JSON of an answer while it streams: in its text, or in the arguments of a tool call."""

from __future__ import annotations

from ..chains.json_in_text import JsonInText
from ..chains.partial_json import PartialJSON
from ..messages.blocks import ToolCallChunk
from ..messages.chunks import AIMessageChunk

__all__ = ["ArgumentsReader", "TextReader"]


class TextReader:
    """Reads the JSON in the visible text."""

    def __init__(self) -> None:
        self._json = JsonInText()

    def add(self, chunk: AIMessageChunk) -> PartialJSON | None:
        """The reader of the value if ``chunk`` has changed it and it is not whole."""
        self._json.feed(chunk.content)
        return self._json.open_growth()


class ArgumentsReader:
    """Reads the arguments of the first call of the tool ``name``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._json = JsonInText()
        self._is_open = False
        self._index: int | None = None

    def add(self, chunk: AIMessageChunk) -> PartialJSON | None:
        """The reader of the arguments if ``chunk`` has changed them and they are not whole."""
        for block in chunk.blocks:
            if isinstance(block, ToolCallChunk) and self._is_ours(block):
                self._json.feed(block.args or "")
        return self._json.open_growth()

    def _is_ours(self, delta: ToolCallChunk) -> bool:
        if not self._is_open and delta.name == self._name:
            self._is_open, self._index = True, delta.index
            return True
        return self._is_open and delta.index == self._index and delta.name in (None, self._name)
