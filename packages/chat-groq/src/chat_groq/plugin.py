"""What the registry needs to know of this provider; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import PROVIDER

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Groq hosts other people's models, so no bare name is its own but ``groq/…``."""
    return Provider(
        name=PROVIDER,
        model_class="chat_groq.model:ChatGroq",
        package="chat-groq",
        claims=(r"groq/",),
    )
