"""``allow_descriptors``: file descriptors for the connections of a batch, one for each request."""

from __future__ import annotations

import logging
from pathlib import Path

__all__ = ["allow_descriptors", "logger"]

logger = logging.getLogger("chat_batch")

_OTHER_FILES = 100
"""Descriptors that a run uses beside its connections, at most: its files, names looked up."""


def allow_descriptors(requests: int) -> None:
    """Raise this process's limit, as far as its user may, so that ``requests`` can be under way.

    Logs a warning where that does not suffice; the run then has fewer requests under way.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _open_now() + requests + _OTHER_FILES
    if limit == resource.RLIM_INFINITY or needed <= limit:
        return
    wanted = needed if most == resource.RLIM_INFINITY else min(needed, most)
    if limit < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    if wanted < needed:
        logger.warning(
            "%s requests at once may need %s file descriptors, and this process may have %s"
            " (ulimit -Hn); the run has fewer requests under way if they run out.",
            f"{requests:,}",
            f"{needed:,}",
            f"{wanted:,}",
        )


def _open_now() -> int:
    """How many descriptors this process has."""
    try:
        return sum(1 for _ in Path("/dev/fd").iterdir())
    except OSError:
        return 0
