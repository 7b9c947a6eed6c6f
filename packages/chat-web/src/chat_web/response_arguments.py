"""Arguments of ``ChatResponse`` and ``ResumableStreams``: a wrong one is refused by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from chat_core import InvalidParameterError

__all__ = ["check_encoder", "check_functions", "check_seconds", "check_source", "refuse"]

_METHODS = ("start", "feed", "finish", "error", "abort")


def refuse(name: str, allowed: str, given: object) -> NoReturn:
    """Raise ``InvalidParameterError`` for ``given``."""
    raise InvalidParameterError(f"{name} is {allowed}; got {type(given).__name__}: {given!r:.80}.")


def check_source(source: object) -> None:
    """Raise ``InvalidParameterError`` unless ``source`` is an async iterator."""
    if hasattr(source, "__aiter__"):
        return
    allowed = "what model.astream(…) or chain.astream_events(…) returns, an async iterator"
    if isinstance(source, Awaitable):
        getattr(source, "close", lambda: None)()
        allowed += " that is not awaited; ainvoke has no stream"
    elif hasattr(source, "__next__"):
        allowed += "; stream(…) and stream_events(…) block the event loop"
    refuse("source", allowed, source)


def check_encoder(encoder: object) -> None:
    """Raise ``InvalidParameterError`` unless ``encoder`` has the methods of ``Encoder``."""
    has_all = all(callable(getattr(encoder, name, None)) for name in _METHODS)
    if isinstance(encoder, type) or not has_all or not hasattr(encoder, "headers"):
        refuse("encoder", f"an object with headers and the methods {', '.join(_METHODS)}", encoder)


def check_functions(**given: Callable[..., Any] | None) -> None:
    """Raise ``InvalidParameterError`` for one of ``given`` that cannot be called."""
    for name, value in given.items():
        if value is not None and not callable(value):
            refuse(name, "a function", value)


def check_seconds(name: str, value: object, *, is_zero_allowed: bool) -> None:
    """Raise ``InvalidParameterError`` unless ``value`` is a number of seconds above 0, or 0."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not (value > 0 or (is_zero_allowed and value == 0)):  # type: ignore[operator]
        least = "at least 0" if is_zero_allowed else "above 0"
        refuse(name, f"a number of seconds, {least}", value)
