"""What the registry needs to know of this provider; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import PROVIDER

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Mistral AI's models, by their bare names too; ``mixtral-…`` alone is what hosts say."""
    return Provider(
        name=PROVIDER,
        model_class="chat_mistralai.model:ChatMistralAI",
        package="chat-mistralai",
        claims=(
            r"(labs-)?(mistral|ministral|codestral|devstral|magistral|pixtral|voxtral)-",
            r"open-(mistral|mixtral|codestral)-",
        ),
    )
