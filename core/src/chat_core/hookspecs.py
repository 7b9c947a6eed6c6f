"""The plugin contract, carried by pluggy: one hook that names a provider, four that observe runs.

A provider package registers a light module under the entry-point group ``chat_core.providers``; the
entry's name is the provider id and the module implements ``chat_provider``. Observers register with
``chat_core.register_observer``; while none is registered a run pays nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pluggy

if TYPE_CHECKING:
    from .models.model import ChatModel
    from .runs.run import Run

__all__ = ["ENTRY_POINT_GROUP", "ObserverSpec", "Provider", "ProviderSpec", "hookimpl", "hookspec"]

ENTRY_POINT_GROUP = "chat_core.providers"

F = TypeVar("F", bound=Callable[..., Any])
_spec = pluggy.HookspecMarker("chat_core")
_impl = pluggy.HookimplMarker("chat_core")


def hookspec(function: F) -> F:
    """Mark a hook's specification."""
    return _spec(function)


def hookimpl(function: F) -> F:
    """Mark a plugin's implementation of a hook."""
    return _impl(function)


@dataclass(frozen=True, slots=True)
class Provider:
    """What the registry must know of a provider before its model class is imported.

    Args:
        name: the provider id, such as ``"groq"``.
        model_class: where the class lives, ``"chat_groq.model:ChatGroq"``; imported on first use.
        package: the distribution to install, ``"chat-groq"``.
        claims: regular expressions; a bare model name that one of them matches from the start is
        this
            provider's (``"gpt-"``). Empty for hosts of other people's models.
    """

    name: str
    model_class: str
    package: str
    claims: tuple[str, ...] = ()

    def load(self) -> type[ChatModel]:
        """The model class. Imports the provider's code, and still no SDK."""
        from importlib import import_module

        module, _, attribute = self.model_class.partition(":")
        return cast("type[ChatModel]", getattr(import_module(module), attribute))

    def claims_model(self, model: str) -> bool:
        """Whether a bare ``model`` name is this provider's."""
        import re

        return any(re.match(pattern, model) for pattern in self.claims)


class ProviderSpec:
    """What a provider plugin implements."""

    @hookspec
    def chat_provider(self) -> Provider:  # type: ignore[empty-body]
        """Name the provider. Called once; must import no SDK."""


class ObserverSpec:
    """What an observer plugin may implement; every hook is optional."""

    @hookspec
    def chat_run_start(self, run: Run, input: Any) -> None:
        """A run begins."""

    @hookspec
    def chat_run_chunk(self, run: Run, chunk: Any) -> None:
        """A run yields a chunk."""

    @hookspec
    def chat_run_end(self, run: Run, output: Any) -> None:
        """A run ends well."""

    @hookspec
    def chat_run_error(self, run: Run, error: BaseException) -> None:
        """A run fails; the error is raised to the caller afterwards."""
