"""Groq's errors as our tree: the Chat Completions table, and a status of its own.

A refused tool call (``tool_use_failed``) or JSON answer (``json_validate_failed``) carries what the
model wrote in ``error.details["failed_generation"]``, over HTTP and inside a stream alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chat_completions.errors import error_from_response as read_response
from chat_core import APIError, OverloadedError

if TYPE_CHECKING:
    from .dialect import GroqDialect

__all__ = ["error_from_response"]

_NO_FLEX_CAPACITY = 498
"""The flex tier is full; try again later (Groq's page on error codes)."""


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, dialect: GroqDialect
) -> APIError:
    """The error of an HTTP response with ``status`` 300 or more, whatever its body."""
    error = read_response(status, headers, body, dialect)
    return error.recast(OverloadedError) if status == _NO_FLEX_CAPACITY else error
