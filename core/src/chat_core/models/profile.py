"""``ModelProfile``: what is known of a model: limits, media, tools, reasoning, prices; pure."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

__all__ = ["ModelProfile"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ModelProfile:
    """What is known of a model; ``None`` is unknown. The ``repr`` has what is known.

    Attributes:
        name: its name for people.
        context_window: the tokens that its context holds.
        max_input_tokens: the most tokens of a request, where that is less.
        max_output_tokens: the most tokens of an answer.
        input_media: what it takes besides text: ``image``, ``audio``, ``video``, ``pdf``.
        output_media: what it makes besides text.
        tools: whether it calls tools.
        structured_output: whether it follows JSON schemas natively.
        reasoning: whether it reasons before it answers.
        reasoning_words: the words that ``reasoning=`` takes for it.
        input_price, output_price: US dollars for a million tokens, by the vendor's list.
        cache_read_price, cache_creation_price: the same for tokens that are read from a cache or
            written into it.
    """

    name: str | None = None
    context_window: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    input_media: frozenset[str] | None = None
    output_media: frozenset[str] | None = None
    tools: bool | None = None
    structured_output: bool | None = None
    reasoning: bool | None = None
    reasoning_words: tuple[str, ...] | None = None
    input_price: float | None = None
    output_price: float | None = None
    cache_read_price: float | None = None
    cache_creation_price: float | None = None

    def known(self) -> dict[str, Any]:
        """The attributes of a profile that are known, by name."""
        values = ((each.name, getattr(self, each.name)) for each in fields(ModelProfile))
        return {name: value for name, value in values if value is not None}

    def filled_from(self, other: ModelProfile) -> ModelProfile:
        """This profile, with what it does not know taken from ``other``."""
        missing = other.known().keys() - self.known().keys()
        return replace(self, **{name: getattr(other, name) for name in missing})

    def _shown(self) -> list[str]:
        """What is known, as the arguments that would make it."""
        return [
            f"{name}={sorted(value) if isinstance(value, frozenset) else value!r}"
            for name, value in self.known().items()
        ]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._shown())})"
