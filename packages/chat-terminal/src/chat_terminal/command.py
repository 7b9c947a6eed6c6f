"""The one door for packages that add a command to ``chat``: what such a command needs.

A distribution names its command with an entry point in the group ``chat_terminal.commands``; its
value is a function with typer's annotations, or a ``typer.Typer``. From here it takes

- how it ends: ``ExitCode``, and ``TerminalError``, which becomes one line on standard error and an
  exit code; ``describe``, the line and the code of any other exception; ``one_line``;
- a line beside its output: ``note``;
- the models that a user names: ``choose_model`` and ``model_id`` (aliases, settings and keys), and
  ``read_options`` for ``--option NAME=VALUE``;
- annotations of common parameters: ``Model``, ``Options``; ``complete_model`` for those of its own.

Everything else of this package may change without notice.
"""

from __future__ import annotations

from .commands.parameters import Model, Options
from .exit_codes import ExitCode
from .failures import TerminalError, describe, one_line
from .model_choice import choose_model, model_id
from .model_completion import complete_model
from .option_values import read_options
from .report import note

__all__ = [
    "ExitCode",
    "Model",
    "Options",
    "TerminalError",
    "choose_model",
    "complete_model",
    "describe",
    "model_id",
    "note",
    "one_line",
    "read_options",
]
