"""The plugin contract, carried by pluggy: one hook that names a provider, four that observe runs.

A provider package registers a light module under the entry-point group ``chat_core.providers``; the
entry's name is the provider id and the module implements ``chat_provider``. Observers register with
``chat_core.register_observer``; while none is registered a run pays nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from .arguments import items_of, of_type
from .errors import InvalidParameterError, ProviderNotFoundError
from .models.model import ChatModel

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from .runs.run import Run

__all__ = ["ENTRY_POINT_GROUP", "ObserverSpec", "Provider", "ProviderSpec", "hookimpl", "hookspec"]

ENTRY_POINT_GROUP = "chat_core.providers"

F = TypeVar("F", bound=Callable[..., object])
_spec = pluggy.HookspecMarker("chat_core")
_impl = pluggy.HookimplMarker("chat_core")


def hookspec(function: F) -> F:
    """Mark a hook's specification."""
    return _spec(function)


def hookimpl(function: F) -> F:
    """Mark a plugin's implementation of a hook.

    Raises ``InvalidParameterError`` for what is no function.
    """
    try:
        return _impl(function)
    except (AttributeError, TypeError):  # pluggy sets an attribute, which builtins do not take
        raise InvalidParameterError(
            f"@hookimpl marks a function; got {type(function).__name__}: {function!r:.80}."
        ) from None


@dataclass(frozen=True, slots=True)
class Provider:
    """What the registry knows of a provider before it imports the model class.

    Args:
        name: the provider id, such as ``"groq"``.
        model_class: where the class is, ``"chat_groq.model:ChatGroq"``; imported on first use.
        package: the distribution to install, ``"chat-groq"``.
        claims: regular expressions such as ``"gpt-"``. A model id without a provider belongs to
            this provider if one of them matches its beginning. Empty for a host of other vendors'
            models.
        settings: settings of the class that make it this provider's, where a class serves several.
        api_key_env: the variables of the key; ``None`` for those of the class.

    Raises ``InvalidParameterError`` for a field of another shape.
    """

    name: str
    model_class: str
    package: str
    claims: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    api_key_env: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("name", "model_class", "package"):
            of_type(f"{name} of a Provider", getattr(self, name), str, "a str")
        module, _, attribute = self.model_class.partition(":")
        if not module or not attribute:
            raise InvalidParameterError(
                f"model_class of a Provider is 'module:Class'; got {self.model_class!r}."
            )
        for claim in items_of("claims of a Provider", self.claims, "a tuple of strings"):
            of_type("Each of claims of a Provider", claim, str, "a str")
        of_type("settings of a Provider", self.settings, Mapping, "a dict")

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The variables of the environment that the key is read from; loads the class.

        Raises ``ProviderNotFoundError`` like ``load``.
        """
        return self.load().api_key_env if self.api_key_env is None else self.api_key_env

    def load(self) -> type[ChatModel]:
        """The model class. Imports the provider's code, and no SDK.

        Raises ``ProviderNotFoundError`` naming the package if the class cannot be imported, or
        lacks methods that this version of chat-core requires.
        """
        found = self._import()
        if lacking := sorted(getattr(found, "__abstractmethods__", ())):
            raise ProviderNotFoundError(
                f"The model class {self.model_class!r} of {self.package} lacks what this chat-core"
                f" requires of it: {', '.join(lacking)}.{_remedy_for_lacking(self.package)}"
            )
        return found

    def _import(self) -> type[ChatModel]:
        from importlib import import_module

        module, _, attribute = self.model_class.partition(":")
        try:
            found = getattr(import_module(module), attribute)
        except Exception as error:
            remedy = _built_for_another_core(self.package) or (
                f" Reinstall the package: pip install --force-reinstall {self.package}"
            )
            raise ProviderNotFoundError(
                f"The provider {self.name!r} has no model class {self.model_class!r}"
                f" ({type(error).__name__}: {error}).{remedy}"
            ) from error
        if not (isinstance(found, type) and issubclass(found, ChatModel)):
            raise ProviderNotFoundError(
                f"{self.model_class!r} of the provider {self.name!r} is no subclass of ChatModel."
                f" Update or uninstall {self.package}."
            )
        return found

    def claims_model(self, model: str) -> bool:
        """Whether this provider claims ``model``, an id without a provider."""
        import re

        return any(re.match(pattern, model) for pattern in self.claims)


def _built_for_another_core(package: str) -> str:
    from .built_for import built_for_another_core

    return built_for_another_core(_distribution(package))


def _remedy_for_lacking(package: str) -> str:
    """For which chat-core a package was built whose model class lacks methods, and what to do."""
    from .built_for import required_core

    if other := _built_for_another_core(package):
        return other
    installed = _distribution(package)
    wanted = required_core(installed) if installed else ""
    built = f" {package} was built for chat-core {wanted}." if wanted else ""
    return (
        f"{built} Update it: pip install --upgrade {package}; in a package of your own, write them."
    )


def _distribution(package: str) -> Distribution | None:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return distribution(package)
    except PackageNotFoundError:
        return None


class ProviderSpec:
    """What a provider plugin implements."""

    @hookspec
    def chat_provider(self) -> Provider:  # type: ignore[empty-body]
        """Name the provider. Called once; must import no SDK."""


class ObserverSpec:
    """What an observer plugin may implement; every hook is optional."""

    @hookspec
    def chat_run_start(self, run: Run, input: object) -> None:
        """A run begins. The observer may append to ``run.attachments`` what is attached around the
        code that this run calls, and to ``run.chunk_listeners`` functions of a chunk.
        """

    @hookspec
    def chat_run_chunk(self, run: Run, chunk: object) -> None:
        """A run yields a chunk. While an observer has this hook, ``invoke`` of a model asks for a
        stream, so that there are chunks.
        """

    @hookspec
    def chat_run_end(self, run: Run, output: object) -> None:
        """A run ends well."""

    @hookspec
    def chat_run_error(self, run: Run, error: BaseException) -> None:
        """A run fails; the error is raised to the caller afterwards."""
