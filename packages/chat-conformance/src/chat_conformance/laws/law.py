"""``Law`` and the decorators of laws: needed capabilities, modes and backends.

A law is a method named ``test_…`` of a class in this folder; its docstring states the law. It takes
the ``chat`` under test, and besides only arguments that ``pytest.mark.parametrize`` gives it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ..time_limits import LAW_SECONDS

__all__ = ["Law", "everywhere", "laws_of", "limit", "needs", "one_mode"]

F = TypeVar("F", bound=Callable[..., Any])


def needs(*capabilities: str) -> Callable[[F], F]:
    """A law for the models that have all of these capabilities."""

    def mark(law: F) -> F:
        law.__dict__["needs"] = capabilities
        return law

    return mark


def one_mode(name: str) -> Callable[[F], F]:
    """A law that is run in one way only: ``"sync"`` or ``"async"``."""

    def mark(law: F) -> F:
        law.__dict__["ways"] = (name,)
        return law

    return mark


def limit(seconds: float) -> Callable[[F], F]:
    """A law that may take so many seconds instead of ``time_limits.LAW_SECONDS``."""

    def mark(law: F) -> F:
        law.__dict__["seconds"] = seconds
        return law

    return mark


def everywhere(law: F) -> F:
    """A law that any backend can be held to: it asks a real question and judges leniently."""
    law.__dict__["everywhere"] = True
    return law


@dataclass(frozen=True, slots=True)
class Law:
    """One law, read from its method."""

    name: str
    theme: str
    """The module that states it: ``answers``, ``tools`` …"""
    sentence: str
    needs: tuple[str, ...]
    modes: tuple[str, ...]
    everywhere: bool
    seconds: float

    @classmethod
    def of(cls, method: Callable[..., Any]) -> Law:
        """The law that ``method`` states."""
        return cls(
            name=method.__name__,
            theme=method.__module__.rpartition(".")[2],
            sentence=" ".join((method.__doc__ or "").split()),
            needs=getattr(method, "needs", ()),
            modes=getattr(method, "ways", ("sync", "async")),
            everywhere=getattr(method, "everywhere", False),
            seconds=getattr(method, "seconds", LAW_SECONDS),
        )


def laws_of(owner: type) -> dict[str, Law]:
    """The laws of a class by name, in the order of their themes and of their lines."""
    found: dict[str, Law] = {}
    for cls in owner.__mro__:
        for name, method in vars(cls).items():
            if name.startswith("test_") and callable(method):
                found.setdefault(name, Law.of(method))
    return found
