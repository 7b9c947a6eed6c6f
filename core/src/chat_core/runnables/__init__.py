"""Chains: runnables, the steps they are made of, and the ways to run them.

Each kind of step has a file of its own, which is loaded when its name is first asked for: importing
a chat model costs no chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

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

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "base": "Runnable RunnableLike",
        "batch": "",
        "binding": "RunnableBinding",
        "calls": "",
        "dicts": "RunnableAssign RunnablePassthrough RunnablePick",
        "each": "RunnableEach",
        "engine.accumulators": "AddableDict",
        "events": "",
        "fallbacks": "RunnableWithFallbacks",
        "function": "RunnableGenerator RunnableLambda",
        "parallel": "RunnableParallel",
        "retry": "RunnableRetry",
        "sequence": "RunnableSequence as_runnable",
        "streams": "AsyncStream Stream",
    },
    __all__,
)
