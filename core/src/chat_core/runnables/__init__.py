"""Chains: runnables, the steps they are made of, and the ways to run them."""

from __future__ import annotations

from .base import Runnable, RunnableLike
from .binding import RunnableBinding
from .coerce import as_runnable
from .each import RunnableEach
from .fallbacks import RunnableWithFallbacks
from .folds import AddableDict
from .function import RunnableGenerator, RunnableLambda
from .parallel import RunnableParallel
from .passthrough import RunnableAssign, RunnablePassthrough
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
