"""The list of models of the Chat Completions wire, read from an answer of ``/models``. Pure."""

from __future__ import annotations

from typing import Any

from chat_core import ListedModel, MalformedResponseError
from chat_core.provider import Page

from .dialect import Dialect
from .entries import entries
from .errors import error_in_answer, find_error

__all__ = ["read_models"]

_WINDOWS = ("context_window", "context_length", "max_context_length", "max_model_len")
"""What servers call the size of a model's context."""


def read_models(wire: Any, dialect: Dialect) -> Page:
    """The models of an answer, in its order; entries without an id are left out.

    Some servers answer with the array alone. Raises ``APIError`` for an error object and
    ``MalformedResponseError`` for an object without a list.
    """
    if isinstance(wire, dict):
        if (error := find_error(wire)) is not None:
            raise error_in_answer(error, dialect)
        if "data" not in wire:
            raise MalformedResponseError("The answer has no list of models.", wire=str(wire))
        wire = wire["data"]
    elif not isinstance(wire, list):
        raise TypeError(f"a JSON {type(wire).__name__}, not a list of models")
    return Page([_model(entry) for entry in entries(wire) if _text(entry.get("id"))])


def _model(entry: dict[str, Any]) -> ListedModel:
    windows = (entry.get(name) for name in _WINDOWS)
    return ListedModel(
        entry["id"],
        name=_text(entry.get("name")),
        context_window=next((size for size in windows if type(size) is int), None),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
