"""What OpenAI takes as the name and the parameters of a function."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chat_core import InvalidParameterError
from chat_core.provider import ToolSpec, object_schema

if TYPE_CHECKING:
    from chat_core.provider import CallOptions

__all__ = ["check_tool_names", "with_plain_roots"]

_ALTERNATIVES = frozenset({"anyOf", "oneOf", "allOf"})

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""Source: OpenAI's API reference, ``tools[].function.name``."""


def check_tool_names(options: CallOptions) -> None:
    """Raise ``InvalidParameterError`` for a tool whose name OpenAI refuses."""
    for tool in options.tools:
        if isinstance(tool, ToolSpec) and _NAME.fullmatch(tool.name) is None:
            raise InvalidParameterError(
                f"The name of the tool {tool.name!r} is not one that OpenAI takes: 1 to 64 letters,"
                " digits, underscores and hyphens."
            )


def with_plain_roots(options: CallOptions) -> CallOptions:
    """``options`` without alternatives at the root of a tool's parameters, which OpenAI refuses.

    Source: its error "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/
    'not' at the top level". Raises ``InvalidParameterError`` if no object fits the parameters.
    """
    return replace(options, tools=tuple([_with_plain_root(tool) for tool in options.tools]))


def _with_plain_root(tool: ToolSpec | dict[str, Any]) -> ToolSpec | dict[str, Any]:
    if not isinstance(tool, ToolSpec) or not _ALTERNATIVES.intersection(tool.parameters):
        return tool
    return replace(tool, parameters=object_schema(tool.parameters))
