"""The tokens of a request, counted by ``countTokens`` of both Google APIs. Pure.

The Gemini API takes the whole request, Vertex AI the fields of it that have tokens.
https://ai.google.dev/api/tokens
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from chat_core import MalformedResponseError
from chat_core.provider import Operation

from .errors import error_from_object, find_error

__all__ = ["count_fields", "count_operation", "count_whole_request"]

_COUNTED = ("contents", "systemInstruction", "tools", "generationConfig")
"""The fields of Vertex AI's ``CountTokensRequest``."""


def count_whole_request(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the Gemini API counts."""
    return {"generateContentRequest": dict(body)}


def count_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """What Vertex AI counts."""
    return {name: body[name] for name in _COUNTED if name in body}


def count_operation(path: str, counted: Mapping[str, Any], *, provider: str) -> Operation[int]:
    """What asks for the tokens of ``counted``; ``path`` is that of the model."""
    read = partial(_tokens, provider=provider)
    return Operation(f"{path}:countTokens", read, "POST", counted)


def _tokens(wire: Any, *, provider: str) -> int:
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    tokens = wire.get("totalTokens")
    if type(tokens) is not int:
        if (error := find_error(wire, is_bare=True)) is not None:
            raise error_from_object(error, provider=provider)
        raise MalformedResponseError("The answer has no number of tokens.", wire=str(wire))
    return tokens
