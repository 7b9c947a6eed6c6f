"""Which fields of a class are parameters of a request, and of which endpoint, by their types.

A field is written once, in the class. ``seed: Completions[int | None]`` is a parameter of Chat
Completions alone, ``include: Responses[…]`` of Responses alone, ``stream_usage: Local[bool]`` of
none; any other field is a parameter of both.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar

from chat_core.provider import WireModel

__all__ = ["Completions", "Local", "Responses", "parameters"]

T = TypeVar("T")


class _Of:
    """Says in a field's type of which endpoint it is a parameter; of none where it is empty."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint


Completions: TypeAlias = Annotated[T, _Of("chat-completions")]
Responses: TypeAlias = Annotated[T, _Of("responses")]
Local: TypeAlias = Annotated[T, _Of("")]

_COMMON: dict[str, str | None] = {
    "temperature": None,
    "top_p": None,
    "max_tokens": None,
    "stop": "chat-completions",
}
"""The settings of every model that are parameters of a request."""


@cache
def parameters(model: type[WireModel]) -> dict[str, str | None]:
    """The parameters among the fields of a class, with their endpoint; ``None`` stands for both."""
    found = dict(_COMMON)
    for name, field in model.model_fields.items():
        if name in WireModel.model_fields:
            continue
        endpoint = _endpoint(field.metadata)
        if endpoint != "":
            found[name] = endpoint
    return found


def _endpoint(metadata: list[Any]) -> str | None:
    return next((mark.endpoint for mark in metadata if isinstance(mark, _Of)), None)
