"""The providers of the how-to pages, one row each: everything that a page shows differs only here.

A new provider is a row of `ROWS`. Package and class come from the provider's own registration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from chat_core import Provider, list_providers

__all__ = ["ROWS", "Row"]


@dataclass(frozen=True)
class Row:
    """One provider on the pages.

    Args:
        title: the vendor's name.
        provider: the id.
        model: the model of the examples.
        host: a regular expression for the vendor's host.
        exports: the variables of the environment that a user sets, with example values.
        arguments: further arguments of the class, as Python text; empty for none.
        note: a sentence about the key, in Markdown.
    """

    title: str
    provider: str
    model: str
    host: str
    exports: Mapping[str, str]
    arguments: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @cached_property
    def registration(self) -> Provider:
        """What the package registers. Raises `LookupError` if it is not installed."""
        for provider in list_providers():
            if provider.name == self.provider:
                return provider
        raise LookupError(f"no installed package has the provider {self.provider!r}")

    @property
    def package(self) -> str:
        """The distribution: `chat-groq`."""
        return str(self.registration.package)

    @property
    def module(self) -> str:
        """Where the class is imported from: `chat_groq`."""
        return self.package.replace("-", "_")

    @property
    def class_name(self) -> str:
        """The class of the model: `ChatGroq`."""
        return str(self.registration.model_class).rpartition(":")[2]


ROWS = (
    Row(
        "Groq",
        "groq",
        "llama-3.3-70b-versatile",
        r"api\.groq\.com",
        {"GROQ_API_KEY": "your-key"},
    ),
    Row(
        "OpenAI",
        "openai",
        "gpt-4o-mini",
        r"api\.openai\.com",
        {"OPENAI_API_KEY": "your-key"},
    ),
    Row(
        "Anthropic",
        "anthropic",
        "claude-haiku-4-5",
        r"api\.anthropic\.com",
        {"ANTHROPIC_API_KEY": "your-key"},
    ),
    Row(
        "Amazon Bedrock",
        "bedrock",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        r"bedrock-runtime\.[a-z0-9-]+\.amazonaws\.com",
        {"AWS_BEARER_TOKEN_BEDROCK": "your-key", "AWS_REGION": "us-east-1"},
        note="Without an API key, requests are signed with credentials that botocore finds.",
    ),
    Row(
        "Google Gemini",
        "google-genai",
        "gemini-2.5-flash",
        r"generativelanguage\.googleapis\.com",
        {"GOOGLE_API_KEY": "your-key"},
    ),
    Row(
        "Fireworks",
        "fireworks",
        "accounts/fireworks/models/llama-v3p3-70b-instruct",
        r"api\.fireworks\.ai",
        {"FIREWORKS_API_KEY": "your-key"},
    ),
    Row(
        "Mistral",
        "mistralai",
        "mistral-small-latest",
        r"api\.mistral\.ai",
        {"MISTRAL_API_KEY": "your-key"},
    ),
    Row(
        "Ollama",
        "ollama",
        "qwen3",
        r"192\.168\.1\.20",
        {"OLLAMA_HOST": "192.168.1.20:11434"},
        note="On this machine nothing is set. `ollama pull qwen3` gets the model.",
    ),
    Row(
        "Google Vertex AI",
        "google-vertexai",
        "gemini-2.5-flash",
        r"aiplatform\.googleapis\.com",
        {
            "GOOGLE_APPLICATION_CREDENTIALS": "service-account.json",
            "GOOGLE_CLOUD_PROJECT": "my-project",
        },
        note="`gcloud auth application-default login` takes the place of the file.",
    ),
    Row(
        "Azure OpenAI",
        "azure-openai",
        "my-deployment",
        r"\.openai\.azure\.com",
        {
            "AZURE_OPENAI_API_KEY": "your-key",
            "AZURE_OPENAI_ENDPOINT": "https://my-resource.openai.azure.com",
            "OPENAI_API_VERSION": "2024-10-21",
        },
        note="The name behind the colon is that of the deployment, not of the model.",
    ),
)
