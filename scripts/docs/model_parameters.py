"""The parameters of a model class, read from its fields and from the docstrings of its classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from chat_core import ChatModel
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from vendor_parameters import DESCRIPTIONS, SHARED

__all__ = ["Parameter", "common_parameters", "parameters", "prose"]


@dataclass(frozen=True)
class Parameter:
    """One setting of a model class; `type`, `default` and `description` are Markdown."""

    name: str
    type: str
    default: str
    description: str


def parameters(cls: type[ChatModel]) -> list[Parameter]:
    """The settings that a class has beyond those of every model, and those that it describes."""
    own = _own_descriptions(cls)
    shared = {each.name for each in common_parameters()}
    names = [name for name in cls.model_fields if name not in shared or name in own]
    return [_parameter(name, cls.model_fields[name], own) for name in names]


def common_parameters() -> list[Parameter]:
    """The settings of every model that a provider serves."""
    from chat_core.provider import WireModel

    described = {**_descriptions(WireModel), **SHARED}
    return [_parameter(name, field, described) for name, field in WireModel.model_fields.items()]


def prose(cls: type) -> str:
    """A class's docstring without its list of arguments, as Markdown."""
    text = getdoc(cls) or ""
    return _markdown(re.split(r"^(?:Args|Attributes):$", text, flags=re.MULTILINE)[0].strip())


def _parameter(name: str, field: FieldInfo, described: dict[str, str]) -> Parameter:
    description = described.get(name) or field.description or DESCRIPTIONS.get(name, "")
    limits = ", ".join(
        f"{sign} {getattr(each, attribute)}"
        for each in field.metadata
        for attribute, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if getattr(each, attribute, None) is not None
    )
    if limits:
        description = f"{description.rstrip('.')} ({limits})." if description else f"{limits}."
    return Parameter(name, f"`{type_text(field.annotation)}`", _default(field), description)


def type_text(annotation: Any) -> str:
    """A type as a user writes it; `None` is left out, since it means that nothing is set."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(repr(each).replace("'", '"') for each in arguments)
    if origin in (Union, UnionType):
        return " | ".join(type_text(each) for each in arguments if each is not NoneType)
    if origin is not None and hasattr(annotation, "__metadata__"):
        return type_text(arguments[0])
    if annotation is SecretStr:
        return "str"
    if annotation is Any or annotation is NoneType:
        return "Any" if annotation is Any else "None"
    if origin is not None:
        name = getattr(origin, "__name__", str(origin))
        inner = ", ".join("…" if each is ... else type_text(each) for each in arguments)
        return f"{name}[{inner}]" if "Callable" not in name else "function"
    return str(getattr(annotation, "__name__", annotation))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined or value is None:
        return ""
    return f"`{value!r}`".replace("'", '"')


def _descriptions(cls: type) -> dict[str, str]:
    """What the docstrings of a class and its bases have about arguments; the class's own win."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        found |= _arguments(base.__dict__.get("__doc__") or "")
    return found


def _own_descriptions(cls: type) -> dict[str, str]:
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, ChatModel) and not base.__module__.startswith("chat_core."):
            found |= _arguments(base.__dict__.get("__doc__") or "")
    return found


def _arguments(docstring: str) -> dict[str, str]:
    """The entries of `Args:`; one entry may name several arguments."""
    _, _, section = docstring.partition("\n    Args:\n")
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?= {8}\S)", "\n" + section):
        match = re.match(r" {8}([\w*]+(?:, [\w*]+)*):\s*(.*)", entry.lstrip("\n"), re.DOTALL)
        if not match:
            continue
        text = re.split(r"\n\s*\n", match[2])[0]
        for name in match[1].split(", "):
            found[name] = _markdown(" ".join(text.split()))
    return found


def _markdown(text: str) -> str:
    return text.replace("``", "`")
