"""Why a candidate ended: Google's ``finishReason`` words and ours."""

from __future__ import annotations

__all__ = ["CALLS_PROVED_WHOLE", "FINISH_REASONS"]

FINISH_REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "MALFORMED_FUNCTION_CALL": "error",
    "MALFORMED_RESPONSE": "error",
    "MISSING_THOUGHT_SIGNATURE": "error",
    "TOO_MANY_TOOL_CALLS": "error",
    "UNEXPECTED_TOOL_CALL": "error",
}
"""Words that are not listed (LANGUAGE, OTHER, NO_IMAGE, and those to come) are ``other``."""

CALLS_PROVED_WHOLE = frozenset({"UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"})
"""Errors about calls that Google has read to their end: it knows the tool or the count is wrong.

A call that comes in the same object as such a word is whole, although the answer is not well.
"""
