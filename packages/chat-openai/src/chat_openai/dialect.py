"""What OpenAI, and the servers that speak its wire, do otherwise in Chat Completions and Responses.

The tables hold what the error codes and messages of OpenAI and of compatible vendors mean. Each row
has a body as its test (``test_openai_errors.py``).
"""

from __future__ import annotations

from hashlib import sha256

from chat_completions.dialect import Dialect
from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)

from .names import AZURE, COMPATIBLE, OPENAI, is_reasoning_model

__all__ = ["AzureDialect", "CompatibleDialect", "OpenAIDialect"]

_Codes = dict[str, tuple[type[APIError], int]]

_LONGEST_CALL_ID = 40
"""Characters of a tool call's id that OpenAI takes."""

_OPENAI_CODES: _Codes = {
    "invalid_prompt": (ContentFilterError, 400),
    "bio_policy": (ContentFilterError, 400),
    "misalignment_policy_violation": (ContentFilterError, 400),
    "image_content_policy_violation": (ContentFilterError, 400),
    "cyber_policy_violation": (ContentFilterError, 400),
    "data_residency_mismatch": (InvalidRequestError, 400),
    "invalid_image": (InvalidRequestError, 400),
    "invalid_image_format": (InvalidRequestError, 400),
    "invalid_base64_image": (InvalidRequestError, 400),
    "invalid_image_url": (InvalidRequestError, 400),
    "invalid_image_mode": (InvalidRequestError, 400),
    "image_too_large": (InvalidRequestError, 400),
    "image_too_small": (InvalidRequestError, 400),
    "image_parse_error": (InvalidRequestError, 400),
    "image_file_too_large": (InvalidRequestError, 400),
    "image_file_not_found": (InvalidRequestError, 400),
    "unsupported_image_media_type": (InvalidRequestError, 400),
    "empty_image_file": (InvalidRequestError, 400),
    "failed_to_download_image": (InvalidRequestError, 400),
    "previous_response_not_found": (InvalidRequestError, 400),
    "vector_store_timeout": (ServerError, 500),
    "server_error": (ServerError, 500),
    "slow_down": (OverloadedError, 503),
    "account_deactivated": (AuthenticationError, 401),
    "unsupported_country_region_territory": (PermissionDeniedError, 403),
}
"""Sources: the SDK's ``ResponseError.code`` and OpenAI's guide to error codes."""

_COMPATIBLE_CODES: _Codes = {
    # Zhipu (Z.AI): https://docs.z.ai, "Error codes"
    "1000": (AuthenticationError, 401),
    "1001": (AuthenticationError, 401),
    "1002": (AuthenticationError, 401),
    "1003": (AuthenticationError, 401),
    "1004": (AuthenticationError, 401),
    "1113": (QuotaExceededError, 429),
    "1211": (ModelNotFoundError, 404),
    "1261": (ContextLengthExceededError, 400),
    "1301": (ContentFilterError, 400),
    "1302": (RateLimitError, 429),
    "1303": (RateLimitError, 429),
    "1304": (QuotaExceededError, 429),
    "1305": (RateLimitError, 429),
    "1308": (QuotaExceededError, 429),
    "1310": (QuotaExceededError, 429),
    # Moonshot, the vendor of Kimi
    "exceeded_current_quota_error": (QuotaExceededError, 429),
    "engine_overloaded_error": (OverloadedError, 429),
    "rate_limit_reached_error": (RateLimitError, 429),
    # DashScope, the vendor of Qwen
    "data_inspection_failed": (ContentFilterError, 400),
    "datainspectionfailed": (ContentFilterError, 400),
    "arrearage": (QuotaExceededError, 429),
    "allocationquota.freetieronly": (QuotaExceededError, 429),
    "insufficient_quota": (QuotaExceededError, 429),
    # MiniMax: ``base_resp.status_code``
    "base_resp:1002": (RateLimitError, 429),
    "base_resp:1004": (AuthenticationError, 401),
    "base_resp:1008": (QuotaExceededError, 429),
    "base_resp:1026": (ContentFilterError, 400),
    "base_resp:1027": (ContentFilterError, 400),
    "base_resp:1039": (RateLimitError, 429),
    "base_resp:2013": (InvalidRequestError, 400),
    "base_resp:2049": (AuthenticationError, 401),
    # Volcengine, the vendor of Doubao
    "accountoverdueerror": (QuotaExceededError, 429),
    "inputtextsensitivecontentdetected": (ContentFilterError, 400),
    "outputtextsensitivecontentdetected": (ContentFilterError, 400),
    "sensitivecontentdetected": (ContentFilterError, 400),
    # SiliconFlow
    "30001": (QuotaExceededError, 429),
    # New API, a gateway
    "insufficient_user_quota": (QuotaExceededError, 429),
    # llama.cpp
    "exceed_context_size_error": (ContextLengthExceededError, 400),
    # GitHub's models
    "model_max_prompt_tokens_exceeded": (ContextLengthExceededError, 400),
    "tokens_limit_reached": (ContextLengthExceededError, 413),
}
"""Sources: the vendors' pages of error codes and public reports."""

