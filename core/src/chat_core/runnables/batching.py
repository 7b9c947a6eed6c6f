"""``Batching``: the four methods that call a step on many inputs side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Literal, TypeAlias, overload

from .. import runnables  # for its lazy face; see base.py
from ..runs.config import RunConfig
from .engine.step import Step
from .engine.types import In, Out

__all__ = ["Batching"]

Configs: TypeAlias = RunConfig | Sequence[RunConfig] | None
"""One config for all inputs, or one for each."""


class Batching(Step[In, Out]):
    """A step with ``batch``, ``batch_as_completed`` and their async forms.

    With ``return_exceptions`` an input's exception stands in place of its output.
    """

    @overload
    def batch(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: Literal[False] = False,
        **kwargs: object,
    ) -> list[Out]: ...
    @overload
    def batch(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool,
        **kwargs: object,
    ) -> list[Out | Exception]: ...
    def batch(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool = False,
        **kwargs: object,
    ) -> list[Out] | list[Out | Exception]:
        """``invoke`` on every input, in threads side by side; the outputs in the inputs' order.

        Args:
            config: for all inputs, or a list with one for each.
            max_concurrency: how many run at once; also taken from the config.
            return_exceptions: put an input's exception into the list instead of raising the first.
        """
        options = runnables.batch.read_options(inputs, config, max_concurrency, return_exceptions)
        return runnables.batch.batch(self, inputs, options, kwargs)

    @overload
    async def abatch(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: Literal[False] = False,
        **kwargs: object,
    ) -> list[Out]: ...
    @overload
    async def abatch(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool,
        **kwargs: object,
    ) -> list[Out | Exception]: ...
    async def abatch(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool = False,
        **kwargs: object,
    ) -> list[Out] | list[Out | Exception]:
        """``batch`` on an event loop, in tasks side by side."""
        options = runnables.batch.read_options(inputs, config, max_concurrency, return_exceptions)
        return await runnables.batch.abatch(self, inputs, options, kwargs)

    @overload
    def batch_as_completed(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: Literal[False] = False,
        **kwargs: object,
    ) -> Iterator[tuple[int, Out]]: ...
    @overload
    def batch_as_completed(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool,
        **kwargs: object,
    ) -> Iterator[tuple[int, Out | Exception]]: ...
    def batch_as_completed(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool = False,
        **kwargs: object,
    ) -> Iterator[tuple[int, Out | Exception]]:
        """``batch``, yielding ``(position of the input, output)`` as soon as each is done."""
        options = runnables.batch.read_options(inputs, config, max_concurrency, return_exceptions)
        return runnables.batch.batch_as_completed(self, inputs, options, kwargs)

    @overload
    def abatch_as_completed(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: Literal[False] = False,
        **kwargs: object,
    ) -> AsyncIterator[tuple[int, Out]]: ...
    @overload
    def abatch_as_completed(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool,
        **kwargs: object,
    ) -> AsyncIterator[tuple[int, Out | Exception]]: ...
    def abatch_as_completed(
        self,
        inputs: Sequence[In],
        config: Configs = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool = False,
        **kwargs: object,
    ) -> AsyncIterator[tuple[int, Out | Exception]]:
        """``batch_as_completed`` on an event loop."""
        options = runnables.batch.read_options(inputs, config, max_concurrency, return_exceptions)
        return runnables.batch.abatch_as_completed(self, inputs, options, kwargs)
