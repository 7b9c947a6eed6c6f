"""The provider's entry for the registry; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Gemini on Vertex AI. Bare ``gemini-…`` names are the Gemini API's."""
    return Provider(
        name="google-vertexai",
        model_class="chat_google_vertexai.model:ChatVertexAI",
        package="chat-google-vertexai",
    )
