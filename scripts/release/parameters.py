"""Writes the table of a provider's parameters into the README of its package, from its classes.

The table stands between two comments. Whoever adds a field to a class runs `make docs-output`, and
a test fails until then.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from chat_core import ChatModel, Provider, list_providers
from chat_core.provider import WireModel
from pydantic.fields import FieldInfo
from workspace import Distribution

BEGIN = "<!-- parameters: written from the classes by make docs-output -->"
END = "<!-- end of parameters -->"
_SECTION = re.compile(f"{BEGIN}\n.*?{END}", re.DOTALL)
_APIS = {"chat-completions": "Chat Completions", "responses": "Responses", "": "not sent"}


def with_parameters(readme: str, distribution: Distribution) -> str:
    """The README with the table as the classes are now.

    Raises:
        LookupError: the README has no place for the table.
    """
    if not _SECTION.search(readme):
        raise LookupError(f"the README of {distribution.name} has no lines {BEGIN} and {END}")
    section = "\n".join([BEGIN, "", *_section(distribution), "", END])
    return _SECTION.sub(lambda _: section, readme)


def _section(distribution: Distribution) -> Iterator[str]:
    classes = [_class(each) for each in list_providers() if each.name in distribution.providers]
    # The shortest name is the main class: ChatOpenAI before ChatAzureOpenAI.
    classes.sort(key=lambda each: len(each.__name__))
    first = classes[0]
    common = ", ".join(f"`{name}`" for name in WireModel.model_fields)
    yield f"Of every model: {common}."
    yield ""
    yield f"Of `{first.__name__}` besides; what is not given is not sent:"
    yield ""
    yield from _table(first, _own(first))
    for other in classes:
        further = [name for name in _own(other) if name not in first.model_fields]
        if other is not first and further:
            yield ""
            yield f"Further ones of `{other.__name__}`:"
            yield ""
            yield from _table(other, further)


def _class(provider: Provider) -> type[ChatModel]:
    module, _, name = str(provider.model_class).partition(":")
    found: type[ChatModel] = getattr(import_module(module), name)
    return found


def _own(model: type[ChatModel]) -> list[str]:
    return [name for name in model.model_fields if name not in WireModel.model_fields]


def _table(model: type[ChatModel], names: list[str]) -> Iterator[str]:
    fields = model.model_fields
    has_apis = any(hasattr(mark, "endpoint") for name in names for mark in fields[name].metadata)
    yield f"| parameter | type |{' api |' * has_apis}"
    yield f"|---|---|{'---|' * has_apis}"
    for name in sorted(names):
        api = f" {_api(fields[name])} |" if has_apis else ""
        yield f"| `{name}` | {_type(fields[name])} |{api}"


def _api(field: FieldInfo) -> str:
    """Of which endpoint a field is a parameter, where a class has two."""
    marks = [mark.endpoint for mark in field.metadata if hasattr(mark, "endpoint")]
    return _APIS[marks[0]] if marks else "both"


def _type(field: FieldInfo) -> str:
    text = type_text(field.annotation).replace("|", "\\|")
    is_given = field.default is not None and not field.is_required()
    return f"`{text}`, `{field.default!r}` if not given" if is_given else f"`{text}`"


def type_text(annotation: Any) -> str:
    """A type as a reader writes it, without `None`: `str | list[int]`, `"low" | "high"`."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_text(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " | ".join(type_text(each) for each in arguments if each is not type(None))
    if origin is typing.Literal:
        return " | ".join(f'"{each}"' for each in arguments)
    if origin is None:
        return "any" if annotation is Any else str(getattr(annotation, "__name__", annotation))
    if not isinstance(origin, type) or origin.__name__ == "Callable":
        return "function"
    return f"{origin.__name__}[{', '.join(type_text(each) for each in arguments)}]"
