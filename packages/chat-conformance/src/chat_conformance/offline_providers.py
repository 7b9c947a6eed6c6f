"""How a provider is pointed to the offline server: its address, its variables and its settings.

All of it follows from the provider (``key_variables``), its model class (``base_url_env``,
``base_url_suffix``) and from what its package declares to the kit (``Subject``: ``settings``,
``simulator``, ``environment``), so a provider that is installed later works as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .selection import declared

if TYPE_CHECKING:
    from .simulators import Simulator

__all__ = ["KEY", "OfflineProvider", "offline_provider"]

KEY = "offline"
"""The key that stands for all keys; nothing checks it."""


@dataclass(frozen=True, slots=True)
class OfflineProvider:
    """One provider at the offline server.

    Attributes:
        name: the provider id.
        model: a model of it, as an example.
        key_variables, address_variables: what it reads from the environment; the first counts.
        base_path: what ``base_url`` ends in behind the provider's id, such as ``/v1``.
        variables: further variables; ``{url}`` in a value is the provider's address.
        extra: settings that its models need beside address and key.
        simulator: its own; ``None`` for the one that serves the path of a request.
    """

    name: str
    model: str
    key_variables: tuple[str, ...] = ()
    address_variables: tuple[str, ...] = ()
    base_path: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    simulator: Simulator | None = None

    def base_url(self, server: str) -> str:
        """The ``base_url`` at the server whose root is ``server``."""
        return f"{server}/{self.name}{self.base_path}"

    def environment(self, server: str) -> dict[str, str]:
        """The variables that point a program to ``server``."""
        found = dict.fromkeys(self.key_variables[:1], KEY)
        found |= {name: self.base_url(server) for name in self.address_variables[:1]}
        url = f"{server}/{self.name}"
        return found | {name: text.format(url=url) for name, text in self.variables.items()}

    def settings(self, server: str) -> dict[str, Any]:
        """The settings that point a model to ``server``."""
        return {**self.extra, "base_url": self.base_url(server), "api_key": KEY}

    @property
    def id(self) -> str:
        """The id of the example, as ``get_chat_model`` takes it."""
        return f"{self.name}:{self.model}"

    def arguments(self, server: str) -> dict[str, Any]:
        """The settings that no variable replaces."""
        covered = {"api_key"} if self.key_variables else set()
        if self.address_variables or self.variables:
            covered |= {"base_url", *self.extra}
        return {name: value for name, value in self.settings(server).items() if name not in covered}


def offline_provider(name: str) -> OfflineProvider:
    """The provider with this id. Raises what ``get_provider`` of the registry raises."""
    from chat_core.provider import get_provider

    provider = get_provider(name)
    model_class = provider.load()
    subject = declared(name)
    facts: dict[str, Any] = {}
    if subject is not None:
        facts = {
            "variables": subject.environment,
            "extra": subject.settings,
            "simulator": subject.simulator,
        }
    return OfflineProvider(
        name,
        subject.model_id.partition(":")[2] if subject is not None else "any-model",
        key_variables=provider.key_variables,
        address_variables=model_class.base_url_env,
        base_path=model_class.base_url_suffix,
        **facts,
    )
