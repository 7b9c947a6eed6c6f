"""Chains: runnables, the steps they are made of, and the ways to run them.

Each kind of step has a file of its own, which is loaded when its name is first asked for: importing
a chat model costs no chain.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import batch, calls, events
    from .base import Runnable, RunnableLike
    from .binding import RunnableBinding
    from .dicts import RunnableAssign, RunnablePassthrough, RunnablePick
    from .each import RunnableEach
    from .engine.accumulators import AddableDict
    from .fallbacks import RunnableWithFallbacks
    from .function import RunnableGenerator, RunnableLambda
    from .parallel import RunnableParallel
    from .retry import RunnableRetry
    from .sequence import RunnableSequence, as_runnable
    from .streams import AsyncStream, Stream

__all__ = [
    "AddableDict",
    "AsyncStream",
    "Runnable",
    "RunnableAssign",
    "RunnableBinding",
    "RunnableEach",
    "RunnableGenerator",
    "RunnableLambda",
    "RunnableLike",
    "RunnableParallel",
    "RunnablePassthrough",
    "RunnablePick",
    "RunnableRetry",
    "RunnableSequence",
    "RunnableWithFallbacks",
    "Stream",
    "as_runnable",
    "batch",
    "calls",
    "events",
]

_MODULES = {
    "base": ("Runnable", "RunnableLike"),
    "binding": ("RunnableBinding",),
    "each": ("RunnableEach",),
    "fallbacks": ("RunnableWithFallbacks",),
    "engine.accumulators": ("AddableDict",),
    "function": ("RunnableGenerator", "RunnableLambda"),
    "parallel": ("RunnableParallel",),
    "dicts": ("RunnableAssign", "RunnablePassthrough", "RunnablePick"),
    "retry": ("RunnableRetry",),
    "sequence": ("RunnableSequence", "as_runnable"),
    "streams": ("AsyncStream", "Stream"),
}


_OWN_MODULES = ("batch", "calls", "events")
"""What ``base.py`` takes from here by the name of the module."""


def __getattr__(name: str) -> Any:
    if name in _OWN_MODULES:
        return import_module(f".{name}", __name__)
    for module, names in _MODULES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f".{module}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
