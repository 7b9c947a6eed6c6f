"""Parameters that several commands take, as annotations that Typer reads."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from ..model_completion import complete_model

__all__ = ["Log", "Markdown", "MaxSteps", "Model", "Options", "Reasoning", "Tools", "Usage"]

Model: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="PROVIDER:MODEL, or an alias.", autocompletion=complete_model
    ),
]
Options: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("-o", "--option", metavar="NAME=VALUE", help="A parameter of the provider."),
]
Tools: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "-t", "--tool", metavar="MODULE:FUNCTION", help="A function that models may call."
    ),
]
MaxSteps: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=1, help="How many answers in a row may call tools.")
]
Usage: TypeAlias = Annotated[bool, typer.Option("-u", "--usage", help="Print tokens and seconds.")]
Markdown: TypeAlias = Annotated[
    bool | None,
    typer.Option(help="Render Markdown; by default on a terminal.", show_default=False),
]
Reasoning: TypeAlias = Annotated[
    bool, typer.Option(help="Show reasoning, dim, where Markdown is rendered.")
]
Log: TypeAlias = Annotated[
    bool | None,
    typer.Option(help="Log the answers; by default as `chat log` is on.", show_default=False),
]
