"""Mistral AI's models for chat-core: ``ChatMistralAI``, imported when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import ChatMistralAI

__version__ = "0.1.0"

__all__ = ["ChatMistralAI"]


def __getattr__(name: str) -> type[ChatMistralAI]:
    if name == "ChatMistralAI":
        from .model import ChatMistralAI

        return ChatMistralAI
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
