"""``chat aliases``: short names for model ids."""

from __future__ import annotations

from typing import Annotated

import typer

from ..exit_codes import ExitCode
from ..failures import TerminalError
from ..settings_file import read_settings, write_settings

__all__ = ["app"]

_EXAMPLES = """\b
Examples:
  chat aliases set fast groq:llama-3.3-70b-versatile
  chat aliases
  chat run fast "Write a verse about the moon"
  chat aliases delete fast
"""

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True, epilog=_EXAMPLES)


@app.callback()
def list_aliases(context: typer.Context) -> None:
    """Give models short names.

    Alone it lists them. `chat` without a command begins with the one that is called `default`.
    """
    if context.invoked_subcommand is None:
        for name, model in sorted(read_settings().aliases.items()):
            typer.echo(f"{name}\t{model}")


@app.command("set")
def set_alias(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The short name.")],
    model: Annotated[str, typer.Argument(metavar="MODEL", help="PROVIDER:MODEL.")],
) -> None:
    """Let NAME stand for MODEL."""
    if ":" in name or not name.strip():
        raise TerminalError(f"An alias has no colon in it; got {name!r}.", ExitCode.USAGE)
    if ":" not in model:
        raise TerminalError(f"An alias stands for PROVIDER:MODEL; got {model!r}.", ExitCode.USAGE)
    settings = read_settings()
    settings.aliases[name] = model
    write_settings(settings)


@app.command("delete")
def delete_alias(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The short name.")],
) -> None:
    """Forget the short name NAME."""
    settings = read_settings()
    if name not in settings.aliases:
        known = ", ".join(sorted(settings.aliases)) or "none"
        raise TerminalError(f"No alias {name!r}; there are: {known}.", ExitCode.NOT_FOUND)
    del settings.aliases[name]
    write_settings(settings)
