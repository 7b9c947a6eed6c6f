"""The capabilities that a model may declare, beyond answers in text.

A law that needs a capability is run for the models that declare it. Each kind of media is a
capability; a model must refuse by name the media that it does not declare.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["CAPABILITIES", "MEDIA", "SERVER_TOOLS", "WIRE_FEATURES", "read_capabilities"]

MEDIA: dict[str, str] = {
    "image_url": "images by URL",
    "image_base64": "images as bytes",
    "file_url": "documents by URL",
    "file_base64": "documents as bytes",
    "audio_base64": "sound as bytes",
    "video_base64": "video as bytes",
}
"""What user messages may hold besides text."""

SERVER_TOOLS: dict[str, str] = {
    "web_search": "`WebSearch`, run by the vendor",
    "web_fetch": "`WebFetch`, run by the vendor",
    "code_execution": "`CodeExecution`, run by the vendor",
    "file_search": "`FileSearch`, run by the vendor",
    "mcp_server": "`MCPServer`, called by the vendor",
}
"""Tools that a vendor runs. A model must refuse by name those that it does not declare."""

CAPABILITIES: dict[str, str] = {
    "streaming": "token-by-token streaming",
    "stop_sequences": "stop sequences",
    "tools": "tool calls",
    "parallel_calls": "several tool calls in one answer",
    "parallel_switch": "at most one call on request",
    "streamed_arguments": "tool arguments as they are written",
    "raw_arguments": "tool arguments as the model's own text",
    **SERVER_TOOLS,
    "server_tool_blocks": "calls and results of the vendor's tools, as blocks",
    "structured_output": "objects through a tool",
    "native_schema": "objects by the vendor's own schema mode",
    "reasoning": "reasoning apart from the text",
    "reasoning_word": "how much to reason, by one word",
    "sealed_reasoning": "signed or encrypted reasoning, sent back",
    "reasoning_tokens": "reasoning tokens counted",
    "cached_tokens": "cached tokens counted",
    "refusal": "refusals apart from other text",
    "citations": "citations",
    "token_counting": "tokens counted before sending",
    "cache_points": "prefixes marked for the prompt cache",
    "logprobs": "log probabilities of tokens",
    "batch_jobs": "batch jobs that the vendor runs by itself",
    "idempotency_key": "a key that names a call, the same for each attempt",
    "candidates": "several answers to one request",
    "image_output": "images in answers",
    "audio_output": "sound in answers",
    "model_list": "the vendor's models as a list",
    "file_upload": "files that the vendor keeps",
    **MEDIA,
}
"""Name → what it means, in the order of the support matrix."""

WIRE_FEATURES: dict[str, str] = {
    "answer_id": "answers have an id",
    "model_name": "answers name the model that gave them",
    "content_filter": "a finish reason for answers that a filter ended",
    "error_code": "error bodies have a code",
    "stream_errors": "errors within a stream",
    "tool_choice": "the choice among tools is a part of requests",
    "keep_alive": "bytes between two events that bring nothing",
    "transcript": "sound in answers comes with its words",
    "line_ends": "lines, which may end in several ways",
}
"""What most wires have. A simulator names in ``lacks`` what its wire has not; laws that need it are
then left out."""


def read_capabilities(names: Iterable[str], *, owner: str) -> frozenset[str]:
    """``names`` as a set. Raises ``ValueError`` naming the unknown ones."""
    given = frozenset(names)
    unknown = sorted(given - CAPABILITIES.keys())
    if unknown:
        raise ValueError(
            f"{owner} declares {', '.join(unknown)}; capabilities are {', '.join(CAPABILITIES)}."
        )
    return given
