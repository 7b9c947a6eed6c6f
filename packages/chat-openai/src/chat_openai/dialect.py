"""What OpenAI, and the servers that speak its wire, say otherwise in Chat Completions."""

from __future__ import annotations

from chat_completions.dialect import Dialect

from .names import COMPATIBLE, OPENAI, is_reasoning_model

__all__ = ["CompatibleDialect", "OpenAIDialect"]


class OpenAIDialect(Dialect):
    """OpenAI itself."""

    provider = OPENAI

    def system_role(self, model: str) -> str:
        """Reasoning models are told by the developer."""
        return "developer" if is_reasoning_model(model) else "system"

    def max_tokens_field(self, model: str) -> str:
        """Reasoning models count their reasoning too, hence another name."""
        return "max_completion_tokens" if is_reasoning_model(model) else "max_tokens"


class CompatibleDialect(Dialect):
    """Any other server: vLLM, Ollama, llama.cpp, OpenRouter, DeepSeek, xAI, Azure …

    ``replays_reasoning``: DeepSeek and OpenRouter refuse or forget a tool call whose reasoning does
    not come back; Ollama and vLLM hand it to the model's template.
    """

    provider = COMPATIBLE
    replays_images = True
    media = Dialect.media | {"video:url", "video:base64", "file:url"}
    context_length_prose = (
        "maximum context length",
        "maximum prompt length",
        "exceeds the available context size",
        "context window",
    )

    def __init__(self, *, replays_reasoning: bool = True) -> None:
        self.replays_reasoning = replays_reasoning

    def max_tokens_field(self, model: str) -> str:
        """As OpenAI for its own models' bare names, which Azure serves too."""
        return "max_completion_tokens" if is_reasoning_model(model) else "max_tokens"
