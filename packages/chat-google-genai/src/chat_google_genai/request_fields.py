"""Where a setting stands in a request: written once, at the field of the class that holds it.

A field that is sent is annotated with ``Sent``; ``request_body`` collects them. The name on the
wire is the field's name in camelCase, unless ``Sent`` gives another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

__all__ = ["Sent", "checked", "merge_body", "merge_dicts", "request_body"]

Wire = dict[str, Any]
Write = Callable[[Any, str], Any]
"""A setting's value and name → its value on the wire. Raises ``InvalidParameterError``."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Marks a field that is sent.

    Args:
        path: the objects of the body that it stands in, from the outside.
        name: its name there, if that is not the field's name in camelCase.
        write: what turns its value into the value on the wire.
    """

    path: tuple[str, ...] = ()
    name: str | None = None
    write: Write | None = None


def checked(kind: str) -> Write:
    """Return a ``write`` that checks a value with the type ``kind`` of ``google.genai.types``."""

    def write(value: Any, setting: str) -> Any:
        from .sdk_types import checked as check

        return check(kind, value, where=setting)

    return write


_COMMON = {
    "temperature": Sent(("generationConfig",)),
    "top_p": Sent(("generationConfig",)),
    "max_tokens": Sent(("generationConfig",), "maxOutputTokens"),
    "stop": Sent(("generationConfig",), "stopSequences"),
}
"""Fields of chat-core's models, which all providers share."""


def request_body(model: BaseModel) -> Wire:
    """Return the part of a request's body that the settings of ``model`` make."""
    body: Wire = {}
    for setting, sent in _sent(type(model)).items():
        value = getattr(model, setting)
        if value is None:
            continue
        written: Any = sent.write(value, setting) if sent.write else value
        written = {sent.name or to_camel(setting): written}
        for key in reversed(sent.path):
            written = {key: written}
        body = merge_dicts(body, written)
    return body


@cache
def _sent(model: type[BaseModel]) -> dict[str, Sent]:
    marks = dict(_COMMON)
    for name, field in model.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Sent):
                marks[name] = mark
    return marks


def merge_dicts(base: Mapping[str, Any], over: Mapping[str, Any]) -> Wire:
    """Return ``over`` laid over ``base``, dicts within dicts likewise."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = merge_dicts(below, value)
        else:
            merged[key] = value
    return merged


def merge_body(body: Mapping[str, Any], given: Mapping[str, Any]) -> Wire:
    """Return ``given`` laid over ``body``; a field that ``body`` has keeps its spelling.

    Google reads snake_case and camelCase, and refuses a request that has one field in both.
    """
    merged = dict(body)
    for key, value in given.items():
        name = _camel(key) if _camel(key) in body else key
        below = merged.get(name)
        if not (isinstance(value, Mapping) and isinstance(below, Mapping)):
            merged[name] = value
        elif name.endswith("Config"):
            merged[name] = merge_body(below, value)
        else:
            merged[name] = merge_dicts(below, value)  # keys of the user's own, such as labels
    return merged


def _camel(key: str) -> str:
    return to_camel(key) if "_" in key else key
