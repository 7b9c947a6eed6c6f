"""When to try a request again, and how long to wait first: one policy for every provider.

Only errors that say ``is_retryable`` are tried again, and only before the first output. The wait is
what the vendor asked for (``Retry-After``, ``RetryInfo``), else exponential with jitter. If the
vendor asks for more than ``MAX_WAIT``, the error is raised at once, with its ``retry_after``.
"""

from __future__ import annotations

from .errors import ChatError

__all__ = ["BASE_WAIT", "MAX_BACKOFF", "MAX_WAIT", "retry_delay"]

BASE_WAIT = 0.5
"""Seconds before the first retry, before jitter."""
MAX_BACKOFF = 8.0
"""The longest wait of our own choice, in seconds."""
MAX_WAIT = 60.0
"""The longest wait that a vendor may ask for, in seconds."""


def retry_delay(error: ChatError, *, failed: int, max_retries: int) -> float | None:
    """Seconds to wait after the ``failed``-th failure (from 1), or ``None`` to give up."""
    if failed > max_retries or not getattr(error, "is_retryable", False):
        return None
    asked: float | None = getattr(error, "retry_after", None)
    if asked is not None:
        return asked if asked <= MAX_WAIT else None
    import random

    wait: float = min(BASE_WAIT * 2 ** (failed - 1), MAX_BACKOFF)
    # Less than half is left to chance, so that each wait is longer than the one before.
    return wait * random.uniform(0.6, 1.0)
