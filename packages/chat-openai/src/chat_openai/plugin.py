"""What the registry needs to know of OpenAI; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import OPENAI

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """OpenAI's models, by their bare names too."""
    return Provider(
        name=OPENAI,
        model_class="chat_openai.model:ChatOpenAI",
        package="chat-openai",
        claims=(r"gpt-(?!oss)", r"chatgpt-", r"codex-", r"o\d(-|$)", r"ft:(gpt-|o\d)"),
    )
