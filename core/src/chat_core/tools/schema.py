"""From whatever a user calls a tool (function, class, JSON schema, vendor dict) to a ``ToolSpec``.

Rules:

- A function's parameters come from its type hints; a parameter with a default is optional.
- The first paragraph of the docstring (everything before ``Args:``) describes the tool; the lines
  under ``Args:`` describe its parameters. ``Annotated[int, Field(description=...)]`` wins over
  them.
- A dict is read only if every key in it is known; any other dict is in a vendor's own shape (a
  server tool such as web search) and goes to the vendor verbatim.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NotRequired, TypeAlias, get_type_hints

from pydantic import BaseModel

from ..errors import InvalidParameterError
from .spec import ToolSpec
from .typed_dicts import validatable

__all__ = ["ToolLike", "arguments_type", "json_schema", "to_tool_spec"]

ToolLike: TypeAlias = Callable[..., Any] | type | dict[str, Any] | ToolSpec | Any
"""A typed function, a pydantic class, a TypedDict, a dataclass, a JSON schema, or an OpenAI-style
dict.
"""

_OPENAI_KEYS = frozenset({"name", "description", "parameters", "strict"})
_ANTHROPIC_KEYS = frozenset({"name", "description", "input_schema", "strict"})
_ARGS_HEAD = re.compile(r"^[ \t]*(?:Args|Arguments|Parameters):[ \t]*$", re.MULTILINE)
_NEXT_HEAD = re.compile(r"^[ \t]*(?:Returns|Yields|Raises|Examples?|Notes?):", re.MULTILINE)
_ARG_LINE = re.compile(r"^(\s*)\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")


def to_tool_spec(tool: ToolLike) -> ToolSpec | dict[str, Any]:
    """``tool`` as a ``ToolSpec``, or the dict itself where it is in a vendor's own shape.

    Raises ``InvalidParameterError`` for anything from which no schema can be made, saying why.
    """
    if isinstance(tool, ToolSpec):
        return tool
    spec = getattr(tool, "spec", None)
    if isinstance(spec, ToolSpec):
        return spec
    if isinstance(tool, dict):
        return _from_dict(tool)
    if isinstance(tool, BaseModel):  # a vendor's own type
        return tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(tool, type):
        return _from_class(tool)
    if callable(tool):
        return from_function(tool)
    raise InvalidParameterError(
        f"A tool is a typed function, a pydantic class, a TypedDict, a JSON schema or a dict in the"
        f" vendor's shape; got {type(tool).__name__}: {tool!r:.80}"
    )


def from_function(
    function: Callable[..., Any], *, name: str | None = None, description: str | None = None
) -> ToolSpec:
    """The spec of a typed function.

    Raises ``InvalidParameterError`` where its parameters have no JSON schema.
    """
    name = name or _named(function)
    if not re.fullmatch(r"[\w.-]+", name):
        raise InvalidParameterError(
            f"{name!r} is no name for a tool: define it with `def`, or name it with @tool('…')."
        )
    parameters = json_schema(arguments_type(function))
    # Functions refuse unknown arguments by themselves; vendors' schemas differ on the keyword.
    parameters.pop("additionalProperties", None)
    parameters.pop("description", None)
    described, about = split_docstring(inspect.getdoc(_unbound(function)) or "")
    for key, parameter in inspect.signature(function).parameters.items():
        prop = parameters.get("properties", {}).get(key)
        if prop is None:
            continue
        if key in about:
            prop.setdefault("description", about[key])
        if parameter.default is None or isinstance(parameter.default, str | int | float | bool):
            prop.setdefault("default", parameter.default)
    return ToolSpec(name, described if description is None else description, parameters)


def arguments_type(function: Callable[..., Any]) -> Any:
    """A TypedDict of the function's parameters; those with a default are not required.

    Values absent from the call stay absent, so that the function's own defaults apply.
    """
    from pydantic import ConfigDict
    from typing_extensions import TypedDict

    try:
        written = _unbound(function)
        if not hasattr(written, "__name__"):  # an object that can be called
            written = type(written).__call__
        hints = get_type_hints(written, include_extras=True)
    except (NameError, TypeError) as error:
        raise InvalidParameterError(
            f"The type hints of {_named(function)} cannot be read: {error}. Types used in a tool's"
            " signature must exist at run time (not only under TYPE_CHECKING)."
        ) from error
    fields: dict[str, Any] = {}
    for key, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise InvalidParameterError(
                f"{_named(function)} takes {parameter}, which has no JSON schema: a tool's"
                " parameters are named one by one."
            )
        hint = hints.get(key, Any)
        fields[key] = hint if parameter.default is parameter.empty else NotRequired[hint]
    typed_dict: Any = TypedDict  # mypy knows only literal calls of it
    made = typed_dict(f"{_named(function)}_arguments", fields)
    made.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
    return made


def json_schema(annotation: Any) -> dict[str, Any]:
    """The JSON schema of a type, without the titles that pydantic makes up from names.

    Raises ``InvalidParameterError`` for a type that JSON cannot express.
    """
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError
    from pydantic.json_schema import GenerateJsonSchema

    class _Untitled(GenerateJsonSchema):
        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

    try:
        schema = TypeAdapter(validatable(annotation)).json_schema(schema_generator=_Untitled)
    except (PydanticUserError, PydanticInvalidForJsonSchema) as error:
        raise InvalidParameterError(
            f"No JSON schema can be made of {getattr(annotation, '__name__', annotation)}:"
            f" {str(error).splitlines()[0]}"
        ) from error
    schema.pop("title", None)
    return schema


def split_docstring(text: str) -> tuple[str, dict[str, str]]:
    """A docstring's prose before ``Args:`` and what is said under it, by parameter name."""
    head = _ARGS_HEAD.search(text)
    end = _NEXT_HEAD.search(text)
    if head is None:
        return text[: end.start()].strip() if end else text.strip(), {}
    prose = text[: head.start()]
    if end is not None and end.start() < head.start():
        prose = text[: end.start()]
    body = text[head.end() :]
    stop = _NEXT_HEAD.search(body)
    return prose.strip(), _argument_lines(body[: stop.start()] if stop else body)


