"""Mistakes in the use of an encoder, refused with what to do instead."""

from __future__ import annotations

from chat_core import InvalidParameterError

__all__ = ["StartOnce", "id_text"]


def id_text(name: str, value: object) -> str:
    """``value``. Raises ``InvalidParameterError`` unless it is text that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise InvalidParameterError(f"{name} is an id, text that is not empty; got {value!r:.80}.")


class StartOnce:
    """Remembers whether an encoder has been used."""

    def __init__(self) -> None:
        self._has_started = False

    def start(self) -> None:
        """Raise ``InvalidParameterError`` from the second call on."""
        if self._has_started:
            raise InvalidParameterError(
                "An encoder belongs to one answer; make another for each ChatResponse."
            )
        self._has_started = True
