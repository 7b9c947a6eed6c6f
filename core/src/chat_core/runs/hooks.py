"""The slot for the hooks of observers: runs call what ``register_observer`` has put there.

``active`` is ``None`` until an observer is registered, so that an unobserved run pays for one
look at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pluggy

    from .run import Run

__all__ = ["active", "notify", "set_active"]

active: pluggy.HookRelay | None = None
"""The hooks of the registered observers."""


def set_active(relay: pluggy.HookRelay | None) -> None:
    """Call the hooks of ``relay`` for every run from now on; ``None`` ends that."""
    global active
    active = relay


def notify(hook: str, run: Run, **facts: object) -> None:
    """Call one hook of every observer. An exception raised there is logged and not passed on."""
    if active is None:
        return
    try:
        getattr(active, hook)(run=run, **facts)
    except Exception:
        import logging  # 2 ms, which only an observer that fails pays

        logging.getLogger("chat_core").exception("An observer failed in %s", hook)
