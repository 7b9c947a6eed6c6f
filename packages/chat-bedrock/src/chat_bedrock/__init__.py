"""Chat models on Amazon Bedrock for chat-core: ``ChatBedrock``, imported when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import ChatBedrock

__version__ = "0.1.0"

__all__ = ["ChatBedrock"]


def __getattr__(name: str) -> type[ChatBedrock]:
    if name == "ChatBedrock":
        from .model import ChatBedrock

        return ChatBedrock
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
