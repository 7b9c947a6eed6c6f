"""Tools, and the choice among them, into ``tools`` and ``tool_choice``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core import InvalidParameterError
from chat_core.provider import CallOptions, ToolSpec, WireNames, object_schema, to_closed_schema

from .families import refuses_forced_tools

__all__ = ["TOOL_NAMES", "encode_tools", "names_of_tools", "to_native_schema"]

TOOL_NAMES = WireNames(longest=128, kept=100)
_EXTRAS = (
    "allowed_callers",
    "cache_control",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
)


def encode_tools(
    options: CallOptions, *, model: str, thinking: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters ``tools`` and ``tool_choice``, as far as ``options`` ask for them.

    Raises ``InvalidParameterError`` for a schema without an object at its root, for a name that two
    tools have, for a choice that is no tool, and for a forced tool that ``model``, or thinking with
    a budget, does not allow.
    """
    if not options.tools:
        return {}
    wire: dict[str, Any] = {"tools": [_tool(tool) for tool in options.tools]}
    names = [tool["name"] for tool in wire["tools"] if tool.get("name")]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidParameterError(f"Two tools are named {' and '.join(twice)}.")
    choice = _choice(options)
    if choice:
        _check_choice(choice, names, model, thinking)
        wire["tool_choice"] = choice
    return wire


def names_of_tools(options: CallOptions) -> dict[str, str]:
    """From the names that are rewritten for the wire to the names of the tools."""
    found = (t.name if isinstance(t, ToolSpec) else _custom_name(t) for t in options.tools)
    return TOOL_NAMES.given_names(name for name in found if name)


def _custom_name(tool: dict[str, Any]) -> str | None:
    """The name of a tool of the caller's in the vendor's shape; others name a server tool."""
    is_custom = tool.get("type") in (None, "custom") and "input_schema" in tool
    return str(tool["name"]) if is_custom and tool.get("name") else None


def _tool(tool: ToolSpec | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(tool, ToolSpec):
        name, schema = _custom_name(tool), tool.get("input_schema")
        if name is None or not isinstance(schema, dict):
            return tool
        return {**tool, "name": TOOL_NAMES.wire_name(name), "input_schema": object_schema(schema)}
    wire: dict[str, Any] = {"name": TOOL_NAMES.wire_name(tool.name)}
    if tool.description:
        wire["description"] = tool.description
    schema = object_schema(tool.parameters)
    wire["input_schema"] = to_native_schema(schema) if tool.strict else schema
    if tool.strict is not None:
        wire["strict"] = tool.strict
    return wire | {key: tool.extras[key] for key in _EXTRAS if key in tool.extras}


def _choice(options: CallOptions) -> dict[str, Any] | None:
    asked, parallel = options.tool_choice, options.parallel_tool_calls
    if isinstance(asked, dict):
        choice = dict(asked)
    elif asked in ("auto", "any", "none"):
        choice = {"type": asked}
    elif asked is not None:
        choice = {"type": "tool", "name": asked}
    elif parallel is None:
        return None
    else:
        choice = {"type": "auto"}
    if isinstance(choice.get("name"), str):
        choice["name"] = TOOL_NAMES.wire_name(choice["name"])
    if parallel is not None and choice.get("type") != "none":
        choice.setdefault("disable_parallel_tool_use", not parallel)
    return choice


def _check_choice(
    choice: dict[str, Any], names: list[str], model: str, thinking: Mapping[str, Any]
) -> None:
    if choice.get("type") == "tool" and choice.get("name") not in names:
        raise InvalidParameterError(
            f"tool_choice names {choice.get('name')!r}; the tools are {', '.join(names)}."
        )
    if choice.get("type") not in ("any", "tool"):
        return
    if refuses_forced_tools(model):
        reason = f"{model} does not allow"
    elif thinking.get("type") == "enabled":
        reason = "thinking with a budget does not allow"
    else:
        return
    raise InvalidParameterError(
        f"tool_choice forces a tool, which {reason}; leave it out, use 'auto', or ask for an object"
        " with with_structured_output."
    )


def to_native_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` in the subset that Anthropic can hold an answer or a strict tool to.

    Raises ``InvalidParameterError`` for what the subset cannot express.
    https://platform.claude.com/docs/en/build-with-claude/structured-outputs
    """
    return to_closed_schema(schema, "Anthropic")
