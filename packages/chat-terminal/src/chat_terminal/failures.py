"""From an exception to one line for standard error and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exit_codes import ExitCode

if TYPE_CHECKING:
    from chat_core import ChatError

__all__ = ["OutputClosedError", "TerminalError", "describe", "one_line"]


class TerminalError(Exception):
    """A failure that a command reports as one line: its message. ``code`` is the exit code."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code


class OutputClosedError(Exception):
    """The reader of standard output has ended, as ``| head`` does; nothing is reported."""


def describe(error: BaseException) -> tuple[str, ExitCode]:
    """The line that says what ``error`` is, and the exit code that it stands for."""
    if isinstance(error, TerminalError):
        return one_line(str(error)), error.code
    from chat_core import ChatError

    if isinstance(error, ChatError):
        code = _code_of(error)
        return f"{one_line(str(error))}{_hint(error)}", code
    text = f"{type(error).__name__}: {error}"
    return f"{one_line(text)} (chat --debug shows where)", ExitCode.UNEXPECTED


def _hint(error: ChatError) -> str:
    """For a missing key, a sentence with the command that keeps it; else empty."""
    from chat_core import MissingAPIKeyError

    if isinstance(error, MissingAPIKeyError) and error.provider:
        return f" Or keep it with: chat keys set {error.provider}"
    return ""


def one_line(text: str) -> str:
    """``text`` without control characters, its white space as single spaces."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _code_of(error: ChatError) -> ExitCode:
    import chat_core as core

    kinds: tuple[tuple[ExitCode, tuple[type[ChatError], ...]], ...] = (
        (ExitCode.KEY, (core.MissingAPIKeyError, core.AuthenticationError)),
        (
            ExitCode.NOT_FOUND,
            (
                core.ProviderNotFoundError,
                core.ProviderNotInstalledError,
                core.ModelNotFoundError,
            ),
        ),
        (ExitCode.USAGE, (core.InvalidParameterError,)),
        (ExitCode.CONNECTION, (core.APIConnectionError, core.APITimeoutError)),
        (ExitCode.UNAVAILABLE, (core.RateLimitError, core.OverloadedError, core.ServerError)),
        (ExitCode.INTERRUPTED, (core.StreamInterruptedError, core.MalformedResponseError)),
        (ExitCode.NO_RESULT, (core.OutputParserError,)),
        (ExitCode.REFUSED, (core.APIError,)),
    )
    return next(
        (code for code, classes in kinds if isinstance(error, classes)), ExitCode.UNEXPECTED
    )
