"""What the registry needs to know of this provider; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import PROVIDER

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Anthropic's models; bare names that begin with ``claude-`` are theirs."""
    return Provider(
        name=PROVIDER,
        model_class="chat_anthropic.model:ChatAnthropic",
        package="chat-anthropic",
        claims=("claude-",),
    )
