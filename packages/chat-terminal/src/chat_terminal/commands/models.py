"""``chat models``: the models that a vendor lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..exit_codes import ExitCode
from ..failures import TerminalError
from ..model_completion import complete_provider

if TYPE_CHECKING:
    from chat_core import Provider

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
    from ..model_choice import named_provider, stored_key
    from ..option_values import read_options

    found = named_provider(provider)
    list_models = _lister(found)
    settings = read_options(found.load(), option or [])
    if "api_key" not in settings and (key := stored_key(found)):
        settings["api_key"] = key
    for model in list_models(**settings):
        typer.echo(f"{found.name}:{getattr(model, 'id', model)}")


def _lister(provider: Provider) -> Callable[..., Any]:
    """What lists the models of ``provider``: its model class, else chat-core."""
    import chat_core

    own = getattr(provider.load(), "list_models", None)
    if own is not None:
        return own  # type: ignore[no-any-return]
    of_core = getattr(chat_core, "list_models", None)
    if of_core is not None:
        return partial(of_core, provider.name)
    raise TerminalError(
        f"The installed {provider.package} cannot list the models of {provider.name!r};"
        " the vendor's documentation names them.",
        ExitCode.NOT_FOUND,
    )
