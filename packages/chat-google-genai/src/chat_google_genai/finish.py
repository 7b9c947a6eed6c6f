"""Google's ``finishReason`` values and the finish reasons of chat-core that they mean."""

from __future__ import annotations

__all__ = ["CALLS_PROVED_WHOLE", "UNSPECIFIED", "finish_reason"]

UNSPECIFIED = "FINISH_REASON_UNSPECIFIED"
"""Google's word for no finish reason: the answer goes on."""

_FINISH_REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "ESCALATION": "content_filter",
    "PUP_LIMITED_DISABLED": "content_filter",
    "MALFORMED_FUNCTION_CALL": "error",
    "MALFORMED_RESPONSE": "error",
    "MISSING_THOUGHT_SIGNATURE": "error",
    "TOO_MANY_TOOL_CALLS": "error",
    "UNEXPECTED_TOOL_CALL": "error",
    # of other servers of this wire, in words of their own wire
    "END_TURN": "stop",
    "TOOL_CALLS": "tool_calls",
    "LENGTH": "length",
    "CONTENT_FILTER": "content_filter",
}
"""A value that is not listed (LANGUAGE, OTHER, NO_IMAGE, a future one) gives ``other``.

``CONTINUATION``: the answer reached the token limit of one request; ``continuationToken`` asks for
the rest (google-genai, ``FinishReason``).
"""

CALLS_PROVED_WHOLE = frozenset({"UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"})
"""Errors that Google reports after it has read a call to its end (the tool or the count is wrong).

A call in the same object as such a finish reason is whole, although the answer ends in an error.
"""


def finish_reason(word: str) -> str:
    """chat-core's reason for Google's word, in whatever case a server writes it."""
    return _FINISH_REASONS.get(word.upper(), "other")
