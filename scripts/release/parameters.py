"""Writes the table of a provider's parameters into the README of its package, from its classes.

The table stands between two comments. Whoever adds a field to a class runs `make docs-output`, and
a test fails until then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

from chat_core import ChatModel, Provider, list_providers
from chat_core.provider import WireModel
from model_parameters import Parameter, parameters
from pydantic.fields import FieldInfo
from workspace import Distribution

BEGIN = "<!-- parameters: written from the classes by make docs-output -->"
END = "<!-- end of parameters -->"
_SECTION = re.compile(f"{BEGIN}\n.*?{END}", re.DOTALL)
_APIS = {"chat-completions": "Chat Completions", "responses": "Responses", "": "–"}


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
    own = [each for each in list_providers() if each.name in distribution.providers]
    classes = list(dict.fromkeys(map(_class, own)))  # one class may serve several ids
    # The shortest name is the main class: ChatOpenAI before ChatAzureOpenAI.
    classes.sort(key=lambda each: len(each.__name__))
    first = classes[0]
    common = ", ".join(f"`{name}`" for name in WireModel.model_fields)
    yield f"Of every model: {common}."
    yield ""
    yield f"Of `{first.__name__}` besides; what is not given is not sent:"
    yield ""
    yield from _table(first, parameters(first))
    for other in classes:
        further = [each for each in parameters(other) if each.name not in first.model_fields]
        if other is not first and further:
            yield ""
            yield f"Further ones of `{other.__name__}`:"
            yield ""
            yield from _table(other, further)


def _class(provider: Provider) -> type[ChatModel]:
    module, _, name = str(provider.model_class).partition(":")
    found: type[ChatModel] = getattr(import_module(module), name)
    return found


def _table(model: type[ChatModel], wanted: list[Parameter]) -> Iterator[str]:
    fields = model.model_fields
    has_apis = any(
        hasattr(mark, "endpoint") for each in wanted for mark in fields[each.name].metadata
    )
    yield f"| parameter | type |{' api |' * has_apis} meaning |"
    yield f"|---|---|{'---|' * has_apis}---|"
    for each in sorted(wanted, key=lambda each: each.name):
        api = f" {_api(each.name, fields[each.name])} |" if has_apis else ""
        yield f"| `{each.name}` | {_cell(each.type)} |{api} {_meaning(each)} |"


def _api(name: str, field: FieldInfo) -> str:
    """Of which endpoint a field is a parameter, where a class has two."""
    marks = [mark.endpoint for mark in field.metadata if hasattr(mark, "endpoint")]
    in_neither = name in ("client", "async_client")
    return _APIS[marks[0]] if marks else _APIS[""] if in_neither else "both"


def _meaning(parameter: Parameter) -> str:
    text = parameter.description.removeprefix("Responses: ").rstrip(".")
    has_default = parameter.default not in ("", "required")
    return _cell(text + (f" (default {parameter.default})" if has_default else ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
