"""Models on an Ollama server for chat-core: ``ChatOllama``, imported when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .installed_models import InstalledModel
    from .model import ChatOllama

__version__ = "0.1.0"

__all__ = ["ChatOllama", "InstalledModel"]


def __getattr__(name: str) -> Any:
    if name == "ChatOllama":
        from .model import ChatOllama

        return ChatOllama
    if name == "InstalledModel":
        from .installed_models import InstalledModel

        return InstalledModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
