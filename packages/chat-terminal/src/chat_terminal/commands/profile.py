"""``chat profile``: what is known of a model before it is asked."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .parameters import Model, Options

__all__ = ["EXAMPLES", "show_profile"]

EXAMPLES = """\b
Examples:
  chat profile groq:llama-3.3-70b-versatile
  chat profile groq:llama-3.3-70b-versatile --ask
"""

_UNITS = {
    "context_window": "tokens",
    "max_input_tokens": "tokens",
    "max_output_tokens": "tokens",
    "input_price": "US dollars for a million tokens",
    "output_price": "US dollars for a million tokens",
    "cache_read_price": "US dollars for a million tokens",
    "cache_creation_price": "US dollars for a million tokens",
}


def show_profile(
    model: Model,
    option: Options = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the vendor for its list first.")] = False,
) -> None:
    """Show limits, media, tools, reasoning and prices of MODEL, as far as they are known.

    The packages chat-profiles and chat-cost know them.
    """
    from ..model_choice import choose_model

    chosen = choose_model(model, option or [])
    known = (chosen.fetch_profile() if ask else chosen.profile).known()
    for name, value in known.items():
        typer.echo(f"{name.replace('_', ' '):<22}{_words(value)} {_UNITS.get(name, '')}".rstrip())
    if known.keys() <= {"reasoning_words"}:
        advice = "" if ask else " --ask asks the vendor;"
        typer.echo(f"Little is known of this model:{advice} chat-profiles has lists.", err=True)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (frozenset, tuple)):
        return ", ".join(sorted(value) if isinstance(value, frozenset) else value) or "none"
    return f"{value:,}" if isinstance(value, int) else f"{value}"
