"""Fireworks' errors as our tree: the Chat Completions table, and a status of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chat_completions.errors import error_from_response as read_response
from chat_core import APIError, PermissionDeniedError, QuotaExceededError

if TYPE_CHECKING:
    from .dialect import FireworksDialect

__all__ = ["error_from_response"]

_SUSPENDED = 412
"""An account that is suspended, or a deployment that cannot serve (Fireworks' guide to inference
error codes: "Precondition Failed")."""


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, dialect: FireworksDialect
) -> APIError:
    """The error of an HTTP response with ``status`` 300 or more, whatever its body."""
    error = read_response(status, headers, body, dialect)
    if status == _SUSPENDED and not isinstance(error, QuotaExceededError):
        return error.recast(PermissionDeniedError)
    return error
