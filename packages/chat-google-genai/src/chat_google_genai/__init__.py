"""Google Gemini (Gemini API) chat models for chat-core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cached_content import CachedContent
    from .model import ChatGoogleGenerativeAI

__version__ = "0.1.0"

__all__ = ["CachedContent", "ChatGoogleGenerativeAI"]


def __getattr__(name: str) -> Any:
    if name == "ChatGoogleGenerativeAI":
        from .model import ChatGoogleGenerativeAI

        return ChatGoogleGenerativeAI
    if name == "CachedContent":
        from .cached_content import CachedContent

        return CachedContent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
