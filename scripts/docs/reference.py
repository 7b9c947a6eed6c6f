"""Writes the pages of the API reference: Markdown with directives of mkdocstrings, and tables of
parameters. Every public name has an entry.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import chat_core
from chat_core import ChatModel, Provider, list_providers
from model_parameters import Parameter, common_parameters, parameters, prose

__all__ = ["MODULES", "entries", "reference_pages"]

MODULES = {
    "chat_core": "what users import",
    "chat_core.provider": "what authors of provider packages import",
    "chat_core.testing": "for tests of your own program",
    "chat_conformance": "the conformance kit",
    "chat_completions": "the Chat Completions wire",
}
"""The modules whose public names are documented, besides the models of providers."""


WITH_INHERITED = ("chat_core.ChatModel", "chat_core.ChatStream", "chat_core.AsyncChatStream")
"""The classes whose entries have the members of their bases too."""


@dataclass(frozen=True)
class Group:
    """A page of the names of `chat_core` that are defined below one of `folders`.

    Those in `first` come first, in their order; the others as in `__all__`.
    """

    file: str
    title: str
    folders: tuple[str, ...]
    first: tuple[str, ...] = ()


GROUPS = (
    Group(
        "models", "Models", ("models", "registry"), ("get_chat_model", "ChatModel", "ChatStream")
    ),
    Group("messages", "Messages, blocks and chunks", ("messages",)),
    Group("chains", "Chains", ("runnables", "chains", "runs.config")),
    Group("events", "Events and observers", ("runs", "event_json", "observers", "hookspecs")),
    Group("tools", "Tools", ("tools",)),
    Group("errors", "Errors", ("errors",)),
    Group("rate-limits", "Rate limits", ("rate_limits",)),
)


def reference_pages() -> dict[str, str]:
    """The text of each page, by its path below `reference/`."""
    pages = {f"{each.file}.md": _group_page(each) for each in GROUPS}
    for module, what in MODULES.items():
        if module != "chat_core":
            name = module.replace("_", "-").replace(".", "-")
            pages[f"{name}.md"] = _page(f"`{module}`: {what}", entries(module))
    for provider in list_providers():
        if provider.settings:  # its class has a page under another id
            continue
        pages[f"providers/{provider.name}.md"] = _provider_page(provider)
    pages["parameters.md"] = _common_page()
    pages["index.md"] = _index(pages)
    return pages


def entries(module: str) -> list[str]:
    """The names to document of a module, as dotted paths: all of its `__all__`, in its order."""
    return [f"{module}.{name}" for name in import_module(module).__all__]


def _group_page(group: Group) -> str:
    names = [name for name in entries("chat_core") if _group_of(name) is group]
    first = [f"chat_core.{name}" for name in group.first]
    return _page(group.title, [*first, *(name for name in names if name not in first)])


def _group_of(entry: str) -> Group:
    """The page of a public name of `chat_core`. Raises `LookupError` if it has none."""
    module = _defining_module(entry.rpartition(".")[2])
    for group in GROUPS:
        if any(f"{module}.".startswith(f"chat_core.{folder}.") for folder in group.folders):
            return group
    raise LookupError(f"{entry} is defined in {module}, which no page of the reference has")


def _defining_module(name: str) -> str:
    """The module of `chat_core` that defines a public name, which may be a type alias."""
    value = getattr(chat_core, name)
    module = str(getattr(value, "__module__", ""))
    if module.startswith("chat_core."):
        return module
    for module, loaded in sorted(sys.modules.items()):
        is_file = module.startswith("chat_core.") and getattr(loaded, "__path__", None) is None
        if is_file and name in getattr(loaded, "__all__", ()):
            return module
    raise LookupError(f"no module of chat_core has {name} in its __all__")


def _page(title: str, names: list[str]) -> str:
    return "\n".join([f"# {title}\n", *(f"::: {name}\n{_options(name)}" for name in names)])


def _options(name: str) -> str:
    """How a name is shown, where it is not as usual."""
    module, _, own = name.rpartition(".")
    value = getattr(import_module(module), own)
    options = []
    if name in WITH_INHERITED:
        options.append("inherited_members: true")
    if isinstance(value, type) and issubclass(value, ChatModel):
        # A model's settings have a page of their own: its signature does not name them.
        options.append("show_docstring_parameters: false")
    return "\n      ".join(["    options:", *options]) + "\n" if options else ""


def _model_class(provider: Provider) -> type[ChatModel]:
    module, _, name = provider.model_class.partition(":")
    found = getattr(import_module(module), name)
    assert isinstance(found, type)
    assert issubclass(found, ChatModel)
    return found


def _provider_page(provider: Provider) -> str:
    cls = _model_class(provider)
    module = str(provider.package).replace("-", "_")
    keys = ", ".join(f"`{name}`" for name in cls.api_key_env) or "none; `api_key=` where needed"
    lines = [
        f"# {cls.__name__}",
        "",
        f"<a id='{module}.{cls.__name__}'></a>",
        "",
        f"- install: `pip install {provider.package}`",
        f'- by id: `get_chat_model("{provider.name}:…")`',
        f"- by class: `from {module} import {cls.__name__}`",
        f"- key from the environment: {keys}",
        "",
        prose(cls),
        "",
        "## Parameters",
        "",
        f"`{cls.__name__}` takes these besides those of [every model](../parameters.md). A"
        " parameter without a default is sent only if it is set.",
        "",
        *_table(parameters(cls)),
        "",
        "The methods are those of [ChatModel](../models.md#chat_core.ChatModel).",
        "",
    ]
    return "\n".join(lines)


def _common_page() -> str:
    lines = [
        "# Parameters of every model",
        "",
        "Every model of a provider takes these, and those of its vendor. A parameter without a",
        "default is sent only if it is set. All are checked when a model is made: a misspelt one",
        "raises `InvalidParameterError`, which names the nearest.",
        "",
        *_table(common_parameters()),
        "",
    ]
    return "\n".join(lines)


def _table(rows: list[Parameter]) -> Iterator[str]:
    yield "| parameter | type | meaning | default |"
    yield "|---|---|---|---|"
    for each in rows:
        cells = (f"`{each.name}`", each.type, each.description, each.default)
        yield f"| {' | '.join(cells)} |"  # the site's Markdown leaves pipes within code alone


def _index(pages: dict[str, str]) -> str:
    lines = ["# API reference", ""]
    for path in sorted(pages):
        title = pages[path].partition("\n")[0].removeprefix("# ")
        lines.append(f"- [{title}]({path})")
    return "\n".join([*lines, ""])
