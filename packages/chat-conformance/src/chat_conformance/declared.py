"""What is declared of this repository's providers: capabilities, gaps and simulators."""

from __future__ import annotations

from typing import Any, ClassVar

from .capabilities import MEDIA
from .conformance import ChatModelConformance
from .job_servers import (
    AzureJobServer,
    CompletionsJobServer,
    ConverseJobServer,
    FireworksJobServer,
    GeminiJobServer,
    GroqJobServer,
    MessagesJobServer,
    MistralJobServer,
    ResponsesJobServer,
    VertexJobServer,
)
from .llmock_server import ROUTES
from .simulators import MistralSimulator, VertexSimulator

__all__ = [
    "DECLARED",
    "Anthropic",
    "AzureOpenAI",
    "Bedrock",
    "Fireworks",
    "GoogleGenAI",
    "GoogleVertexAI",
    "Groq",
    "MistralAI",
    "Ollama",
    "OpenAI",
    "OpenAICompatible",
    "OpenAIResponses",
]

_ANY = frozenset({"streaming", "tools", "parallel_calls", "structured_output", "native_schema"})
_WRITTEN = frozenset({"streamed_arguments", "raw_arguments"})
_COUNTED = frozenset({"cached_tokens", "reasoning_tokens"})
_IMAGES = frozenset({"image_url", "image_base64"})
_LOGPROBS = frozenset({"logprobs"})
_POINTS = frozenset({"cache_points"})
_CANDIDATES = frozenset({"candidates"})
_LIST = frozenset({"model_list"})
_KEY = frozenset({"idempotency_key"})
_FILES = frozenset({"file_upload"})
_JOBS = frozenset({"batch_jobs"})


class OpenAI(ChatModelConformance):
    """OpenAI by Chat Completions."""

    model_id = "openai:gpt-4o-mini"
    reasoning_model = "gpt-5.1"
    cache_points_model = "gpt-5.6"
    server_tool_model = "gpt-4o-search-preview"
    capabilities = (
        _ANY
        | _WRITTEN
        | _COUNTED
        | _IMAGES
        | {"stop_sequences", "parallel_switch", "refusal", "citations", "file_base64"}
        | {"audio_base64", "reasoning_word", "web_search"}
        | _POINTS
        | _LOGPROBS
        | _KEY
        | _CANDIDATES
        | _FILES
        | _LIST
        | {"audio_output"}
        | _JOBS
    )
    job_server = CompletionsJobServer
    llmock_path = ROUTES["openai"][1]


class OpenAIResponses(ChatModelConformance):
    """OpenAI by Responses."""

    model_id = "openai:gpt-5"
    settings: ClassVar[dict[str, Any]] = {"api": "responses"}
    cache_points_model = "gpt-5.6"
    capabilities = (
        _ANY
        | _WRITTEN
        | _COUNTED
        | _IMAGES
        | {
            "parallel_switch",
            "reasoning_word",
            "refusal",
            "citations",
            "reasoning",
            "sealed_reasoning",
        }
        | {"file_base64", "file_url", "audio_base64", "token_counting"}
        | _POINTS
        | {"web_search", "code_execution", "file_search", "mcp_server", "server_tool_blocks"}
        | _LOGPROBS
        | _KEY
        | _FILES
        | _LIST
        | {"image_output"}
        | _JOBS
    )
    job_server = ResponsesJobServer
    llmock_path = ROUTES["openai"][1]


class AzureOpenAI(ChatModelConformance):
    """OpenAI's models on Azure, by Chat Completions."""

    model_id = "azure-openai:a-deployment"
    settings: ClassVar[dict[str, Any]] = {"api_version": "2024-10-21"}
    environment: ClassVar[dict[str, str]] = {
        "AZURE_OPENAI_ENDPOINT": "{url}",
        "OPENAI_API_VERSION": "2024-10-21",
    }
    capabilities = OpenAI.capabilities - _POINTS - _LIST - {"web_search"}
    job_server = AzureJobServer


class OpenAICompatible(ChatModelConformance):
    """Any server of OpenAI's wire."""

    model_id = "openai-compatible:any-model"
    capabilities = (
        (OpenAI.capabilities - _POINTS - {"web_search"})
        | {"reasoning", "image_output"}
        | MEDIA.keys()
    )
    job_server = CompletionsJobServer
    llmock_path = ROUTES["openai-compatible"][1]


class Groq(ChatModelConformance):
    """Groq."""

    model_id = "groq:llama-3.3-70b-versatile"
    reasoning_model = "openai/gpt-oss-20b"
    server_tool_model = "groq/compound"
    capabilities = (
        _ANY
        | _WRITTEN
        | _COUNTED
        | _IMAGES
        | {"stop_sequences", "parallel_switch", "reasoning", "reasoning_word", "citations"}
        | {"web_search", "web_fetch", "code_execution", "server_tool_blocks"}
        | _KEY
        | _LIST
        | _JOBS
    )
    job_server = GroqJobServer
    llmock_path = ROUTES["groq"][1]


