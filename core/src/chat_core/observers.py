"""Observers of every run in the process: pluggy plugins that implement ``ObserverSpec``'s hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .runs.hooks import set_active

if TYPE_CHECKING:
    import pluggy

__all__ = ["register_observer", "unregister_observer"]

_manager: pluggy.PluginManager | None = None


def register_observer(observer: object) -> None:
    """From now on call ``observer``'s hooks (methods or functions marked ``@hookimpl``) for every
    run.

    Raises ``ValueError`` if it is registered already, and pluggy's ``PluginValidationError`` for a
    hook whose arguments do not fit ``ObserverSpec``.
    """
    global _manager
    if _manager is None:
        import pluggy  # 10 ms that programs without observers need not spend

        from .hookspecs import ObserverSpec  # imports pluggy too

        _manager = pluggy.PluginManager("chat_core")
        _manager.add_hookspecs(ObserverSpec)
    _manager.register(observer)
    set_active(_manager.hook)


def unregister_observer(observer: object) -> None:
    """Stop calling ``observer``. Raises ``ValueError`` if it is not registered."""
    if _manager is None or not _manager.is_registered(observer):
        raise ValueError(f"{observer!r} is not registered as an observer.")
    _manager.unregister(observer)
    if not _manager.get_plugins():
        set_active(None)
