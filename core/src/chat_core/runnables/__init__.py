"""Chains: runnables, the steps they are made of, and the ways to run them.

Each kind of step has a file of its own, which is loaded when its name is first asked for: importing
a chat model costs no chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import Runnable, RunnableLike
    from .binding import RunnableBinding
    from .coerce import as_runnable
    from .dicts import RunnableAssign, RunnablePassthrough
    from .each import RunnableEach
    from .engine.accumulators import AddableDict
    from .fallbacks import RunnableWithFallbacks
    from .function import RunnableGenerator, RunnableLambda
    from .parallel import RunnableParallel
    from .pick import RunnablePick
    from .retry import RunnableRetry
    from .sequence import RunnableSequence
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
]

_MODULES = {
    "base": ("Runnable", "RunnableLike"),
    "binding": ("RunnableBinding",),
    "coerce": ("as_runnable",),
    "each": ("RunnableEach",),
    "fallbacks": ("RunnableWithFallbacks",),
    "engine.accumulators": ("AddableDict",),
    "function": ("RunnableGenerator", "RunnableLambda"),
    "parallel": ("RunnableParallel",),
    "dicts": ("RunnableAssign", "RunnablePassthrough"),
    "pick": ("RunnablePick",),
    "retry": ("RunnableRetry",),
    "sequence": ("RunnableSequence",),
    "streams": ("AsyncStream", "Stream"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
