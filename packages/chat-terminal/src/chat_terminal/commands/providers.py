"""``chat providers``: the installed providers, their packages and their keys."""

from __future__ import annotations

import typer

__all__ = ["EXAMPLES", "show_providers"]

EXAMPLES = """\b
Examples:
  chat providers
"""


def show_providers() -> None:
    """List the installed providers and their keys."""
    from ..key_store import environment_key
    from ..model_choice import installed_providers

    rows = []
    for provider in installed_providers():
        variable = environment_key(provider)
        if variable:
            key = f"key in {variable}"
        elif provider.key_variables:
            key = f"no key in {' or '.join(provider.key_variables)}"
        else:
            key = "no key variable"
        rows.append((provider.name, provider.package, key))
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for name, package, key in rows:
        typer.echo(f"{name:<{widths[0]}}  {package:<{widths[1]}}  {key}")
