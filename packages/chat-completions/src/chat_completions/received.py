"""What the deltas of a stream have brought, and what a whole message after them adds.

Some servers end a stream with a frame that holds the whole message. Of it only what no delta
brought is read: text and arguments from where the deltas stopped, and fields that no delta had.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Received"]


class Received:
    """The fields of deltas that held something, and their text."""

    __slots__ = ("fields", "texts")

    def __init__(self) -> None:
        self.fields: set[str] = set()
        self.texts: list[str] = []

    def add(self, delta: dict[str, Any]) -> None:
        """Note the fields of a delta."""
        if not self.fields.issuperset(delta):
            self.fields.update([name for name, value in delta.items() if value])

    def is_repeated_by(self, message: dict[str, Any]) -> bool:
        """Whether ``message`` begins with the text of the deltas, and so is no further delta."""
        content = message.get("content")
        return not isinstance(content, str) or content.startswith("".join(self.texts))

    def unsent(self, message: dict[str, Any], reasoning: tuple[str, ...]) -> dict[str, Any]:
        """``message`` without what deltas have brought; ``tool_calls`` stay.

        ``reasoning`` names the fields that hold the same text.
        """
        known = self.fields - {"tool_calls"}
        if not known.isdisjoint(reasoning):
            known |= set(reasoning)
        if "tool_calls" in self.fields:
            known.add("function_call")
        unsent = {name: value for name, value in message.items() if name not in known}
        content, text = message.get("content"), "".join(self.texts)
        if isinstance(content, str) and text and content.startswith(text):
            unsent["content"] = content[len(text) :]
        return unsent
