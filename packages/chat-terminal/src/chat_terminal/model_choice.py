"""From what a user names on the command line to a model: aliases, options and keys."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .option_values import read_options
from .report import note

if TYPE_CHECKING:
    from chat_core import ChatModel, Provider

__all__ = ["choose_model", "find_provider"]


def choose_model(id: str, options: list[str]) -> ChatModel:
    """The model of ``id``, with ``options`` (``name=value``) as its settings.

    Raises ``ChatError`` for an unknown id or option, ``TerminalError`` for an option that is none.
    """
    from chat_core import get_chat_model

    provider = find_provider(id)
    if provider is None:
        return get_chat_model(id)  # raises, naming the nearest ids
    settings = read_options(provider.load(), options)
    return get_chat_model(id, **settings)


def find_provider(id: str) -> Provider | None:
    """The installed provider that ``id`` names, or that alone claims it; else ``None``."""
    from chat_core import list_providers

    name, colon, _ = id.strip().partition(":")
    with warnings_as_lines():
        providers = list_providers()
    if colon:
        wanted = name.strip().lower().replace("_", "-")
        return next((each for each in providers if each.name == wanted), None)
    claiming = [each for each in providers if each.claims_model(name)]
    return claiming[0] if len(claiming) == 1 else None


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print warnings of Python within the block as one line each, without the place in the code."""

    def show(message: Warning | str, *_: object) -> None:
        note(str(message))

    with warnings.catch_warnings():
        warnings.showwarning = show  # type: ignore[assignment]
        yield
