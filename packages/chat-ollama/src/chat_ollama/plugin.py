"""What the registry needs to know of this provider; imports no HTTP library."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import PROVIDER

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Models on an Ollama server. They are other people's, so no bare name is Ollama's own."""
    return Provider(
        name=PROVIDER,
        model_class="chat_ollama.model:ChatOllama",
        package="chat-ollama",
    )
