"""The list of Anthropic's models, read from an answer of ``/v1/models``. Pure."""

from __future__ import annotations

from typing import Any

from chat_core import ListedModel, MalformedResponseError
from chat_core.provider import Page

from .errors import error_in_answer

__all__ = ["read_models"]


def read_models(wire: Any) -> Page:
    """The models of one page; entries without an id are left out.

    Raises ``APIError`` for an error object and ``MalformedResponseError`` for an answer without a
    list.
    """
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    if (error := error_in_answer(wire)) is not None:
        raise error
    if not isinstance(wire.get("data"), list):
        raise MalformedResponseError("The answer has no list of models.", wire=str(wire))
    last = wire.get("last_id")
    following = {"after_id": last} if wire.get("has_more") and isinstance(last, str) else {}
    entries = [entry for entry in wire["data"] if isinstance(entry, dict)]
    return Page([_model(entry) for entry in entries if _text(entry.get("id"))], following)


def _model(entry: dict[str, Any]) -> ListedModel:
    size = entry.get("max_input_tokens")
    return ListedModel(
        entry["id"],
        name=_text(entry.get("display_name")),
        context_window=size if type(size) is int else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
