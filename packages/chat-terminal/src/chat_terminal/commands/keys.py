"""``chat keys``: keys in the keyring of the operating system, of which only names are shown."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..exit_codes import ExitCode
from ..failures import TerminalError
from ..model_completion import complete_provider
from ..report import note

__all__ = ["app"]

_EXAMPLES = """\b
Examples:
  chat keys
  chat keys set groq < key.txt
  chat keys delete groq
"""

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True, epilog=_EXAMPLES)

_Provider = Annotated[
    str,
    typer.Argument(metavar="PROVIDER", help="The provider's id.", autocompletion=complete_provider),
]


@app.callback()
def list_keys(context: typer.Context) -> None:
    """Keep keys in the keyring of the operating system.

    Alone it lists the providers that have one, there or in the environment. No key is shown.
    """
    if context.invoked_subcommand is not None:
        return
    from ..key_store import environment_key, has_keyring, read_key
    from ..model_choice import installed_providers

    failure: TerminalError | None = None
    found = False
    for provider in installed_providers():
        variable = environment_key(provider)
        places = [f"environment ({variable})"] * bool(variable)
        try:
            if failure is None and has_keyring() and read_key(provider.name) is not None:
                places.append("keyring")
        except TerminalError as error:
            failure = error
        if places:
            found = True
            typer.echo(f"{provider.name}\t{', '.join(places)}")
    if failure is not None:
        raise failure
    if not found:
        note("No key was found, in the environment or in a keyring.")


@app.command("set")
def set_key(provider: _Provider) -> None:
    """Keep the key of PROVIDER, typed unseen or piped in, in the keyring."""
    from ..key_store import store_key
    from ..model_choice import named_provider

    name = named_provider(provider).name
    key = _read_key(name)
    if not key:
        raise TerminalError("The key is empty; nothing was kept.", ExitCode.USAGE)
    store_key(name, key)


@app.command("delete")
def delete_stored_key(provider: _Provider) -> None:
    """Take the key of PROVIDER out of the keyring."""
    from ..key_store import delete_key

    delete_key(provider.strip().lower().replace("_", "-"))


def _read_key(provider: str) -> str:
    from ..input_text import piped_input

    if sys.stdin is None or not sys.stdin.isatty():
        return piped_input().strip()
    from getpass import getpass

    return getpass(f"Key for {provider} (not shown): ").strip()
