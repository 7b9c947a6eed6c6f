"""What the registry needs to know of this provider; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import PROVIDER

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Models on Amazon Bedrock. Their names begin with other vendors', so no bare name is ours."""
    return Provider(
        name=PROVIDER,
        model_class="chat_bedrock.model:ChatBedrock",
        package="chat-bedrock",
    )
