"""``RunnablePick``: one key of a dict, or a dict of several."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from ..errors import InvalidParameterError
from .base import Runnable
from .engine.accumulators import AddableDict, FoldMaker, fold_of_key, part_of
from .engine.scope import Chunks, StepContext

__all__ = ["RunnablePick"]


class RunnablePick(Runnable[Mapping[str, Any], Any]):
    """One key's value for a ``str``, a dict for a list of keys; keys that are missing are left out.

    Raises ``InvalidParameterError`` where the input is no dict, or lacks the one key.
    """

    def __init__(self, keys: str | Sequence[str]) -> None:
        self.keys = keys if isinstance(keys, str) else tuple(keys)

    def get_name(self) -> str:
        """With the keys it picks."""
        keys = self.keys if isinstance(self.keys, str) else ",".join(self.keys)
        return f"RunnablePick<{keys}>"

    def __repr__(self) -> str:
        return f"RunnablePick({self.keys!r})"

    async def _invoke(self, value: Any, context: StepContext, **kwargs: Any) -> Any:
        picked = self._pick(value)
        if picked is _ABSENT:
            raise InvalidParameterError(
                f"pick({self.keys!r}) got a dict without that key; it has {', '.join(value)}."
            )
        return picked

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: Any
    ) -> AsyncGenerator[Any, None]:
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

    def _pick(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise InvalidParameterError(
                f"pick({self.keys!r}) needs a dict; the step before it gave {type(value).__name__}."
            )
        if isinstance(self.keys, str):
            return value.get(self.keys, _ABSENT)
        return part_of(value, [key for key in self.keys if key in value])

    def fold_maker(self, upstream: FoldMaker) -> FoldMaker:
        return fold_of_key(upstream, self.keys) if isinstance(self.keys, str) else upstream


_ABSENT: Any = object()