def _argument_lines(body: str) -> dict[str, str]:
    about: dict[str, list[str]] = {}
    depth: int | None = None
    latest: list[str] = []
    for line in body.splitlines():
        if not line.strip():
            continue
        match = _ARG_LINE.match(line)
        indent = len(line) - len(line.lstrip())
        if match and (depth is None or indent <= depth):
            depth = indent
            latest = about.setdefault(match[2], [])
            latest.append(match[3].strip())
        elif depth is not None and indent <= depth:
            break  # prose that follows the list
        else:
            latest.append(line.strip())
    return {name: " ".join(part for part in parts if part) for name, parts in about.items()}


def _from_class(cls: type) -> ToolSpec:
    from dataclasses import is_dataclass

    from typing_extensions import is_typeddict

    is_model = hasattr(cls, "model_json_schema")
    if not (is_model or is_typeddict(cls) or is_dataclass(cls)):
        raise InvalidParameterError(
            f"{cls.__name__} is a plain class. A tool's class is a pydantic model, a TypedDict or a"
            " dataclass, whose fields are the tool's parameters."
        )
    schema = json_schema(cls)
    own = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in cls.__dict__ else ""
    if is_dataclass(cls) and own.startswith(f"{cls.__name__}("):
        own = ""  # the signature that `@dataclass` writes where there is no docstring
    prose, about = split_docstring(own)
    schema.pop("description", None)
    for key, text in about.items():
        if key in schema.get("properties", {}):
            schema["properties"][key].setdefault("description", text)
    return ToolSpec(cls.__name__, prose, schema)


def _from_dict(wire: dict[str, Any]) -> ToolSpec | dict[str, Any]:
    if wire.get("type") == "function" and isinstance(wire.get("function"), dict):
        inner = wire["function"]
        known = wire.keys() == {"type", "function"} and inner.keys() <= _OPENAI_KEYS
        return _spec(inner, "parameters") if known else wire
    if wire.get("type") in (None, "function") and "name" in wire and "properties" not in wire:
        rest = wire.keys() - {"type"}
        if rest <= _OPENAI_KEYS:
            return _spec(wire, "parameters")
        if rest <= _ANTHROPIC_KEYS:
            return _spec(wire, "input_schema")
        return wire
    if wire.get("type") == "custom" and wire.keys() - {"type"} <= _ANTHROPIC_KEYS:
        return _spec(wire, "input_schema") if "input_schema" in wire else wire
    if wire.get("type") == "object" or "properties" in wire:
        return _from_json_schema(wire)
    # Some vendors name each server tool by a key of its own, and several may share one dict.
    named_by_keys = len(wire) == 1 or all(isinstance(value, dict) for value in wire.values())
    if not wire or ("type" not in wire and not named_by_keys):
        raise InvalidParameterError(
            "A dict as a tool is a JSON schema with a title, an OpenAI-style"
            ' {"type": "function", "function": {…}}, or in the vendor\'s own shape;'
            f" got one with the keys {sorted(map(str, wire)) or 'none'}."
        )
    return wire


def _spec(wire: dict[str, Any], parameters: str) -> ToolSpec:
    name = wire.get("name")
    if not isinstance(name, str) or not name:
        raise InvalidParameterError(f"A tool needs a name; got {name!r} in {wire!r:.120}")
    schema = wire.get(parameters)
    return ToolSpec(
        name,
        wire.get("description") or "",
        {"type": "object", "properties": {}} if schema is None else schema,
        wire.get("strict"),
    )


def _from_json_schema(schema: dict[str, Any]) -> ToolSpec:
    name = schema.get("title")
    if not isinstance(name, str) or not name:
        raise InvalidParameterError(
            'A JSON schema used as a tool is named by its "title"; this one has none'
            f" (properties: {', '.join(schema.get('properties', {})) or 'none'})."
        )
    rest = {key: value for key, value in schema.items() if key not in ("title", "description")}
    return ToolSpec(name, schema.get("description") or "", {"type": "object", **rest})


def _named(function: Callable[..., Any]) -> str:
    function = _unbound(function)
    name: str = getattr(function, "__name__", type(function).__name__)
    return name


def _unbound(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function behind ``functools.partial``, which has its name, docstring and hints."""
    while isinstance(function, partial):
        function = function.func
    return function
