"""From whatever a user calls a tool (function, class, JSON schema, vendor dict) to a ``ToolSpec``.

Rules:

- A function's parameters come from its type hints; a parameter with a default is optional.
- The docstring describes the tool and its parameters (``docstrings.py``). A text in ``Annotated``
  and ``Field(description=...)`` win over it.
- A class's name becomes one that vendors take (``names.py``).
- A dict is read only if every key in it is known; any other dict is in a vendor's own shape (a
  server tool such as web search) and goes to the vendor verbatim.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    TypeAlias,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel

from ..errors import InvalidParameterError
from ..json_text import JSONObject, outside_json
from .docstrings import split_docstring
from .names import schema_name
from .object_schema import with_object_root
from .references import refuse_dangling_references
from .schema_depth import refuse_deep_schema
from .signature import name_of, read_signature, unbound
from .spec import ToolSpec
from .typed_dicts import validatable

__all__ = ["ToolLike", "from_function", "json_schema", "to_tool_spec"]

ToolLike: TypeAlias = Callable[..., object] | type | JSONObject | ToolSpec | Any
"""A typed function, a pydantic class, a TypedDict, a dataclass, a JSON schema, or an OpenAI-style
dict.
"""

_OPENAI_KEYS = frozenset({"name", "description", "parameters", "strict"})
_ANTHROPIC_KEYS = frozenset({"name", "description", "input_schema", "strict"})


def to_tool_spec(tool: ToolLike) -> ToolSpec | JSONObject:
    """``tool`` as a ``ToolSpec``, or the dict itself where it is in a vendor's own shape.

    Raises ``InvalidParameterError`` for anything from which no schema can be made, saying why, and
    for a schema that refers to a definition which it has not.
    """
    read = _read(tool)
    if isinstance(read, ToolSpec):
        refuse_deep_schema(read.parameters, f"the tool {read.name!r}")
        refuse_dangling_references(read.parameters, f"the tool {read.name!r}")
    else:
        for schema in _schemas_of(read):
            refuse_dangling_references(schema, "a tool")
    return read


def _schemas_of(wire: JSONObject) -> list[Any]:
    """The schemas in a tool of a vendor's own shape, where most vendors have them."""
    function = wire.get("function")
    inner = function if isinstance(function, dict) else {}
    places = (wire.get("parameters"), wire.get("input_schema"), inner.get("parameters"))
    return [schema for schema in places if isinstance(schema, dict)]


def _read(tool: ToolLike) -> ToolSpec | JSONObject:
    if isinstance(tool, ToolSpec):
        return tool
    spec = getattr(tool, "spec", None)
    if isinstance(spec, ToolSpec):
        return spec
    if isinstance(tool, dict):
        refuse_deep_schema(tool, "a tool")
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
    function: Callable[..., object], *, name: str | None = None, description: str | None = None
) -> ToolSpec:
    """The spec of a typed function.

    Raises ``InvalidParameterError`` where its parameters have no JSON schema.
    """
    name = name or name_of(function)
    if not re.fullmatch(r"[\w.-]+", name):
        raise InvalidParameterError(
            f"{name!r} is no name for a tool: define it with `def`, or name it with @tool('…')."
        )
    signature = read_signature(function)
    parameters = _schema_of_parameters(name, signature.arguments)
    # Functions refuse unknown arguments by themselves; vendors' schemas differ on the keyword.
    parameters.pop("additionalProperties", None)
    parameters.pop("description", None)
    prose, about = split_docstring(inspect.getdoc(unbound(function)) or "")
    properties = parameters.setdefault("properties", {})
    for key, prop in properties.items():
        if key in about:
            prop.setdefault("description", about[key])
        if key in signature.shown:
            prop.setdefault("default", signature.shown[key])
    return ToolSpec(name, prose if description is None else description, parameters)


def _schema_of_parameters(name: str, arguments: Any) -> JSONObject:
    """The schema of a ``TypedDict`` of parameters; its error names the parameter and its type."""
    try:
        return json_schema(arguments)
    except InvalidParameterError:
        for parameter, hint in get_type_hints(arguments).items():
            try:
                json_schema(hint)
            except InvalidParameterError as error:
                raise InvalidParameterError(
                    f"The tool {name!r}: the parameter {parameter!r} has the type"
                    f" {getattr(hint, '__name__', hint)}, which JSON cannot express. Use a str, a"
                    " number, a list, a dict, a dataclass or a pydantic class."
                ) from error.__cause__
        raise


