"""The Chat Completions wire, pure: messages to requests, answers and streams to chunks.

A provider makes a ``Dialect`` of its own and hands it to ``encode_request``, ``CompletionsDecoder``
and ``error_from_response``. Each is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decode import CompletionsDecoder
    from .dialect import Dialect
    from .encode import encode_request
    from .errors import error_from_response

__version__ = "0.1.0"

__all__ = ["CompletionsDecoder", "Dialect", "encode_request", "error_from_response"]

_MODULES = {
    "CompletionsDecoder": "decode",
    "Dialect": "dialect",
    "encode_request": "encode",
    "error_from_response": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
