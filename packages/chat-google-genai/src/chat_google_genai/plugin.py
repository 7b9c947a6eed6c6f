"""The provider's entry for the registry; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """The Gemini API."""
    return Provider(
        name="google-genai",
        model_class="chat_google_genai.model:ChatGoogleGenerativeAI",
        package="chat-google-genai",
        claims=("gemini-",),
    )