def json_schema(annotation: object) -> JSONObject:
    """The JSON schema of a type, without the titles that pydantic makes up from names.

    Raises ``InvalidParameterError`` for a type that JSON cannot express.
    """
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError
    from pydantic.json_schema import GenerateJsonSchema
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    class _Untitled(GenerateJsonSchema):
        # Of defaults that JSON cannot hold: the type has them, the schema is whole without.
        ignored_warning_kinds: set[Any] = {  # noqa: RUF012 - declared so by the base class
            "skipped-choice",
            "non-serializable-default",
        }

        def field_title_should_be_set(self, schema: object) -> bool:
            return False

        def encode_default(self, default: Any) -> Any:
            encoded = super().encode_default(default)
            # Within lists pydantic writes null for such a number, which the type may not allow.
            plain = to_jsonable_python(default, bytes_mode="base64", fallback=str)
            if outside_json(encoded) or outside_json(plain):  # pydantic leaves the default out
                raise PydanticSerializationError("JSON has no such number")
            return encoded

    try:
        schema = TypeAdapter(validatable(annotation)).json_schema(schema_generator=_Untitled)
    except (PydanticUserError, PydanticInvalidForJsonSchema) as error:
        raise InvalidParameterError(
            f"No JSON schema can be made of {getattr(annotation, '__name__', annotation)}:"
            f" {str(error).splitlines()[0]}"
        ) from error
    schema.pop("title", None)
    return _with_root(schema)


def _with_root(schema: JSONObject) -> JSONObject:
    """``schema`` with its root written out: of a recursive type pydantic writes a reference."""
    reference, definitions = schema.get("$ref"), schema.get("$defs") or {}
    name = str(reference or "").removeprefix("#/$defs/")
    if name not in definitions:
        return schema
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    root = {**definitions[name], **rest}
    root.pop("title", None)
    return root


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
    if schema.get("type") != "object":
        raise InvalidParameterError(
            f"{cls.__name__} is a JSON {schema.get('type', 'value of several types')}; the"
            " parameters of a tool are an object. with_structured_output takes it."
        )
    own = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in cls.__dict__ else ""
    if is_dataclass(cls) and own.startswith(f"{cls.__name__}("):
        own = ""  # the signature that `@dataclass` writes where there is no docstring
    prose, about = split_docstring(own)
    schema.pop("description", None)
    for key, text in {**about, **_descriptions(cls)}.items():
        if key in schema.get("properties", {}):
            schema["properties"][key].setdefault("description", text)
    return ToolSpec(schema_name(cls), prose, schema)


def _descriptions(cls: type) -> dict[str, str]:
    """The strings in ``Annotated`` of a class's fields."""
    try:
        hints = get_type_hints(cls, include_extras=True)
    except (NameError, TypeError):
        return {}
    found: dict[str, str] = {}
    for name, written in hints.items():
        hint = written
        if get_origin(hint) in (Required, NotRequired):
            (hint,) = get_args(hint)
        texts = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        if text := next((text for text in texts if isinstance(text, str)), None):
            found[name] = text
    return found


def _from_dict(wire: JSONObject) -> ToolSpec | JSONObject:
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


def _spec(wire: JSONObject, parameters: str) -> ToolSpec:
    name = wire.get("name")
    if not isinstance(name, str) or not name:
        raise InvalidParameterError(f"A tool needs a name; got {name!r} in {wire!r:.120}")
    schema = wire.get(parameters) or {"type": "object", "properties": {}}
    try:
        schema = with_object_root(schema)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"The tool {name!r}: {error}") from error
    return ToolSpec(name, wire.get("description") or "", schema, wire.get("strict"))


def _from_json_schema(schema: JSONObject) -> ToolSpec:
    name = schema.get("title")
    if not isinstance(name, str) or not name:
        raise InvalidParameterError(
            'A JSON schema is named by its "title"; this one has none'
            f" (properties: {', '.join(schema.get('properties', {})) or 'none'})."
        )
    rest = {key: value for key, value in schema.items() if key not in ("title", "description")}
    description = schema.get("description") or ""
    parameters = with_object_root(_with_root({"type": "object", **rest}))
    return ToolSpec(schema_name(name), description, parameters)
