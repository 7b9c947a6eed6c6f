"""The models that are installed on an Ollama server, read from an answer of ``/api/tags``. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chat_completions.entries import entries
from chat_core import ListedModel, MalformedResponseError

from .errors import error_in_answer, find_error

__all__ = ["InstalledModel", "read_models"]

_MODELS = "models"


@dataclass(frozen=True, slots=True)
class InstalledModel(ListedModel):
    """A model that an Ollama server has.

    Attributes:
        id: what a request names it by, such as ``"qwen3:8b"``.
        size: bytes on disk.
        modified_at: when it was last changed, in RFC 3339.
        family: the family of its architecture, such as ``"qwen3"``.
        parameter_size: the number of its parameters, such as ``"8.2B"``.
        quantization: how its weights are stored, such as ``"Q4_K_M"``.
        digest: the SHA-256 of its manifest.
    """

    size: int | None = None
    modified_at: str | None = None
    family: str | None = None
    parameter_size: str | None = None
    quantization: str | None = None
    digest: str | None = None


def read_models(wire: Any) -> list[InstalledModel]:
    """The models of an answer of ``/api/tags``, in its order; entries without a name are left out.

    Raises ``APIError`` for an error object and ``MalformedResponseError`` for another object
    without a list of models.
    """
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    if (error := find_error(wire)) is not None:
        raise error_in_answer(error)
    if _MODELS not in wire:
        raise MalformedResponseError("The answer has no list of models.", wire=str(wire))
    return [model for entry in entries(wire[_MODELS]) if (model := _model(entry)).id]


def _model(entry: dict[str, Any]) -> InstalledModel:
    details = entry.get("details")
    if not isinstance(details, dict):
        details = {}
    size = entry.get("size")
    return InstalledModel(
        id=_text(entry.get("model")) or _text(entry.get("name")) or "",
        size=size if isinstance(size, int) else None,
        modified_at=_text(entry.get("modified_at")),
        family=_text(details.get("family")),
        parameter_size=_text(details.get("parameter_size")),
        quantization=_text(details.get("quantization_level")),
        digest=_text(entry.get("digest")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
