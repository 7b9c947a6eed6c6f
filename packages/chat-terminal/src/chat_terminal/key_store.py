"""Keys in the keyring of the operating system, and where the key of a model comes from.

A key is looked for in the options of the command, in the environment, and then in the keyring,
under the service ``chat`` and the provider's id. Nothing here prints a key.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .exit_codes import ExitCode
from .failures import TerminalError, one_line

if TYPE_CHECKING:
    from chat_core import Provider

__all__ = ["delete_key", "environment_key", "has_keyring", "read_key", "store_key"]

_SERVICE = "chat"


def has_keyring() -> bool:
    """Whether the package ``keyring`` is installed."""
    return find_spec("keyring") is not None


def environment_key(provider: Provider) -> str | None:
    """The name of the environment's variable that holds a key of ``provider``, if one does."""
    return next((name for name in provider.key_variables if os.environ.get(name)), None)


def read_key(provider: str) -> str | None:
    """The key of a provider in the keyring; ``None`` also where the system has no keyring.

    Raises ``TerminalError`` for a keyring that fails.
    """
    try:
        key: str | None = _call("get_password", provider)
    except TerminalError as error:
        from keyring.errors import NoKeyringError

        if isinstance(error.__cause__, NoKeyringError):
            return None
        raise
    return key


def store_key(provider: str, key: str) -> None:
    """Put the key of a provider into the keyring. Raises ``TerminalError``."""
    _call("set_password", provider, key)


def delete_key(provider: str) -> None:
    """Take the key of a provider out of the keyring. Raises ``TerminalError`` if none is there."""
    if read_key(provider) is None:
        raise TerminalError(f"The keyring has no key for {provider!r}.", ExitCode.NOT_FOUND)
    _call("delete_password", provider)


def _call(method: str, *arguments: str) -> Any:
    if not has_keyring():
        raise TerminalError(
            'Keys are kept with the package keyring: pip install "chat-terminal[keys]".'
            " A key in the environment needs no package.",
            ExitCode.STORAGE,
        )
    try:
        import keyring

        return getattr(keyring, method)(_SERVICE, *arguments)
    except Exception as error:
        # Backends raise what their libraries raise: keyring's own errors, D-Bus, Windows.
        raise TerminalError(
            f"The keyring cannot be used ({type(error).__name__}: {_first_sentence(error)})."
            " A key in the environment works without it.",
            ExitCode.STORAGE,
        ) from error


def _first_sentence(error: Exception) -> str:
    return one_line(str(error)).partition(". ")[0].rstrip(".") or "no reason given"
