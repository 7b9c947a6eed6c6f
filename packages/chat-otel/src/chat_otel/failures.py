"""Errors of runs: their type, what may be shown of them, and which are no failures."""

from __future__ import annotations

from chat_core import ChatError, OutputParserError, ToolInputError

__all__ = ["describe", "error_type", "is_cancelled"]

_QUOTES_CONTENT = (OutputParserError, ToolInputError)
"""Errors whose message quotes what a model wrote."""


def is_cancelled(error: BaseException) -> bool:
    """Whether the caller ended the run: a cancelled task or thread, or a closed generator."""
    return not isinstance(error, Exception | KeyboardInterrupt | SystemExit)


def error_type(error: BaseException) -> str:
    """The class of ``error``: bare for our tree and Python's own, else with its module."""
    kind = type(error)
    if isinstance(error, ChatError) or kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def describe(error: BaseException) -> tuple[str, bool]:
    """The message of ``error``, and whether it may quote content."""
    return str(error), isinstance(error, _QUOTES_CONTENT)
