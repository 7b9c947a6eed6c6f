"""The command ``chat``: ask any chat model from a terminal or in a pipe.

Distributions that add a command under the entry point group ``chat_terminal.commands`` import what
it needs from ``chat_terminal.command``.
"""

from __future__ import annotations

from .exit_codes import ExitCode
from .failures import TerminalError

__version__ = "0.1.0"

__all__ = ["ExitCode", "TerminalError"]