class Fireworks(ChatModelConformance):
    """Fireworks."""

    model_id = "fireworks:accounts/fireworks/models/llama-v3p3-70b-instruct"
    reasoning_model = "accounts/fireworks/models/qwen3-8b"
    capabilities = (
        _ANY
        | _WRITTEN
        | _COUNTED
        | _IMAGES
        | {"stop_sequences", "parallel_switch", "reasoning", "reasoning_word"}
        | _LOGPROBS
        | _KEY
        | _CANDIDATES
        | _LIST
        | _JOBS
    )
    job_server = FireworksJobServer
    llmock_path = ROUTES["fireworks"][1]


class MistralAI(ChatModelConformance):
    """Mistral."""

    model_id = "mistralai:mistral-small-latest"
    capabilities = (
        _ANY
        | _WRITTEN
        | _IMAGES
        | {"stop_sequences", "parallel_switch", "reasoning", "reasoning_word", "cached_tokens"}
        | {"file_url", "file_base64", "audio_base64", "file_search"}
        | _LOGPROBS
        | _CANDIDATES
        | _FILES
        | _LIST
        | _JOBS
    )
    job_server = MistralJobServer
    simulator = MistralSimulator()
    llmock_path = ROUTES["mistralai"][1]


class Ollama(ChatModelConformance):
    """Models on an Ollama server, by its own chat API."""

    model_id = "ollama:qwen3"
    capabilities = (
        _ANY | {"stop_sequences", "reasoning", "reasoning_word", "image_base64"} | _LOGPROBS | _LIST
    )
    live_keys = ("OLLAMA_API_KEY",)


class Anthropic(ChatModelConformance):
    """Anthropic."""

    model_id = "anthropic:claude-sonnet-4-5"
    capabilities = (
        _ANY
        | _WRITTEN
        | _COUNTED
        | _IMAGES
        | {
            "stop_sequences",
            "parallel_switch",
            "reasoning",
            "reasoning_word",
            "sealed_reasoning",
            "citations",
        }
        | {"file_url", "file_base64", "token_counting"}
        | _POINTS
        | {"web_search", "web_fetch", "code_execution", "mcp_server", "server_tool_blocks"}
        | _KEY
        | _FILES
        | _LIST
        | _JOBS
    )
    job_server = MessagesJobServer
    llmock_path = ROUTES["anthropic"][1]


class Bedrock(ChatModelConformance):
    """Amazon Bedrock by Converse; offline with an API key, which needs no credentials."""

    model_id = "bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0"
    server_tool_model = "us.amazon.nova-2-lite-v1:0"
    capabilities = (
        _ANY
        | _WRITTEN
        | {
            "stop_sequences",
            "reasoning",
            "reasoning_word",
            "sealed_reasoning",
            "cached_tokens",
            "citations",
        }
        | {"image_base64", "file_base64", "audio_base64", "video_base64", "token_counting"}
        | _POINTS
        | {"web_search", "code_execution", "server_tool_blocks"}
        | _JOBS
    )
    job_server = ConverseJobServer


class GoogleGenAI(ChatModelConformance):
    """Gemini through the Gemini API."""

    model_id = "google-genai:gemini-2.5-flash"
    capabilities = (
        _ANY
        | _COUNTED
        | _IMAGES
        | {"stop_sequences", "reasoning", "reasoning_word", "sealed_reasoning", "citations"}
        | {"file_url", "file_base64", "audio_base64", "video_base64", "token_counting"}
        | {"web_search", "web_fetch", "code_execution", "server_tool_blocks"}
        | {"file_search", "mcp_server"}
        | _LOGPROBS
        | _CANDIDATES
        | _FILES
        | _LIST
        | {"image_output", "audio_output"}
        | _JOBS
    )
    job_server = GeminiJobServer
    llmock_path = ROUTES["google-genai"][1]


class GoogleVertexAI(ChatModelConformance):
    """Gemini on Vertex AI; offline with a key of express mode, which needs no credentials."""

    model_id = "google-vertexai:gemini-2.5-flash"
    capabilities = GoogleGenAI.capabilities - _LIST - _FILES - {"file_search", "mcp_server"}
    simulator = VertexSimulator()
    job_server = VertexJobServer
    live_keys = ("GOOGLE_APPLICATION_CREDENTIALS",)
    llmock_path = ROUTES["google-vertexai"][1]


DECLARED: tuple[type[ChatModelConformance], ...] = (
    OpenAI,
    OpenAIResponses,
    AzureOpenAI,
    OpenAICompatible,
    Anthropic,
    Bedrock,
    GoogleGenAI,
    GoogleVertexAI,
    Groq,
    MistralAI,
    Fireworks,
    Ollama,
)
"""All of them, in the order of the support matrix."""
