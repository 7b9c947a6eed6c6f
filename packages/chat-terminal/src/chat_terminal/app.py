"""The command ``chat`` as typer has it: its own commands, and those that other packages add.

A distribution adds a command with an entry point in the group ``chat_terminal.commands``: the
entry's name is the command's, its value a function with typer's annotations or a ``typer.Typer``.
It is imported when the command is called; ``chat --help`` shows the summary of its distribution.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from .commands import aliases, doctor, keys, log, models, offline, profile, providers, run, talk
from .exit_codes import ExitCode
from .failures import OutputClosedError, TerminalError

__all__ = ["ENTRY_POINT_GROUP", "make_app"]

ENTRY_POINT_GROUP = "chat_terminal.commands"


class CommandGroup(TyperGroup):
    """The group of all commands; those of other packages are loaded when they are called."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Raises ``OutputClosedError`` where typer would exit with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise OutputClosedError from error

    def list_commands(self, ctx: Any) -> list[str]:
        """Our own commands, then those of other packages."""
        own = super().list_commands(ctx)
        return [*own, *sorted(added_commands().keys() - set(own))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or ``None``; one of another package as its name and summary alone."""
        own = super().get_command(ctx, cmd_name)
        entry = None if own is not None else added_commands().get(cmd_name)
        return own if entry is None else _summary(entry)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that ``args`` begins with, loaded, and its arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and super().get_command(ctx, name) is None:
            command = _load(added_commands()[name])
        return name, command, rest


def make_app() -> typer.Typer:
    """The command ``chat``."""
    app = typer.Typer(
        cls=CommandGroup,
        invoke_without_command=True,
        subcommand_metavar="[COMMAND] [ARGS]...",
        rich_markup_mode=None,  # rich takes 100 ms that help does not need
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=talk.EXAMPLES,
    )
    app.callback()(talk.chat)
    app.command("run", epilog=run.EXAMPLES)(run.run)
    app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
    app.command("providers", epilog=providers.EXAMPLES)(providers.show_providers)
    app.command("models")(models.show_models)
    app.command("profile", epilog=profile.EXAMPLES)(profile.show_profile)
    app.add_typer(keys.app, name="keys")
    app.add_typer(aliases.app, name="aliases")
    app.add_typer(log.app, name="log")
    app.command("offline", epilog=offline.EXAMPLES)(offline.offline)
    return app


def added_commands() -> dict[str, EntryPoint]:
    """The entry points of commands from other packages, by name."""
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)}


def _summary(entry: EntryPoint) -> Any:
    def added() -> None:
        """Shown, never called."""

    text = entry.dist.metadata["Summary"] if entry.dist else entry.value
    return _as_command(entry.name, added, help=text)


def _load(entry: EntryPoint) -> Any:
    try:
        found = entry.load()
    except Exception as error:
        package = entry.dist.name if entry.dist else entry.value
        raise TerminalError(
            f"The command {entry.name!r} of {package} cannot be loaded"
            f" ({type(error).__name__}: {error}). Reinstall or uninstall that package.",
            ExitCode.NOT_FOUND,
        ) from error
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    return _as_command(entry.name, found)


def _as_command(name: str, function: Any, help: str | None = None) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, help=help)(function)
    return typer.main.get_command(app)
