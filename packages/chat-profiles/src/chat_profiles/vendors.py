"""What models.dev calls the vendors of provider ids."""

from __future__ import annotations

__all__ = ["VENDORS"]

VENDORS: dict[str, tuple[str, ...]] = {
    "anthropic": ("anthropic",),
    "azure-openai": ("azure",),
    "bedrock": ("amazon-bedrock",),
    "cerebras": ("cerebras",),
    "dashscope": ("alibaba-cn", "alibaba"),
    "deepinfra": ("deepinfra",),
    "deepseek": ("deepseek",),
    "fireworks": ("fireworks-ai",),
    "github": ("github-models",),
    "google-genai": ("google",),
    "google-vertexai": ("google-vertex",),
    "groq": ("groq",),
    "huggingface": ("huggingface",),
    "lmstudio": ("lmstudio",),
    "mistralai": ("mistral",),
    "moonshot": ("moonshotai", "moonshotai-cn"),
    "nebius": ("nebius",),
    "novita": ("novita-ai",),
    "nvidia": ("nvidia",),
    "openai": ("openai",),
    "openrouter": ("openrouter",),
    "perplexity": ("perplexity",),
    "siliconflow": ("siliconflow", "siliconflow-cn"),
    "together": ("togetherai",),
    "xai": ("xai",),
    "zai": ("zai",),
    "zhipu": ("zhipuai",),
}
"""By provider id, the vendors whose entries are looked up, in order. Servers that run what their
user has installed (vLLM, Ollama, llama.cpp) are known to none."""
