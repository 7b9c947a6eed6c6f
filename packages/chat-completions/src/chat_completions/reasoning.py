"""Reasoning beside the answer: the fields it arrives in, and what must go back with the turn.

Text comes as ``reasoning_content`` (DeepSeek, vLLM, Fireworks, xAI), as ``reasoning`` (Groq,
OpenRouter, Ollama), or only inside ``reasoning_details`` (OpenRouter), whose entries also hold
signatures and encrypted thoughts. The block's ``extras`` say how it came:

- ``field``: the field of the text. DeepSeek wants it back under the same name in a turn with tool
  calls, even where it is empty.
- ``reasoning_details``: the entries, whole; OpenRouter wants them back verbatim.
"""

from __future__ import annotations

from typing import Any

from chat_core import ReasoningBlock

from .entries import entries

__all__ = ["ReasoningReader"]

_TEXTS = {"reasoning.text": "text", "reasoning.summary": "summary"}
"""The kinds of detail that arrive in pieces, and what grows. Encrypted ones come whole."""


class ReasoningReader:
    """Follows the reasoning of one answer, which is one block with index 0."""

    __slots__ = ("_details", "_field", "_fields", "_said")

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._fields = fields
        self._field: str | None = None
        self._said = False
        self._details: list[_Detail] = []

    def read(self, delta: dict[str, Any]) -> ReasoningBlock | None:
        """The reasoning of one delta or message: of its fields the first that holds text."""
        text = ""
        for field in self._fields:
            value = delta.get(field)
            if value is not None:
                text = value
                if text or self._field is None:
                    self._field = field
                if text:
                    break
        details = entries(delta.get("reasoning_details"))
        if details:
            self._keep(details)
            text = text or "".join([d.get("text") or d.get("summary") or "" for d in details])
        if not text:
            return None
        block = ReasoningBlock(text, index=0)
        if not self._said:
            self._said = True
            if self._field:
                block.extras["field"] = self._field
        return block

    def rest(self, *, made_calls: bool) -> ReasoningBlock | None:
        """At the end: what belongs to the block besides the text already handed out."""
        if self._details:
            details = [detail.build() for detail in self._details]
            return ReasoningBlock("", index=0, extras={"reasoning_details": details})
        if made_calls and self._field and not self._said:
            return ReasoningBlock("", index=0, extras={"field": self._field})
        return None

    def _keep(self, details: list[dict[str, Any]]) -> None:
        for wire in details:
            if not (self._details and self._details[-1].takes(wire)):
                self._details.append(_Detail(wire))
            else:
                self._details[-1].add(wire)


class _Detail:
    """One entry of ``reasoning_details``, whose text may still be growing."""

    __slots__ = ("_grows", "_pieces", "_wire")

    def __init__(self, wire: dict[str, Any]) -> None:
        self._wire = dict(wire)
        self._grows = _TEXTS.get(wire.get("type") or "")
        self._pieces: list[str] = []

    def takes(self, wire: dict[str, Any]) -> bool:
        """Whether ``wire`` continues this entry: same kind and index, and no id of its own."""
        mine = self._wire
        return (
            self._grows is not None
            and wire.get("type") == mine.get("type")
            and wire.get("index") == mine.get("index")
            and wire.get("id") in (None, mine.get("id"))
        )

    def add(self, wire: dict[str, Any]) -> None:
        for name, value in wire.items():
            if name == self._grows:
                self._pieces.append(value or "")
            elif value is not None:
                self._wire[name] = value

    def build(self) -> dict[str, Any]:
        if self._pieces and self._grows:
            start = self._wire.get(self._grows) or ""
            self._wire[self._grows] = "".join([start, *self._pieces])
            self._pieces.clear()
        return self._wire
