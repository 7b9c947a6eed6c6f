"""What the registry needs to know of OpenAI-compatible servers; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import COMPATIBLE

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Any server that speaks the OpenAI wire; it claims no bare names."""
    return Provider(
        name=COMPATIBLE,
        model_class="chat_openai.compatible_model:ChatOpenAICompatible",
        package="chat-openai",
    )
