"""Reasoning beside the answer: the fields it arrives in, and what must go back with the turn.

Text comes as ``reasoning_content`` (DeepSeek, vLLM, Fireworks, xAI), as ``reasoning`` (Groq,
OpenRouter, Ollama), or only inside one of three lists, whose entries also hold signatures and
encrypted thoughts: ``reasoning_details`` (OpenRouter), ``thinking_blocks`` (LiteLLM), and
``content`` with parts of type ``reasoning`` (Databricks) or ``thinking``. The block's ``extras``
tell how it came:

- ``field``: the field of the text. DeepSeek wants it back under the same name in a turn with tool
  calls, even where it is empty.
- ``reasoning_details``, ``thinking_blocks``, ``content``: the entries, whole, which go back
  verbatim. Entries of the last two are kept only if one of them holds more than text.
"""

from __future__ import annotations

from typing import Any

from chat_core import ReasoningBlock

from .entries import entries

__all__ = ["LISTS", "REASONING_PARTS", "ReasoningReader", "text_of"]

LISTS = ("reasoning_details", "thinking_blocks", "content")
"""The lists that entries of reasoning come in, and go back in."""

REASONING_PARTS = frozenset({"reasoning", "thinking", "redacted_thinking", "reasoning_text"})
"""The types of content parts that hold reasoning."""

_TEXT_FIELDS = ("text", "thinking", "summary", "reasoning", "content")
"""Where the text of an entry may be, the first that holds some wins."""

_GROWS = {
    "reasoning.text": "text",
    "reasoning.summary": "summary",
    "thinking": "thinking",
    "reasoning": "summary",
}
"""The kinds of entries that arrive in pieces, and what grows. Encrypted ones come whole."""

_PLAIN = frozenset({"type", "index", "format", "id", *_TEXT_FIELDS})
"""The fields of an entry that holds nothing but text."""


class ReasoningReader:
    """Follows the reasoning of one answer, which is one block with index 0."""

    __slots__ = ("_details", "_field", "_fields", "_texts", "has_text")

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._fields = fields
        self._field: str | None = None
        self._details: dict[str, list[_Detail]] = {}
        self._texts: list[str] = []
        self.has_text = False
        """Whether text has been read."""

    def read(self, delta: dict[str, Any]) -> ReasoningBlock | None:
        """The reasoning of one delta or message: of its fields the first that holds text."""
        text = ""
        for field in self._fields:
            value = delta.get(field)
            if value is not None:
                text = text_of(value)
                if text or self._field is None:
                    self._field = field
                if text:
                    break
        for name in ("reasoning_details", "thinking_blocks"):
            details = entries(delta.get(name)) if name in delta else ()
            if not details:
                continue
            listed = "".join([text_of(detail) for detail in details])
            if not text and self._is_repeated(listed, details):
                self._details.pop(name, None)
            else:
                text = text or listed
            self._keep(name, details)
        return self._block(text)

    def read_part(self, part: dict[str, Any]) -> ReasoningBlock | None:
        """A content part of one of the types ``REASONING_PARTS``."""
        self._keep("content", [part])
        return self._block(text_of(part))

    def rest(self, *, made_calls: bool) -> ReasoningBlock | None:
        """At the end: what belongs to the block besides the text already handed out."""
        kept = {
            name: [detail.build() for detail in details]
            for name, details in self._details.items()
            if name == "reasoning_details" or any(not detail.is_plain for detail in details)
        }
        if kept:
            return ReasoningBlock("", index=0, extras=kept)
        if made_calls and self._field and not self.has_text:
            return ReasoningBlock("", index=0, extras={"field": self._field})
        return None

    def _is_repeated(self, text: str, details: list[dict[str, Any]]) -> bool:
        """Whether entries that came without a field's text are all of the reasoning again.

        Servers that sign reasoning at its end send its text with the signature.
        """
        had_field = self._field is not None and self.has_text
        is_signed = any(detail.get("signature") for detail in details)
        if not (had_field or (is_signed and len(self._texts) > 1)):
            return False
        return bool(text) and text == "".join(self._texts)

    def _block(self, text: str) -> ReasoningBlock | None:
        if not text:
            return None
        block = ReasoningBlock(text, index=0)
        self._texts.append(text)
        if not self.has_text:
            self.has_text = True
            if self._field:
                block.extras["field"] = self._field
        return block

    def _keep(self, name: str, details: list[dict[str, Any]]) -> None:
        kept = self._details.setdefault(name, [])
        for wire in details:
            if not (kept and kept[-1].takes(wire)):
                kept.append(_Detail(wire))
            else:
                kept[-1].add(wire)


class _Detail:
    """One entry of a list of reasoning, whose text may still be growing."""

    __slots__ = ("_grows", "_pieces", "_wire")

    def __init__(self, wire: dict[str, Any]) -> None:
        self._wire = dict(wire)
        self._grows = _GROWS.get(wire.get("type") or "")
        self._pieces: list[Any] = []

    @property
    def is_plain(self) -> bool:
        """Whether the entry holds nothing but text."""
        filled = {name for name, value in self._wire.items() if value}
        inner = [entry for name in _TEXT_FIELDS for entry in entries(self._wire.get(name))]
        return filled <= _PLAIN and all(
            {name for name, value in entry.items() if value} <= _PLAIN for entry in inner
        )

    def takes(self, wire: dict[str, Any]) -> bool:
        """Whether ``wire`` continues this entry: same kind and index, and no id of its own.

        A signature ends an entry of ``thinking``.
        """
        mine = self._wire
        return (
            self._grows is not None
            and wire.get("type") == mine.get("type")
            and wire.get("index") == mine.get("index")
            and wire.get("id") in (None, mine.get("id"))
            and not (mine.get("type") == "thinking" and mine.get("signature"))
        )

    def add(self, wire: dict[str, Any]) -> None:
        for name, value in wire.items():
            if name == self._grows:
                self._pieces.append(value)
            elif value is not None:
                self._wire[name] = value

    def build(self) -> dict[str, Any]:
        if self._pieces and self._grows:
            values = [value for value in (self._wire.get(self._grows), *self._pieces) if value]
            self._wire[self._grows] = _sum(values)
            self._pieces.clear()
        return self._wire


def text_of(value: Any) -> str:
    """The text in a field or an entry of reasoning: a string, an object, or a list of these."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join([text_of(inner) for inner in value])
    if isinstance(value, dict):
        found = (text_of(value[name]) for name in _TEXT_FIELDS if value.get(name))
        return next((text for text in found if text), "")
    return ""


def _sum(values: list[Any]) -> Any:
    if all(isinstance(value, str) for value in values):
        return "".join(values)
    return [entry for value in values for entry in (value if isinstance(value, list) else [value])]
