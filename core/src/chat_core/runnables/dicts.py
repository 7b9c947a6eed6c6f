"""Steps on dicts: ``RunnableAssign`` adds keys, ``RunnablePick`` takes some of them, and
``RunnablePassthrough`` returns its input.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from ..arguments import items_of
from ..errors import InvalidParameterError
from .base import Runnable, RunnableLike
from .engine.accumulators import (
    Accumulator,
    AddableDict,
    Latest,
    PerKey,
    accumulator_of_key,
    part_of,
)
from .engine.scope import Chunks, StepContext
from .nesting import check_depth
from .parallel import RunnableParallel, Tee

__all__ = ["RunnableAssign", "RunnablePassthrough", "RunnablePick"]


class RunnablePassthrough(Runnable[Any, Any]):
    """The input, unchanged, chunk by chunk."""

    def __repr__(self) -> str:
        return "RunnablePassthrough()"

    @staticmethod
    def assign(**steps: RunnableLike) -> RunnableAssign:  # type: ignore[override] # on the class too
        """The input, a dict, with more keys, each made from that dict by a step."""
        return RunnableAssign(**steps)

    async def _invoke(self, value: object, context: StepContext, **kwargs: object) -> object:
        return value

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        async for chunk in chunks:
            yield chunk

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return upstream


class RunnableAssign(Runnable[Mapping[str, object], dict[str, Any]]):
    """A dict in, the same dict with more keys out; the keys that were there pass at once."""

    def __init__(self, **steps: RunnableLike) -> None:
        self.mapper = RunnableParallel(steps)
        self.depth = check_depth(1, self.mapper)

    def get_name(self) -> str:
        """With the keys it adds."""
        return f"RunnableAssign<{','.join(self.mapper.steps)}>"

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return self.mapper.names_one_call()

    def __repr__(self) -> str:
        return f"RunnableAssign({self.mapper!r})"

    async def _invoke(
        self, value: Mapping[str, object], context: StepContext, **kwargs: object
    ) -> dict[str, Any]:
        _refuse_no_dict(value)
        added = await self.mapper.traced_invoke(value, context, None, kwargs)
        return {**value, **added}

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        tee = Tee(chunks, 2, context.runtime.lock())
        added = self.mapper.traced_transform(tee.branch(1), context, None, kwargs)
        new = self.mapper.steps.keys()
        try:
            async for chunk in tee.branch(0):
                _refuse_no_dict(chunk)
                kept = part_of(chunk, [key for key in chunk if key not in new])
                if kept:
                    yield kept
            async for chunk in added:
                yield chunk
        finally:
            await added.close()

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        added = {key: step.accumulator(upstream) for key, step in self.mapper.steps.items()}
        if isinstance(upstream, PerKey):
            return PerKey({**upstream.keys, **added})
        return PerKey(added, Latest() if isinstance(upstream, Latest) else None)


def _refuse_no_dict(value: object) -> None:
    if not isinstance(value, Mapping):
        raise InvalidParameterError(
            f"assign() adds keys to a dict; the step before it gave {type(value).__name__}."
        )


class RunnablePick(Runnable[Mapping[str, object], Any]):
    """One key's value for a ``str``, a dict for a list of keys; keys that are missing are left out.

    Raises ``InvalidParameterError`` where the input is no dict, or lacks the one key.
    """

    def __init__(self, keys: str | Sequence[str]) -> None:
        is_one = isinstance(keys, str)
        self.keys = keys if is_one else tuple(items_of("keys", keys, "a str or a list of strings"))

    def get_name(self) -> str:
        """With the keys it picks."""
        keys = self.keys if isinstance(self.keys, str) else ",".join(self.keys)
        return f"RunnablePick<{keys}>"

    def __repr__(self) -> str:
        return f"RunnablePick({self.keys!r})"

    async def _invoke(
        self, value: Mapping[str, object], context: StepContext, **kwargs: object
    ) -> object:
        picked = self._pick(value)
        if picked is _ABSENT:
            raise InvalidParameterError(
                f"pick({self.keys!r}) got a dict without that key; it has {', '.join(value)}."
            )
        return picked

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        seen: dict[str, None] = {}
        found = False
        async for chunk in chunks:
            picked = self._pick(chunk)
            seen.update(dict.fromkeys(chunk))
            if picked is not _ABSENT and picked != {}:
                found = True
                yield picked
        if not found and not isinstance(self.keys, str):
            yield AddableDict()
        elif not found:
            raise InvalidParameterError(
                f"pick({self.keys!r}) got a dict without that key; it has {', '.join(seen)}."
            )

    def _pick(self, value: object) -> object:
        if not isinstance(value, Mapping):
            raise InvalidParameterError(
                f"pick({self.keys!r}) needs a dict; the step before it gave {type(value).__name__}."
            )
        if isinstance(self.keys, str):
            return value.get(self.keys, _ABSENT)
        return part_of(value, [key for key in self.keys if key in value])

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return accumulator_of_key(upstream, self.keys) if isinstance(self.keys, str) else upstream


_ABSENT: object = object()
