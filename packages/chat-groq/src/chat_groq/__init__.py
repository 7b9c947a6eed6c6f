"""Groq's models for chat-core: ``ChatGroq``, imported when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import ChatGroq

__version__ = "0.1.0"

__all__ = ["ChatGroq"]


def __getattr__(name: str) -> type[ChatGroq]:
    if name == "ChatGroq":
        from .model import ChatGroq

        return ChatGroq
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