_COMPATIBLE_PROSE: tuple[tuple[str, type[APIError]], ...] = (
    ("maximum context length", ContextLengthExceededError),  # vLLM, OpenRouter, DeepSeek
    ("maximum prompt length", ContextLengthExceededError),  # xAI
    ("maximum model length", ContextLengthExceededError),  # vLLM
    ("max_model_len", ContextLengthExceededError),  # vLLM
    ("model's context length", ContextLengthExceededError),  # SGLang
    ("exceeds the available context size", ContextLengthExceededError),  # llama.cpp
    ("context size has been exceeded", ContextLengthExceededError),  # LM Studio
    ("when context the overflows", ContextLengthExceededError),  # LM Studio
    ("when context overflows", ContextLengthExceededError),  # LM Studio
    ("context length of only", ContextLengthExceededError),  # LM Studio
    ("max context length", ContextLengthExceededError),  # Ollama
    ("exceeds the context length", ContextLengthExceededError),  # Ollama
    ("context window", ContextLengthExceededError),  # MiniMax, Azure
    ("range of input length", ContextLengthExceededError),  # DashScope
    ("exceeded model token limit", ContextLengthExceededError),  # Moonshot
    ("exceeds the maximum number of tokens", ContextLengthExceededError),  # Gemini
    ("prompt is too long", ContextLengthExceededError),  # Anthropic
    ("input is too long", ContextLengthExceededError),  # Bedrock
    ("`inputs` must have less than", ContextLengthExceededError),  # TGI
    ("`inputs` tokens + `max_new_tokens` must be", ContextLengthExceededError),  # TGI
    ("too large for model with", ContextLengthExceededError),  # Mistral
    ("reduce the length of the", ContextLengthExceededError),  # OpenAI's words, by gateways
    ("context_length_exceeded", ContextLengthExceededError),  # OpenAI's code, by gateways
    ("exceed context limit", ContextLengthExceededError),  # Anthropic, with max_tokens
    ("exceed the configured limit of", ContextLengthExceededError),  # Azure
    ("exceed max message tokens", ContextLengthExceededError),  # Volcengine
    ("content exists risk", ContentFilterError),  # DeepSeek
    ("incorrect api key", AuthenticationError),  # xAI, with status 400 and a general code
)
"""Phrases of vendors that have no code for the cause, or one that they use for others too."""


_BY_RESPONSES = {
    "image:file_id": "api='responses' takes an uploaded image by its id",
    "file:url": "api='responses' takes files by URL",
}
"""``ResponseInputImageParam`` and ``ResponseInputFileParam`` of the SDK; Chat Completions has
``image_url`` and ``file_data`` alone."""


class OpenAIDialect(Dialect):
    """OpenAI itself."""

    provider = OPENAI
    part_types = frozenset({"text", "image_url", "input_audio", "file"})
    instead_of = _BY_RESPONSES
    error_codes = _OPENAI_CODES

    def system_role(self, model: str) -> str:
        """``developer`` for reasoning models."""
        return "developer" if is_reasoning_model(model) else "system"

    def max_tokens_field(self, model: str) -> str:
        """``max_completion_tokens`` for reasoning models, which count their reasoning in it."""
        return "max_completion_tokens" if is_reasoning_model(model) else "max_tokens"

    def call_id(self, id: str) -> str:
        """``id``, or a hash of it where it is longer than OpenAI takes (40 characters)."""
        if len(id) <= _LONGEST_CALL_ID:
            return id
        return "call_" + sha256(id.encode("utf-8", "replace")).hexdigest()[:32]


class AzureDialect(OpenAIDialect):
    """OpenAI's models on Azure."""

    provider = AZURE


class CompatibleDialect(Dialect):
    """Any other server: vLLM, Ollama, llama.cpp, OpenRouter, DeepSeek, xAI, Azure …

    ``replays_reasoning``: DeepSeek and OpenRouter refuse or forget a tool call whose reasoning does
    not come back; Ollama and vLLM hand it to the model's template.
    """

    provider = COMPATIBLE
    replays_images = True
    takes_refusals = False
    plain_names = False
    files_hold_images = True
    media = Dialect.media | {"video:url", "video:base64", "file:url"}
    error_codes = _OPENAI_CODES | _COMPATIBLE_CODES
    error_prose = _COMPATIBLE_PROSE

    def __init__(self, *, replays_reasoning: bool = True) -> None:
        self.replays_reasoning = replays_reasoning

    def max_tokens_field(self, model: str) -> str:
        """As OpenAI for its own models' bare names, which Azure serves too."""
        return "max_completion_tokens" if is_reasoning_model(model) else "max_tokens"
