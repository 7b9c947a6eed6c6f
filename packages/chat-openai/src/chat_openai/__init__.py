"""OpenAI's models (``ChatOpenAI``), those on Azure (``ChatAzureOpenAI``), and hosts and servers of
the same wire (``ChatOpenAICompatible``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .azure_model import ChatAzureOpenAI
    from .compatible_model import ChatOpenAICompatible
    from .model import ChatOpenAI

__version__ = "0.1.0"

__all__ = ["ChatAzureOpenAI", "ChatOpenAI", "ChatOpenAICompatible"]


_MODULES = {
    "ChatAzureOpenAI": "azure_model",
    "ChatOpenAI": "model",
    "ChatOpenAICompatible": "compatible_model",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
