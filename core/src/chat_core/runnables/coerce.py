"""What ``|`` makes of things that are not runnables yet."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidParameterError
from .base import Runnable, RunnableLike

__all__ = ["as_runnable"]


def as_runnable(step: RunnableLike) -> Runnable[Any, Any]:
    """``step`` as a runnable: functions, generator functions over chunks, dicts of steps.

    Raises ``InvalidParameterError`` for anything else.
    """
    from .function import RunnableGenerator, RunnableLambda
    from .parallel import RunnableParallel

    if isinstance(step, Runnable):
        return step
    if isinstance(step, Mapping):
        return RunnableParallel(step)
    if inspect.isgeneratorfunction(step) or inspect.isasyncgenfunction(step):
        return RunnableGenerator(step)
    given: Any = step
    if callable(given) and not (isinstance(given, type) and issubclass(given, Runnable)):
        return RunnableLambda(given)
    raise InvalidParameterError(
        "A step of a chain is a runnable, a function, a generator function over chunks or a dict of"
        f" these; got {type(step).__name__}: {step!r:.100}"
    )
