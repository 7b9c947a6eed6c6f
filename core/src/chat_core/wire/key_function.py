"""A key that a function returns: asked before each request, and once more after a 401.

A provider builds its head with ``KEY_FOLLOWS`` where the key belongs, and the transport replaces it
in the headers of each request. So heads are made once, and keys may change.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutine, iscoroutinefunction

from ..errors import InvalidParameterError, MissingAPIKeyError
from ..runs.event_loop import call_in_thread
from .header_values import KEY_FOLLOWS, clean_key

__all__ = ["KEY_FOLLOWS", "KeyFunction"]


class KeyFunction:
    """Asks a function, or an async function, for the key.

    ``ask`` and ``aask`` raise ``MissingAPIKeyError`` if the function raises or returns nothing.
    Neither is tried again.
    """

    __slots__ = ("_function", "_setting")

    def __init__(self, function: Callable[[], object], setting: str = "api_key") -> None:
        self._function = function
        self._setting = setting

    def ask(self) -> str:
        """The key now. Raises ``InvalidParameterError`` for an async function."""
        try:
            key = self._function()
        except Exception as error:
            raise self._failed(error) from error
        if isawaitable(key):
            if iscoroutine(key):
                key.close()
            raise InvalidParameterError(
                f"{self._setting} is an async function, which a blocking call cannot wait for; use"
                f" ainvoke or astream, or give {self._setting} as a function."
            )
        return self._checked(key)

    async def aask(self) -> str:
        """``ask`` without blocking the event loop: a plain function runs in a worker thread."""
        try:
            if iscoroutinefunction(self._function):
                key = await self._function()
            else:
                key = await call_in_thread(self._function)
                if isawaitable(key):
                    key = await key
        except Exception as error:
            raise self._failed(error) from error
        return self._checked(key)

    def _failed(self, error: Exception) -> MissingAPIKeyError:
        return MissingAPIKeyError(
            f"The function given as {self._setting} raised {type(error).__name__}: {error}."
        )

    def _checked(self, key: object) -> str:
        text = key.get_secret_value() if hasattr(key, "get_secret_value") else key
        if isinstance(text, str) and (text := clean_key(text)):
            return text
        kind = "an empty text" if isinstance(key, str) else type(key).__name__
        raise MissingAPIKeyError(
            f"The function given as {self._setting} returned {kind}; it returns the key as text."
        )
