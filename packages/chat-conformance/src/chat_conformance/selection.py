"""The models chosen on the command line, for runs without a class of anybody's.

A package may declare what is known of its models under the entry-point group
``chat_conformance.declarations``: provider id → a subclass of ``ChatModelConformance``. A model of
that provider is then held to the declared capabilities and gaps; any other to all its wire can say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .conformance import ChatModelConformance

__all__ = ["GROUP", "conformance_class", "declared", "select", "selected"]

GROUP = "chat_conformance.declarations"

_ids: list[str] = []


def select(ids: Iterable[str]) -> None:
    """Choose models for ``test_chat_model.py``."""
    _ids[:] = ids


def selected() -> dict[str, type[ChatModelConformance]]:
    """A test class for each chosen model, by name."""
    classes = [conformance_class(chosen) for chosen in _ids]
    return {cls.__name__: cls for cls in classes}


def declared(provider: str) -> type[ChatModelConformance] | None:
    """What is declared of a provider's models."""
    from importlib.metadata import entry_points

    wanted = provider.strip().lower().replace("_", "-")
    for entry in entry_points(group=GROUP):
        if entry.name == wanted:
            return cast("type[ChatModelConformance]", entry.load())
    return None


def conformance_class(id: str) -> type[ChatModelConformance]:
    """A test class for the model ``id``."""
    from .conformance import ChatModelConformance

    base = declared(id.partition(":")[0]) or ChatModelConformance
    name = "".join(word.capitalize() for word in _words(id))
    return type(f"Test{name}", (base,), {"model_id": id})


def _words(id: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in id).split()
