"""The errors of tool loops and of MCP servers.

ChatError
└── ToolLoopError          the loop ended without an answer; ``partial`` is what there is
    ├── StepLimitError     ``max_steps`` answers, and the last one calls tools
    ├── TokenLimitError    ``max_tokens`` are used up, or the vendor does not count them
    └── TimeLimitError     ``timeout`` seconds are over
"""

from __future__ import annotations

from chat_core import ChatError

from .result import ToolLoopResult

__all__ = [
    "MCPServerError",
    "MCPToolError",
    "StepLimitError",
    "TimeLimitError",
    "TokenLimitError",
    "ToolLoopError",
]


class ToolLoopError(ChatError):
    """A tool loop that ended without an answer.

    ``partial`` has the conversation so far. It can be sent to a model again: a call that was not
    run has a result that says so.
    """

    def __init__(self, message: str, *, partial: ToolLoopResult) -> None:
        super().__init__(message)
        self.partial = partial


class StepLimitError(ToolLoopError):
    """The last answer that ``max_steps`` allows calls tools. They are not run."""


class TokenLimitError(ToolLoopError):
    """``max_tokens`` are used up and the model calls tools. They are not run."""


class TimeLimitError(ToolLoopError):
    """``timeout`` seconds are over. The vendor's response and the calls of tools are closed."""


class MCPServerError(ChatError):
    """An MCP server could not be started, gives no result in time, or is gone."""


class MCPToolError(ChatError):
    """A tool of an MCP server has failed; the message is the server's text."""
