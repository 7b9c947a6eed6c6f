"""chat-tool-loop: runs the tools that a model calls, until it answers; MCP servers as tools."""

from __future__ import annotations

from .errors import StepLimitError, TimeLimitError, TokenLimitError, ToolLoopError
from .loop import ToolLoop, ToolLoopItem, run_tools
from .result import ToolLoopResult

__version__ = "0.1.0"

__all__ = [
    "StepLimitError",
    "TimeLimitError",
    "TokenLimitError",
    "ToolLoop",
    "ToolLoopError",
    "ToolLoopItem",
    "ToolLoopResult",
    "run_tools",
]
