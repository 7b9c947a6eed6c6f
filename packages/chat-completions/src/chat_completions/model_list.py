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

_OUTPUTS = ("max_completion_tokens", "max_output_tokens")
"""What servers call the most tokens of an answer (Groq; OpenRouter, in ``top_provider``)."""

_MEDIA = {"image": "image", "audio": "audio", "video": "video", "file": "pdf"}
_BY_PARAMETER = {
    "tools": "tools",
    "structured_output": "structured_outputs",
    "reasoning": "reasoning",
}
_BY_CAPABILITY = {"tools": "function_calling", "reasoning": "reasoning"}


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
    architecture, flags = _part(entry, "architecture"), _flags(entry)
    return ListedModel(
        entry["id"],
        name=_text(entry.get("name")),
        context_window=_size(entry, _WINDOWS),
        max_output_tokens=_size(entry, _OUTPUTS) or _size(_part(entry, "top_provider"), _OUTPUTS),
        input_media=_media(architecture.get("input_modalities")),
        output_media=_media(architecture.get("output_modalities")),
        tools=flags.get("tools"),
        structured_output=flags.get("structured_output"),
        reasoning=flags.get("reasoning"),
    )


def _media(listed: Any) -> frozenset[str] | None:
    """Media besides text, where all are listed (OpenRouter, llama.cpp). ``file`` is a PDF."""
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        return None
    return frozenset(_MEDIA[each] for each in listed if each in _MEDIA)


def _flags(entry: dict[str, Any]) -> dict[str, bool]:
    """What a model can do, by the parameters that it takes (OpenRouter), or named (Mistral)."""
    parameters = entry.get("supported_parameters")
    if isinstance(parameters, list):
        return {fact: name in parameters for fact, name in _BY_PARAMETER.items()}
    given = _part(entry, "capabilities")
    named = {fact: given.get(name) for fact, name in _BY_CAPABILITY.items()}
    return {fact: flag for fact, flag in named.items() if isinstance(flag, bool)}


def _size(entry: dict[str, Any], names: tuple[str, ...]) -> int | None:
    sizes = (entry.get(name) for name in names)
    return next((size for size in sizes if type(size) is int and size > 0), None)


def _part(entry: dict[str, Any], name: str) -> dict[str, Any]:
    part = entry.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
