"""From what a user names on the command line to a model: aliases, options and keys."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .exit_codes import ExitCode
from .failures import TerminalError
from .key_store import environment_key, has_keyring, read_key
from .option_values import read_options
from .report import note
from .settings_file import read_settings

if TYPE_CHECKING:
    from chat_core import ChatModel, Provider

__all__ = [
    "choose_model",
    "find_provider",
    "installed_providers",
    "model_id",
    "named_provider",
    "stored_key",
]


def choose_model(name: str, options: list[str]) -> ChatModel:
    """The model of an id or alias, with ``options`` (``name=value``) as its settings.

    Its key comes from the options, the environment or the keyring. Raises ``ChatError`` for an
    unknown id or option, ``TerminalError`` for an option without ``=``.
    """
    from chat_core import InvalidParameterError, get_chat_model

    wanted = model_id(name)
    provider = find_provider(wanted)
    if provider is None:
        return get_chat_model(wanted)  # raises, naming the nearest ids
    settings = read_options(provider.load(), options)
    if "api_key" not in settings and (key := stored_key(provider)):
        settings["api_key"] = key
    try:
        return get_chat_model(wanted, **settings)
    except InvalidParameterError as error:
        if not wanted.partition(":")[2].strip():
            raise
        raise TerminalError(f"{error} Here it is -o NAME=VALUE.", ExitCode.USAGE) from error


def model_id(name: str) -> str:
    """The model id that an alias stands for; ``name`` itself where it is none."""
    return name if ":" in name else read_settings().aliases.get(name, name)


def find_provider(id: str) -> Provider | None:
    """The installed provider that ``id`` names, or that alone claims it; else ``None``."""
    name, colon, _ = id.strip().partition(":")
    if colon:
        wanted = name.strip().lower().replace("_", "-")
        return next((each for each in installed_providers() if each.name == wanted), None)
    claiming = [each for each in installed_providers() if each.claims_model(name)]
    return claiming[0] if len(claiming) == 1 else None


def named_provider(name: str) -> Provider:
    """The installed provider with this id; raises ``ChatError`` naming the nearest ones."""
    from chat_core import get_chat_model

    provider = find_provider(f"{name.partition(':')[0]}:")
    if provider is None:
        get_chat_model(f"{name}:any")  # raises
        raise TerminalError(f"No provider {name!r}.", ExitCode.NOT_FOUND)
    return provider


def installed_providers() -> list[Provider]:
    """The installed providers by name; one that cannot be loaded is reported in a line."""
    from chat_core import list_providers

    with _warnings_as_lines():
        return list_providers()


def stored_key(provider: Provider) -> str | None:
    """The key of ``provider`` in the keyring, unless the environment has one.

    A model that sends nothing over a network has none. A keyring that fails is reported in a line,
    where the provider needs a key, and is otherwise as good as an empty one.
    """
    from chat_core.provider import WireModel

    is_local = not issubclass(provider.load(), WireModel)
    if is_local or environment_key(provider) or not has_keyring():
        return None
    try:
        return read_key(provider.name)
    except TerminalError as error:
        if provider.key_variables:
            note(str(error))
        return None


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Print warnings of Python within the block as one line each, without the place in the code."""

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        note(str(warning.message))
