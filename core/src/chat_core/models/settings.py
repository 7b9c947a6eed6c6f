"""Reading settings and call options: wrong ones are refused with errors a newcomer can act upon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BaseModel, Field, SecretBytes, SecretStr, ValidationError

from ..arguments import of_type
from ..errors import InvalidParameterError
from ..json_text import JSONObject
from ..messages.blocks import CachePoint
from ..short_repr import short_repr
from ..wire.header_values import clean_header

if TYPE_CHECKING:
    from ..tools.spec import CallOptions, ToolSpec
    from .server_tools import ServerTool

__all__ = [
    "Seconds",
    "Settings",
    "call_options",
    "explain_validation",
    "merge_options",
    "merge_setting",
    "option_names",
    "read_options",
    "refuse_unknown",
    "shown_options",
    "without_masked_key",
    "without_secrets",
]

Seconds: TypeAlias = Annotated[float, Field(gt=0, le=31_536_000)]
"""How long to wait: more than nothing and at most a year, which every clock and timer can add."""

Settings: TypeAlias = dict[str, Any]
"""Settings or call options by name, as a user gave them; their reader validates them."""

_OF_SOME_VENDORS = {
    "logprobs": "log probabilities of tokens",
    "modalities": "images or sound in answers",
}
"""Settings with the same name at every vendor that has what they ask for."""

_MASK = str(SecretStr("x"))
"""What pydantic writes into JSON instead of a secret."""


def refuse_unknown(given: Iterable[str], allowed: Iterable[str], *, owner: str) -> None:
    """Raise ``InvalidParameterError`` for the first name in ``given`` that is not ``allowed``.

    Names the nearest allowed one, and all of them.
    """
    known = set(allowed)
    for name in given:
        if name in known:
            continue
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        if name in _OF_SOME_VENDORS:
            from ..catalogue import PROVIDERS_WITH

            having = ", ".join(map(repr, PROVIDERS_WITH[name]))
            guess = (
                f" It stands for {_OF_SOME_VENDORS[name]}, which this model cannot be asked for;"
                f" models of {having} can."
            )
        raise InvalidParameterError(
            f"{owner} takes no parameter {name!r}.{guess} Allowed: {', '.join(sorted(known))}."
            " Anything else that the vendor takes goes into model_kwargs={...}."
        )


def explain_validation(
    error: ValidationError, model: type[BaseModel], given: Settings
) -> InvalidParameterError:
    """A pydantic error in our words: which parameter, what is allowed, what was seen.

    The values of secret settings are not shown.
    """
    lines: list[str] = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        # A step of the path with brackets names a validator of pydantic's, nothing of the user's.
        path = [str(step) for step in problem["loc"] if "[" not in str(step)]
        where = ".".join(path) or model.__name__
        what = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            line = f"{where} is required"
        elif name in given and not _is_secret(model, name):
            line = f"{where}: {what}; got {short_repr(given[name])}"
        else:
            line = f"{where}: {what}"
        if line not in lines:
            lines.append(line)
    return InvalidParameterError(f"{model.__name__}: {'. '.join(lines)}.")


def _is_secret(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and SecretStr.__name__ in repr(field.annotation)


def without_masked_key(settings: Settings, owner: str) -> Settings:
    """``settings`` as they were read from a model's JSON, where secrets are masked.

    A masked ``api_key`` is left out: the environment may have the key. Raises
    ``InvalidParameterError`` for any other masked secret, which nothing can give back.
    """
    masked = [name for name, value in settings.items() if _is_masked(value)]
    for name in masked:
        if name != "api_key":
            raise InvalidParameterError(
                f"{owner}: {name} holds {_MASK!r}, which stands for a secret that JSON does not"
                " contain. Leave it out, or give the secret again."
            )
    return {name: settings[name] for name in settings if name not in masked}


def _is_masked(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_is_masked, value.values()))
    return (value.get_secret_value() if isinstance(value, SecretStr) else value) == _MASK


def without_secrets(value: object) -> Any:
    """``value`` with ``None`` instead of each ``SecretStr``, in containers and models too."""
    if isinstance(value, SecretStr | SecretBytes):
        return None
    if isinstance(value, dict):
        return {key: without_secrets(inner) for key, inner in value.items()}
    if value.__class__ is list or value.__class__ is tuple:
        return value.__class__(map(without_secrets, value))
    if isinstance(value, BaseModel):
        fields = {name: without_secrets(inner) for name, inner in value.__dict__.items()}
        if any(fields[name] is not inner for name, inner in value.__dict__.items()):
            return value.model_copy(update=fields)
    return value


@cache
def _options_class() -> type[CallOptions]:
    from ..tools.spec import CallOptions  # 2 ms, which building a model does not pay

    return CallOptions


@cache
def option_names() -> frozenset[str]:
    """The names of call options: the fields of ``CallOptions``, and ``strict`` for its tools."""
    return frozenset(field.name for field in fields(_options_class())) | {"strict"}


def call_options(options: Settings) -> CallOptions:
    """Call options that ``read_options`` has read, for an encoder."""
    return _options_class()(**options)


def read_options(given: Settings) -> Settings:
    """Call options as ``CallOptions`` takes them. Raises ``InvalidParameterError``."""
    options = dict(given)
    strict = options.pop("strict", None)
    if "tools" in options:
        options["tools"] = _read_tools(options["tools"] or (), strict)
    for name, value in (("strict", strict), *options.items()):
        if name in ("strict", "parallel_tool_calls", "json_mode") and value is not None:
            of_type(name, value, bool, "True or False")
    if "tool_choice" in options:
        options["tool_choice"] = _read_choice(options["tool_choice"])
    if options.get("idempotency_key") is not None:
        options["idempotency_key"] = _read_key(options["idempotency_key"])
    for name in ("extra_headers", "extra_query", "extra_body"):
        if not isinstance(options.get(name) or {}, dict):
            raise InvalidParameterError(f"{name} is a dict; got {options[name]!r:.60}.")
    if "extra_headers" in options:
        given = options["extra_headers"] or {}
        options["extra_headers"] = {
            name: clean_header(name, _header_text(name, value), "extra_headers")
            for name, value in given.items()
        }
    return options


def _read_key(key: object) -> str:
    of_type("idempotency_key", key, str, "a text")
    key = clean_header("Idempotency-Key", str(key), "idempotency_key")
    if not key:
        raise InvalidParameterError("idempotency_key is empty; give each call a key of its own.")
    return key


def _header_text(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, str | int | float):
        return str(value)
    raise InvalidParameterError(
        f"extra_headers: the value of {name!r} is text; got {type(value).__name__}."
    )


def merge_options(bound: Settings, given: Settings) -> Settings:
    """The options of a call on top of those bound before; ``extra_*`` are added to.

    Raises ``InvalidParameterError``.
    """
    options = read_options(given)
    for name in ("extra_headers", "extra_query", "extra_body"):
        if name in options:
            options[name] = merge_setting(name, bound.get(name), options[name] or {})
    return {**bound, **options}


def shown_options(options: Settings) -> Iterator[tuple[str, object]]:
    """What ``repr`` of a model shows of bound options: names of tools and schema, no headers."""
    for name, value in options.items():
        if name == "tools":
            yield name, [getattr(tool, "name", tool) for tool in value]
        elif name == "response_schema" and value is not None:
            yield name, value.name
        elif name in ("tool_choice", "json_mode", "parallel_tool_calls") and value is not None:
            yield name, value


def merge_setting(name: str, own: Settings | None, given: object) -> Any:
    """What is ``given`` for the setting ``name``, added to ``own``.

    Names of headers are the same in any case. What is no dict is returned as it is: ``None`` takes
    ``own`` away, anything else is for validation to refuse.
    """
    if not isinstance(given, dict) or not own:
        return given
    if name.endswith("_headers"):
        replaced = {str(header).lower() for header in given}
        own = {header: value for header, value in own.items() if header.lower() not in replaced}
    return {**own, **given}


def _read_tools(
    tools: object, strict: bool | None
) -> tuple[ToolSpec | ServerTool | CachePoint | JSONObject, ...]:
    if isinstance(tools, (str, dict)) or not isinstance(tools, Iterable):
        raise InvalidParameterError(f"tools is a list of tools; got {type(tools).__name__}.")
    from ..tools.schema import to_tool_spec  # 2 ms, which models without tools do not pay
    from ..tools.spec import ToolSpec
    from .server_tools import ServerTool

    tools = list(tools)
    for tool in tools:
        if isinstance(tool, type) and issubclass(tool, ServerTool | CachePoint):
            raise InvalidParameterError(
                f"{tool.__name__} among tools is a class; give an object of it: {tool.__name__}(…)."
            )
    specs = [
        tool if isinstance(tool, ServerTool | CachePoint) else to_tool_spec(tool) for tool in tools
    ]
    if specs and isinstance(specs[0], CachePoint):
        raise InvalidParameterError(
            "A CachePoint among tools stands behind the tools that it marks; the first entry is one"
            " with nothing before it."
        )
    names = [spec.name for spec in specs if isinstance(spec, ToolSpec | ServerTool)]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InvalidParameterError(f"Two tools are named {' and '.join(sorted(twice))}.")
    if strict is None:
        return tuple(specs)
    return tuple(replace(s, strict=strict) if isinstance(s, ToolSpec) else s for s in specs)


def _read_choice(choice: object) -> str | JSONObject | None:
    if choice is True or choice == "required":
        return "any"
    if choice is None or isinstance(choice, (str, dict)):
        return choice or None
    raise InvalidParameterError(
        "tool_choice is 'auto', 'none', 'any', a tool's name, or a dict in the vendor's shape;"
        f" got {choice!r}."
    )
