"""The names that OpenAI takes for functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chat_core import InvalidParameterError
from chat_core.provider import ToolSpec

if TYPE_CHECKING:
    from chat_core.provider import CallOptions

__all__ = ["check_tool_names"]

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
