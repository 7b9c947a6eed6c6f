"""``chat models``: the models that a vendor lists."""

from __future__ import annotations

from typing import Annotated

import typer

from ..model_completion import complete_provider

__all__ = ["show_models"]


def show_models(
    provider: Annotated[
        str,
        typer.Argument(
            metavar="PROVIDER", help="The provider's id.", autocompletion=complete_provider
        ),
    ],
    option: Annotated[
        list[str] | None,
        typer.Option(
            "-o", "--option", metavar="NAME=VALUE", help="A setting of the connection: base_url=…"
        ),
    ] = None,
) -> None:
    """List the models that the vendor of PROVIDER offers."""
    from chat_core import list_models

    from ..model_choice import named_provider, stored_key
    from ..option_values import read_options

    found = named_provider(provider)
    settings = read_options(found.load(), option or [])
    if "api_key" not in settings and (key := stored_key(found)):
        settings["api_key"] = key
    for model in list_models(found.name, **settings):
        typer.echo(f"{found.name}:{model.id}")
