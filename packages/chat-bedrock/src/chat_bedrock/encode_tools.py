"""Tools, and the choice among them, into ``toolConfig``.

Rules:

- A conversation with calls or results needs ``toolConfig``. Where no tools are given, those that
  the conversation has called are declared, without their schemas.
- ``toolChoice`` has no word for "no tool": the tools are then left out, which a conversation with
  calls does not allow.
- Families of models that cannot be forced to call a tool refuse ``any`` and a tool's name. With one
  tool ``any`` means that tool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chat_core import InvalidParameterError
from chat_core.provider import CallOptions, ToolSpec, WireNames, object_schema, to_closed_schema

from .families import family_of, forces_one_tool, forces_tools

__all__ = ["TOOL_NAMES", "encode_tools", "names_of_tools", "to_native_schema"]

TOOL_NAMES = WireNames(longest=64, kept=55)
_CACHE_POINT = "cachePoint"
_NOT_NOW = "A tool of an earlier turn; it cannot be called now."


def encode_tools(
    options: CallOptions, *, model: str, turns: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The parameter ``toolConfig``, as far as ``options`` or ``turns`` ask for it.

    Raises ``InvalidParameterError`` for a schema without an object at its root, for a name that two
    tools have, and for a choice that Converse or the model does not have.
    """
    called = _called(turns)
    tools = [wire for tool in options.tools for wire in _tool(tool)]
    specs = [tool["toolSpec"] for tool in tools if isinstance(tool.get("toolSpec"), dict)]
    _check_names([str(spec.get("name")) for spec in specs])
    if options.tool_choice == "none":
        if called:
            raise InvalidParameterError(
                "Bedrock cannot forbid tools (tool_choice='none') in a conversation with tool"
                " calls; leave tool_choice out."
            )
        return {}
    if not tools:
        tools = [{"toolSpec": _declared(name)} for name in called]
    if not tools:
        return {}
    config: dict[str, Any] = {"tools": tools}
    if choice := _choice(options, tools, model):
        config["toolChoice"] = choice
    return {"toolConfig": config}


def names_of_tools(options: CallOptions) -> dict[str, str]:
    """From the names that are rewritten for the wire to the names of the tools."""
    return TOOL_NAMES.given_names(tool.name for tool in options.tools if isinstance(tool, ToolSpec))


def _called(turns: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the tools that the conversation has called."""
    parts = [part for turn in turns for part in turn["content"]]
    names = [part["toolUse"]["name"] for part in parts if isinstance(part.get("toolUse"), dict)]
    return list(dict.fromkeys(names))


def _declared(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {}}
    return {"name": name, "description": _NOT_NOW, "inputSchema": {"json": schema}}


def _check_names(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidParameterError(f"Two tools are named {' and '.join(twice)}.")


def _tool(tool: ToolSpec | dict[str, Any]) -> list[dict[str, Any]]:
    """The tool, and the cache point behind it if it asks for one."""
    if not isinstance(tool, ToolSpec):
        return [tool]
    wire: dict[str, Any] = {"name": TOOL_NAMES.wire_name(tool.name)}
    if tool.description.strip():
        wire["description"] = tool.description
    schema = object_schema(tool.parameters)
    wire["inputSchema"] = {"json": to_native_schema(schema) if tool.strict else schema}
    if tool.strict is not None:
        wire["strict"] = tool.strict
    point = tool.extras.get(_CACHE_POINT)
    return [{"toolSpec": wire}, *([] if point is None else [{_CACHE_POINT: point}])]


def _choice(options: CallOptions, tools: list[dict[str, Any]], model: str) -> dict[str, Any] | None:
    if options.parallel_tool_calls is not None:
        raise InvalidParameterError(
            "Bedrock has no switch for parallel tool calls; leave parallel_tool_calls out."
        )
    asked = options.tool_choice
    if asked is None or isinstance(asked, dict):
        return asked
    if asked == "auto":
        return {"auto": {}}
    if not forces_tools(model):
        raise InvalidParameterError(
            f"Models of {family_of(model)} on Bedrock cannot be forced to call a tool; use"
            " tool_choice='auto', or leave it out."
        )
    if asked == "any":
        return {"any": {}}
    return _named(TOOL_NAMES.wire_name(asked), tools, model)


def _named(name: str, tools: list[dict[str, Any]], model: str) -> dict[str, Any]:
    bodies = [body for tool in tools for body in tool.values() if isinstance(body, dict)]
    names = [str(body["name"]) for body in bodies if "name" in body]
    if name not in names:
        raise InvalidParameterError(
            f"tool_choice names {name!r}; the tools are {', '.join(names)}."
        )
    if forces_one_tool(model):
        return {"tool": {"name": name}}
    if len(names) > 1:
        raise InvalidParameterError(
            f"A request for {family_of(model)} on Bedrock cannot name which tool to call; use"
            " tool_choice='any', or bind that tool alone."
        )
    return {"any": {}}


def to_native_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` in the subset that Bedrock can hold an answer or a strict tool to.

    Raises ``InvalidParameterError`` for what the subset cannot express.
    https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
    """
    return to_closed_schema(schema, "Bedrock")
