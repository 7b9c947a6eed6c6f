"""What the registry needs to know of OpenAI's models on Azure; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import AZURE

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """OpenAI's models on Azure; it claims no bare names, for a model is a deployment there."""
    return Provider(
        name=AZURE,
        model_class="chat_openai.azure_model:ChatAzureOpenAI",
        package="chat-openai",
    )
