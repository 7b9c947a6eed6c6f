"""Which package to install for which provider id, and which id to use instead of one of another
library: data for error messages, and nothing more.

A provider that is not listed here works like any other once its package is installed.
"""

from __future__ import annotations

__all__ = ["OTHER_IDS", "PACKAGES"]

PACKAGES = {
    "anthropic": "chat-anthropic",
    "azure-openai": "chat-openai",
    "fireworks": "chat-fireworks",
    "google-genai": "chat-google-genai",
    "google-vertexai": "chat-google-vertexai",
    "groq": "chat-groq",
    "mistralai": "chat-mistralai",
    "openai": "chat-openai",
    "openai-compatible": "chat-openai",
}

_COMPATIBLE = "'openai-compatible:MODEL' with base_url='https://…/v1' of that server"
_AZURE = "'azure-openai:DEPLOYMENT'"
_BEDROCK = "'anthropic:MODEL' with client=AnthropicBedrock()"

OTHER_IDS = {
    "azure": _AZURE,
    "azure-ai": _AZURE,
    "bedrock": _BEDROCK,
    "anthropic-bedrock": _BEDROCK,
    **dict.fromkeys(("chatgpt", "gpt", "openai-chat", "openai-responses"), "'openai:MODEL'"),
    **dict.fromkeys(("claude",), "'anthropic:MODEL'"),
    **dict.fromkeys(("fireworks-ai",), "'fireworks:MODEL'"),
    **dict.fromkeys(("groqcloud", "groq-cloud"), "'groq:MODEL'"),
    **dict.fromkeys(("mistral", "mistral-ai"), "'mistralai:MODEL'"),
    **dict.fromkeys(
        ("gemini", "google", "google-ai", "google-gla", "googleai", "google-generativeai"),
        "'google-genai:MODEL'",
    ),
    **dict.fromkeys(
        ("google-vertex", "google-vertex-ai", "vertex", "vertex-ai", "vertexai"),
        "'google-vertexai:MODEL'",
    ),
    **dict.fromkeys(
        (
            "cerebras",
            "dashscope",
            "deepseek",
            "github",
            "grok",
            "huggingface",
            "litellm",
            "llama-cpp",
            "llamacpp",
            "lm-studio",
            "lmstudio",
            "moonshot",
            "nvidia",
            "ollama",
            "openrouter",
            "perplexity",
            "qwen",
            "sambanova",
            "sglang",
            "together",
            "together-ai",
            "vllm",
            "xai",
            "zai",
            "zhipu",
        ),
        _COMPATIBLE,
    ),
}
"""Ids that other libraries use, and what is written here for the same models."""
