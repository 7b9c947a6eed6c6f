"""OpenAI's models (``ChatOpenAI``), those on Azure (``ChatAzureOpenAI``) and any server of the wire
(``ChatOpenAICompatible``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .azure_model import ChatAzureOpenAI
    from .model import ChatOpenAI, ChatOpenAICompatible

__version__ = "0.1.0"

__all__ = ["ChatAzureOpenAI", "ChatOpenAI", "ChatOpenAICompatible"]


def __getattr__(name: str) -> Any:
    if name == "ChatAzureOpenAI":
        from .azure_model import ChatAzureOpenAI

        return ChatAzureOpenAI
    if name in __all__:
        from . import model

        return getattr(model, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
