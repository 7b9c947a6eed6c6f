"""The slot for the hooks of observers: runs call what ``register_observer`` has put there.

``active`` is ``None`` until an observer is registered, so that an unobserved run pays for one
look at it. ``observe_chunks`` is true while one of them has ``chat_run_chunk``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attachments import log_failure

if TYPE_CHECKING:
    import pluggy

    from .run import Run

__all__ = ["active", "notify", "observe_chunks", "set_active"]

active: pluggy.HookRelay | None = None
"""The hooks of the registered observers."""

observe_chunks = False
"""Whether a registered observer has ``chat_run_chunk``."""


def set_active(relay: pluggy.HookRelay | None) -> None:
    """Call the hooks of ``relay`` for every run from now on; ``None`` ends that."""
    global active, observe_chunks
    active = relay
    observe_chunks = relay is not None and bool(relay.chat_run_chunk.get_hookimpls())


def notify(hook: str, run: Run, **facts: object) -> None:
    """Call one hook of every observer. An exception raised there is logged and not passed on."""
    if active is None:
        return
    try:
        getattr(active, hook)(run=run, **facts)
    except Exception:  # noqa: BLE001 - an observer changes no run
        log_failure(hook)
