"""Models that Fireworks hosts, for chat-core: ``ChatFireworks``, imported when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import ChatFireworks

__version__ = "0.1.0"

__all__ = ["ChatFireworks"]


def __getattr__(name: str) -> type[ChatFireworks]:
    if name == "ChatFireworks":
        from .model import ChatFireworks

        return ChatFireworks
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
