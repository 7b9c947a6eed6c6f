"""``ClosingTask``: closes an HTTP client on its event loop to the end, also while the loop ends."""

from __future__ import annotations

import asyncio

__all__ = ["ClosingTask"]


class ClosingTask(asyncio.Task[None]):
    """A task that cannot be cancelled.

    A loop that ends cancels its tasks and then waits for them. Cancelled, this one would leave the
    rest of its client's connections open. Closing waits for nothing but turns of the loop.
    """

    def cancel(self, msg: object = None) -> bool:
        """Refuse."""
        return False
