"""What other servers of this wire call their errors: codes and phrases, by vendor.

A server that imitates Anthropic's API keeps the error codes of its own. Sources: the vendors' pages
of error codes, and public reports.
"""

from __future__ import annotations

from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)

__all__ = ["CODES", "PHRASES"]

CODES: dict[str, tuple[type[APIError], int]] = {
    # OpenAI's words, which many gateways use
    "context_length_exceeded": (ContextLengthExceededError, 400),
    "content_filter": (ContentFilterError, 400),
    "insufficient_quota": (QuotaExceededError, 429),
    "invalid_api_key": (AuthenticationError, 401),
    "model_not_found": (ModelNotFoundError, 404),
    "rate_limit_exceeded": (RateLimitError, 429),
    "server_error": (ServerError, 500),
    # llama.cpp
    "exceed_context_size_error": (ContextLengthExceededError, 400),
    "unavailable_error": (OverloadedError, 503),
    # Zhipu, the vendor of GLM
    "1113": (QuotaExceededError, 429),
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
    # MiniMax
    "base_resp:1002": (RateLimitError, 429),
    "base_resp:1004": (AuthenticationError, 401),
    "base_resp:1008": (QuotaExceededError, 429),
    "base_resp:1026": (ContentFilterError, 400),
    "base_resp:1027": (ContentFilterError, 400),
    "base_resp:1039": (RateLimitError, 429),
    "base_resp:2013": (InvalidRequestError, 400),
    "base_resp:2049": (AuthenticationError, 401),
}
"""By code or type in lower case: the class, and the status of an error inside an answer."""

PHRASES: tuple[tuple[str, type[APIError]], ...] = (
    ("exceeds the available context size", ContextLengthExceededError),  # llama.cpp
    ("maximum context length", ContextLengthExceededError),  # vLLM, DeepSeek, OpenRouter
    ("maximum model length", ContextLengthExceededError),  # vLLM
    ("model's context length", ContextLengthExceededError),  # SGLang
    ("context size has been exceeded", ContextLengthExceededError),  # LM Studio
    ("context overflows", ContextLengthExceededError),  # LM Studio
    ("context length of only", ContextLengthExceededError),  # LM Studio
    ("max context length", ContextLengthExceededError),  # Ollama
    ("exceeds the context length", ContextLengthExceededError),  # Ollama
    ("range of input length", ContextLengthExceededError),  # DashScope
    ("exceeded model token limit", ContextLengthExceededError),  # Moonshot
    ("input is too long", ContextLengthExceededError),  # Bedrock
    ("content exists risk", ContentFilterError),  # DeepSeek
    ("insufficient balance", QuotaExceededError),  # DeepSeek, Zhipu
)
"""By a part of the message in lower case, where no code names the cause."""
