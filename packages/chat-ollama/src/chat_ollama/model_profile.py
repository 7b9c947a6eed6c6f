"""What an Ollama server knows of a model, read from an answer of ``/api/show``. Pure.

https://docs.ollama.com/api-reference/show-model-details
"""

from __future__ import annotations

from typing import Any

from chat_core import ModelProfile
from chat_core.provider import Operation

from .errors import error_in_answer, find_error

__all__ = ["profile_operation"]


def profile_operation(model: str) -> Operation[ModelProfile]:
    """What asks the server for ``model``."""
    return Operation("api/show", _profile, "POST", {"model": model})


def _profile(wire: Any) -> ModelProfile:
    """The context window is that of the model; a server may be set to less (``num_ctx``).

    Raises ``APIError`` for an error object.
    """
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    if (error := find_error(wire)) is not None:
        raise error_in_answer(error)
    capabilities = wire.get("capabilities")
    if not isinstance(capabilities, list):
        return ModelProfile(context_window=_window(wire.get("model_info")))
    return ModelProfile(
        context_window=_window(wire.get("model_info")),
        input_media=frozenset({"image"} if "vision" in capabilities else ()),
        tools="tools" in capabilities,
        reasoning="thinking" in capabilities,
    )


def _window(info: Any) -> int | None:
    """``ARCHITECTURE.context_length`` among the values of the model's file."""
    if not isinstance(info, dict):
        return None
    size = info.get(f"{info.get('general.architecture')}.context_length")
    return size if type(size) is int and size > 0 else None
