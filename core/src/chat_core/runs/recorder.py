"""``Recorder``: the one place where the block that a run covers is turned into its end or error."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from ..concurrency.cancellation import Cancelled
from .run import Run

__all__ = ["Recorder"]


class Recorder:
    """A ``with`` block around the work of a started run.

    A block that ends well ends the run with ``output()``; an exception ends it with
    ``on_…_error``. A caller who closes a stream (``GeneratorExit``, ``Cancelled``) ends the run
    with the output so far if ``streams`` is true: that is no error.

    Args:
        run: has been started.
        output: called once, when the block has ended.
        input: the whole input, where ``run.start`` could not know it yet.
    """

    def __init__(
        self,
        run: Run,
        output: Callable[[], object],
        *,
        input: Callable[[], object] | None = None,
        streams: bool = False,
    ) -> None:
        self._run = run
        self._output = output
        self._input = input
        self._streams = streams

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        known = {} if self._input is None else {"input": self._input()}
        if error is None:
            self._run.end(self._output(), **known)
        elif self._streams and isinstance(error, (GeneratorExit, Cancelled)):
            self._run.left_early = True
            self._run.end(self._output(), **known)
        else:
            self.add_partial(error)
            self._run.error(error, **known)

    def add_partial(self, error: BaseException) -> None:
        """Put what has arrived on ``error``, where it has a place for that. Here: nothing."""
