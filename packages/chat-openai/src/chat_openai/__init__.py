"""OpenAI's models (``ChatOpenAI``) and any server of its wire (``ChatOpenAICompatible``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import ChatOpenAI, ChatOpenAICompatible

__all__ = ["ChatOpenAI", "ChatOpenAICompatible"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import model

        return getattr(model, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
