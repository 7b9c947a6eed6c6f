"""Test classes for the models that ``--chat-model`` names on the command line.

A package may declare the capabilities and gaps of its models under the entry-point group
``chat_conformance.declarations``: provider id → a subclass of ``ChatModelConformance``. A model of
a provider without a declaration is tested for everything that its wire offers. Gaps of the
reliability suite are declared under ``chat_conformance.reliability``, by a subclass of
``ChatModelReliability``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from .conformance import ChatModelConformance
    from .reliability import ChatModelReliability
    from .suite import Suite

__all__ = [
    "GROUP",
    "conformance_class",
    "declared",
    "reliability_class",
    "select",
    "selected",
    "unbuildable",
    "unusable",
]

GROUP = "chat_conformance.declarations"
RELIABILITY_GROUP = "chat_conformance.reliability"

_ids: list[str] = []


def select(ids: Iterable[str]) -> None:
    """Choose models for ``test_chat_model.py``."""
    _ids[:] = ids


def selected() -> dict[str, type[Suite]]:
    """Two test classes for each chosen model, by name."""
    subjects = [conformance_class(chosen) for chosen in _ids]
    classes: list[type[Suite]] = [*subjects, *map(reliability_class, subjects)]
    return {cls.__name__: cls for cls in classes}


def unusable(id: str) -> str | None:
    """Why ``id`` names no model here, in one sentence with a remedy; ``None`` if it does."""
    from chat_core import get_chat_model

    return unbuildable(partial(get_chat_model, id))


def unbuildable(make: Callable[..., object]) -> str | None:
    """Why ``make`` makes no model; ``None`` if it does, or if a law reports the failure."""
    from chat_core import InvalidParameterError, ProviderNotFoundError, ProviderNotInstalledError

    from .cassettes import UNREACHABLE

    try:
        make(base_url=UNREACHABLE)
    except (InvalidParameterError, ProviderNotFoundError, ProviderNotInstalledError) as error:
        return str(error)
    except Exception:  # noqa: BLE001 - that a model can be built is a law
        return None
    return None


def declared(provider: str, group: str = GROUP) -> type[Any] | None:
    """The class that is declared of a provider's models in a group of entry points."""
    from importlib.metadata import entry_points

    wanted = provider.strip().lower().replace("_", "-")
    for entry in entry_points(group=group):
        if entry.name == wanted:
            return cast("type[Any]", entry.load())
    return None


def conformance_class(id: str) -> type[ChatModelConformance]:
    """A test class for the model ``id``."""
    from .conformance import ChatModelConformance

    base = declared(_provider(id)) or ChatModelConformance
    return type(f"Test{_words(id)}", (base,), {"model_id": id})


def reliability_class(subject: type[ChatModelConformance]) -> type[ChatModelReliability]:
    """The second suite for the same model."""
    from .reliability import ChatModelReliability

    base = declared(_provider(subject.model_id), RELIABILITY_GROUP) or ChatModelReliability
    return type(f"{subject.__name__}Reliability", (base,), {"of": subject})


def _provider(id: str) -> str:
    name, colon, _ = id.partition(":")
    if colon:
        return name
    from chat_core import get_chat_model

    return get_chat_model(id).provider


def _words(id: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in id).split()
    return "".join(map(str.capitalize, words))
