"""``Collector``: takes the results of all workers, and hands them to the driver.

It runs as one actor beside the driver. It knows which rows have been answered, so that a piece of
rows whose worker has vanished is not asked a second time as a whole. The first result of a row
counts. Results are bytes here; only the driver reads them.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Sequence

from chat_core import ChatError

from ..results import Result, error_from_json, error_to_json

__all__ = ["Collector", "pickled_error", "pickled_result"]


class Collector:
    """Results on their way to the driver, the rows that have one, and whether the run goes on."""

    def __init__(self) -> None:
        self._answered: set[str] = set()
        self._new: list[bytes] = []
        self._has_news = asyncio.Event()
        self._is_stopping = False
        self._cause: bytes | None = None

    async def unanswered(self, keys: Sequence[str]) -> list[str]:
        """Those of ``keys`` that have to be asked; none once the run is being stopped."""
        return [] if self._is_stopping else [key for key in keys if key not in self._answered]

    async def add(self, results: Sequence[tuple[str, bytes]]) -> bool:
        """Take results, each with the key of its row. Returns whether the run goes on."""
        for key, result in results:
            if key not in self._answered:
                self._answered.add(key)
                self._new.append(result)
        if results:
            self._has_news.set()
        return not self._is_stopping

    async def take(self, seconds: float) -> tuple[list[bytes], bytes | None]:
        """The results since the last call, after waiting up to ``seconds`` for one.

        The second value is the error by which a worker has stopped the run, pickled.
        """
        try:
            await asyncio.wait_for(self._has_news.wait(), seconds)
        except TimeoutError:
            pass
        self._has_news.clear()
        new, self._new = self._new, []
        return new, self._cause

    async def stop(self, cause: bytes | None = None) -> None:
        """Start no more requests; ``cause`` is a pickled error."""
        self._is_stopping = True
        self._cause = self._cause or cause
        self._has_news.set()


def pickled_result(result: Result) -> bytes:
    """``result`` as a pickle that the driver can read, whatever class its error is of."""
    try:
        data = pickle.dumps(result)
        pickle.loads(data)  # noqa: S301 - just written
    except Exception:  # of a user's own class of errors
        if result.error is None:
            raise
        error = error_from_json(error_to_json(result.error))
        return pickle.dumps(
            Result(
                result.id,
                None,
                error,
                result.model,
                seconds=result.seconds,
                attempts=result.attempts,
                digest=result.digest,
            )
        )
    return data


def pickled_error(error: Exception) -> bytes:
    """``error`` as a pickle that the driver can read, whatever class it is of."""
    if not isinstance(error, ChatError):
        error = ChatError(f"{type(error).__name__}: {error}")
    result = pickle.loads(pickled_result(Result("", None, error, "")))  # noqa: S301 - just written
    return pickle.dumps(result.error)
