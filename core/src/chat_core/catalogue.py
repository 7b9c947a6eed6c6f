"""Packages to install for provider ids, ids to use instead of those of other libraries, and who has
what others lack: data for error messages, and nothing more.

A provider that is not listed here works like any other once its package is installed.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["OTHER_IDS", "PACKAGES", "PROVIDERS_WITH", "OtherId"]

PACKAGES = {
    "anthropic": "chat-anthropic",
    "azure-openai": "chat-openai",
    "bedrock": "chat-bedrock",
    "fireworks": "chat-fireworks",
    "google-genai": "chat-google-genai",
    "google-vertexai": "chat-google-vertexai",
    "groq": "chat-groq",
    "mistralai": "chat-mistralai",
    "ollama": "chat-ollama",
    "openai": "chat-openai",
    "openai-compatible": "chat-openai",
    **dict.fromkeys(
        (
            "cerebras dashscope deepinfra deepseek github huggingface hyperbolic llama-cpp lmstudio"
            " moonshot nebius novita nvidia openrouter perplexity sambanova sglang siliconflow"
            " together vllm xai zai zhipu"
        ).split(),
        "chat-openai",
    ),
}

PROVIDERS_WITH = {
    "logprobs": "openai google-genai fireworks ollama".split(),
    "modalities": "openai google-genai".split(),
}
"""Some providers that have what a setting asks for, by the setting."""

_SPELLINGS = {
    "openai": "chatgpt gpt openai-chat openai-responses",
    "azure-openai": "azure azure-ai azure-open-ai azureopenai",
    "anthropic": "claude anthropic-claude",
    "bedrock": "bedrock-converse amazon-bedrock aws aws-bedrock anthropic-bedrock",
    "fireworks": "fireworks-ai",
    "groq": "groqcloud groq-cloud",
    "mistralai": "mistral mistral-ai",
    "ollama": "chatollama ollama-chat ollama-cloud",
    "google-genai": "gemini google google-ai google-gla googleai google-generativeai",
    "google-vertexai": "google-vertex google-vertex-ai vertex vertex-ai vertexai",
    "dashscope": "alibaba aliyun qwen tongyi",
    "deepinfra": "deep-infra",
    "deepseek": "deep-seek deepseek-ai",
    "github": "github-models",
    "huggingface": "hf hugging-face",
    "llama-cpp": "llama.cpp llamacpp llama-server",
    "lmstudio": "lm-studio",
    "moonshot": "kimi moonshotai moonshot-ai",
    "novita": "novita-ai",
    "nvidia": "nim nvidia-nim nvidia-ai-endpoints",
    "openrouter": "open-router",
    "perplexity": "pplx",
    "siliconflow": "silicon-flow",
    "together": "togetherai together-ai",
    "xai": "grok x-ai",
    "zai": "z-ai",
    "zhipu": "bigmodel chatglm glm zhipuai",
}
"""Other spellings of a provider id."""

_SERVERS = "litellm localai oobabooga tabbyapi text-generation-inference tgi"
"""Servers of OpenAI's wire that have no id of their own."""

_MODEL = {"azure-openai": "DEPLOYMENT"}


class OtherId(NamedTuple):
    """What is written here instead of an id: the provider, and the rest of the sentence."""

    provider: str
    write: str


OTHER_IDS = {
    **{
        spelling: OtherId(provider, f"'{provider}:{_MODEL.get(provider, 'MODEL')}'")
        for provider, spellings in _SPELLINGS.items()
        for spelling in spellings.split()
    },
    **dict.fromkeys(
        _SERVERS.split(),
        OtherId(
            "openai-compatible",
            "'openai-compatible:MODEL' with base_url='https://…/v1' of that server",
        ),
    ),
}
"""Ids that other libraries use, and what is written here for the same models."""
