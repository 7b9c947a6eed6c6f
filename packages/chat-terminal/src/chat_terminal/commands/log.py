"""``chat log``: past questions and answers, if you have asked for them to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..failures import one_line
from ..settings_file import read_settings, write_settings

if TYPE_CHECKING:
    from ..log_store import Entry

__all__ = ["app"]

_EXAMPLES = """\b
Examples:
  chat log
  chat log on
  chat run offline:demo "What is the tide?"
  chat log list
  chat log show
  chat log search tide
  chat log off
"""

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True, epilog=_EXAMPLES)

_Limit = Annotated[
    int, typer.Option("-n", "--limit", metavar="N", min=1, help="At most N entries.")
]


@app.callback()
def log(context: typer.Context) -> None:
    """Keep questions and answers.

    Nothing is kept before `chat log on`. Alone it says whether the log is on, and where it is.
    """
    if context.invoked_subcommand is None:
        from ..log_store import log_path

        typer.echo(f"{'on' if read_settings().log else 'off'}\t{log_path()}")


@app.command("on")
def turn_on() -> None:
    """Log every answer from now on; prints the file."""
    from ..log_store import log_path

    path = log_path()
    _set(on=True)
    typer.echo(str(path))


@app.command("off")
def turn_off() -> None:
    """Log no more answers; what was logged stays."""
    _set(on=False)


@app.command("list")
def list_entries(limit: _Limit = 20) -> None:
    """List the latest entries, the newest last."""
    from ..log_store import find_entries

    _print(find_entries(limit=limit))


@app.command("search")
def search_entries(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Part of a question or an answer.")],
    limit: _Limit = 20,
) -> None:
    """List the latest entries whose question or answer has TEXT; case does not matter."""
    from ..log_store import find_entries

    _print(find_entries(text, limit))


@app.command("show")
def show_entry(
    id: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="Its number; by default the latest.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the message as JSON.")] = False,
) -> None:
    """Print one entry."""
    from ..log_store import read_entry

    entry = read_entry(id)
    if json:
        typer.echo(entry.message)
        return
    tokens = [
        "?" if count is None else f"{count}" for count in (entry.input_tokens, entry.output_tokens)
    ]
    typer.echo(f"{entry.id}  {entry.time}  {entry.model}  tokens: {tokens[0]} in, {tokens[1]} out")
    typer.echo(f"\n{entry.question}\n\n{entry.answer}")


def _set(*, on: bool) -> None:
    settings = read_settings()
    settings.log = on
    write_settings(settings)


def _print(entries: list[Entry]) -> None:
    for entry in entries:
        typer.echo(f"{entry.id}  {entry.time}  {entry.model}  {_short(entry.question)}")


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= 60 else f"{line[:59]}…"
