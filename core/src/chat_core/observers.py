"""Observers of every run in the process: pluggy plugins that implement ``ObserverSpec``'s hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import InvalidParameterError
from .runs.hooks import set_active

if TYPE_CHECKING:
    import pluggy

__all__ = ["register_observer", "unregister_observer"]

_manager: pluggy.PluginManager | None = None


def register_observer(observer: object) -> None:
    """From now on call ``observer``'s hooks (methods or functions marked ``@hookimpl``) for every
    run.

    Raises ``InvalidParameterError`` for an object without hooks, ``ValueError`` if it is registered
    already, and pluggy's ``PluginValidationError`` for a hook whose arguments do not fit
    ``ObserverSpec``.
    """
    global _manager
    if observer is None:
        raise _no_observer(observer)
    if _manager is None:
        import pluggy  # 10 ms that programs without observers need not spend

        from .hookspecs import ObserverSpec  # imports pluggy too

        _manager = pluggy.PluginManager("chat_core")
        _manager.add_hookspecs(ObserverSpec)
    try:
        _manager.register(observer)
    except TypeError:  # what cannot be hashed
        raise _no_observer(observer) from None
    if not _manager.get_hookcallers(observer):
        _manager.unregister(observer)
        raise _no_observer(observer)
    set_active(_manager.hook)


def _no_observer(given: object) -> InvalidParameterError:
    return InvalidParameterError(
        "An observer is an object with hooks: methods of ObserverSpec marked @hookimpl; got"
        f" {type(given).__name__}: {given!r:.80}."
    )


def unregister_observer(observer: object) -> None:
    """Stop calling ``observer``. Raises ``ValueError`` if it is not registered."""
    if _manager is None or not _is_registered(_manager, observer):
        raise ValueError(f"{observer!r} is not registered as an observer.")
    _manager.unregister(observer)
    set_active(_manager.hook if _manager.get_plugins() else None)


def _is_registered(manager: pluggy.PluginManager, observer: object) -> bool:
    return any(observer is plugin for plugin in manager.get_plugins())
