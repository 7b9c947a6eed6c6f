"""The list of the Gemini API's models, read from an answer of ``/v1beta/models``. Pure."""

from __future__ import annotations

from typing import Any

from chat_core import ListedModel, MalformedResponseError
from chat_core.provider import Page

from .errors import error_from_object, find_error

__all__ = ["read_models"]

_NEXT = "nextPageToken"


def read_models(wire: Any, *, provider: str) -> Page:
    """The models of one page that generate content, under the names that a request uses.

    Google leaves an empty list out. Raises ``APIError`` for an error object and
    ``MalformedResponseError`` for another object without a list.
    """
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    models = wire.get("models")
    if models is None and (error := find_error(wire, is_bare=True)) is not None:
        raise error_from_object(error, provider=provider)
    if not isinstance(models, list) and wire.keys() - {_NEXT}:
        raise MalformedResponseError("The answer has no list of models.", wire=str(wire))
    token = wire.get(_NEXT)
    following = {"pageToken": token} if token and isinstance(token, str) else {}
    entries = [entry for entry in models or () if isinstance(entry, dict)]
    return Page([_model(entry) for entry in entries if _generates_content(entry)], following)


def _generates_content(entry: dict[str, Any]) -> bool:
    name, methods = entry.get("name"), entry.get("supportedGenerationMethods")
    has_name = isinstance(name, str) and bool(name)
    return has_name and isinstance(methods, list) and "generateContent" in methods


def _model(entry: dict[str, Any]) -> ListedModel:
    name, thinking = entry.get("displayName"), entry.get("thinking")
    return ListedModel(
        entry["name"].removeprefix("models/"),
        name=name if isinstance(name, str) and name else None,
        context_window=_size(entry.get("inputTokenLimit")),
        max_output_tokens=_size(entry.get("outputTokenLimit")),
        reasoning=thinking if isinstance(thinking, bool) else None,
    )


def _size(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None
