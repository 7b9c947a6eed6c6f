"""Google Vertex AI chat models for chat-core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import ChatVertexAI

__version__ = "0.1.0"

__all__ = ["ChatVertexAI"]


def __getattr__(name: str) -> Any:
    if name == "ChatVertexAI":
        from .model import ChatVertexAI

        return ChatVertexAI
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
