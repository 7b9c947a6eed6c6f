"""Anthropic's Claude models for chat-core: ``ChatAnthropic``, imported when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import ChatAnthropic

__version__ = "0.1.0"

__all__ = ["ChatAnthropic"]


def __getattr__(name: str) -> type[ChatAnthropic]:
    if name == "ChatAnthropic":
        from .model import ChatAnthropic

        return ChatAnthropic
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
