"""Errors of runs: their type, what may be shown of them, and which are no failures."""

from __future__ import annotations

import traceback

from chat_core import ChatError, OutputParserError, ToolInputError

from .exportable import exportable_attributes

__all__ = ["describe", "error_type", "exception_attributes", "is_cancelled"]

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


def exception_attributes(error: BaseException) -> dict[str, str]:
    """Attributes of the event of ``error`` that OpenTelemetry would make in text of another kind;
    mostly none.
    """
    message = str(error)
    if message.isascii():
        return {}
    stack = "".join(traceback.format_exception(error))
    return exportable_attributes({"exception.message": message, "exception.stacktrace": stack})


def describe(error: BaseException) -> tuple[str, bool]:
    """The message of ``error``, and whether it may quote content."""
    return str(error), isinstance(error, _QUOTES_CONTENT)
