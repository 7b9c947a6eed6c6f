"""chat-tool-loop: runs the tools that a model calls, until it answers; MCP servers as tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import (
    MCPServerError,
    MCPToolError,
    StepLimitError,
    TimeLimitError,
    TokenLimitError,
    ToolLoopError,
)
from .loop import ToolLoop, ToolLoopItem, run_tools
from .result import ToolLoopResult

if TYPE_CHECKING:
    from .mcp_tools import MCPTools

__version__ = "0.1.0"

__all__ = [
    "MCPServerError",
    "MCPToolError",
    "MCPTools",
    "StepLimitError",
    "TimeLimitError",
    "TokenLimitError",
    "ToolLoop",
    "ToolLoopError",
    "ToolLoopItem",
    "ToolLoopResult",
    "run_tools",
]


def __getattr__(name: str) -> Any:
    if name != "MCPTools":  # which loads asyncio
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .mcp_tools import MCPTools

    return MCPTools
