"""Observers of every run in the process: pluggy plugins that implement ``ObserverSpec``'s hooks.

``active`` is ``None`` until the first one registers, so that runs nobody observes pay one look.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pluggy

    from .runs.run import Run

__all__ = ["register_observer", "unregister_observer"]

logger = logging.getLogger("chat_core")

active: pluggy.HookRelay | None = None
"""The hooks of the registered observers."""

_manager: pluggy.PluginManager | None = None


def register_observer(observer: object) -> None:
    """From now on call ``observer``'s hooks (methods or functions marked ``@hookimpl``) for every
    run.

    Raises ``ValueError`` if it is registered already, and pluggy's ``PluginValidationError`` for a
    hook whose arguments do not fit ``ObserverSpec``.
    """
    global _manager, active
    if _manager is None:
        import pluggy

        from .hookspecs import ObserverSpec

        _manager = pluggy.PluginManager("chat_core")
        _manager.add_hookspecs(ObserverSpec)
    _manager.register(observer)
    active = _manager.hook


def unregister_observer(observer: object) -> None:
    """Stop calling ``observer``. Raises ``ValueError`` if it is not registered."""
    global active
    if _manager is None or not _manager.is_registered(observer):
        raise ValueError(f"{observer!r} is not registered as an observer.")
    _manager.unregister(observer)
    if not _manager.get_plugins():
        active = None


def notify(hook: str, run: Run, **facts: Any) -> None:
    """Call one hook of every observer. What goes wrong there is logged and stays there."""
    if active is None:
        return
    try:
        getattr(active, hook)(run=run, **facts)
    except Exception:
        logger.exception("An observer failed in %s", hook)
