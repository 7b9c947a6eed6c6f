"""Tools: functions that a model may ask to run."""

from __future__ import annotations

from .tool_schema import ToolLike, to_tool_spec

__all__ = ["ToolLike", "to_tool_spec"]
