"""OpenAI's errors as our tree; what their codes mean is data of the dialects (``dialect.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chat_completions.errors import error_from_response, error_in_answer

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect
    from chat_core import APIError

__all__ = ["error_from_response", "error_in_response"]

_EVENT_FIELDS = ("type", "sequence_number")


def error_in_response(wire: Mapping[str, Any], dialect: Dialect) -> APIError:
    """The error of an ``error`` event or of a failed response, both inside a 200 answer.

    An ``error`` event holds the facts itself or in ``error``; a failed response holds ``error``.
    """
    error: Any = wire.get("error")
    if not error:
        error = {key: wire[key] for key in wire if key not in _EVENT_FIELDS}
        if "output" in wire:
            error = {"message": "The response failed and the server did not say why."}
    return error_in_answer(error, dialect)
