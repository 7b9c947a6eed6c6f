"""From a string id to a model: finds installed providers and loads only the one that is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from .arguments import of_type
from .catalogue import OTHER_IDS, PACKAGES
from .errors import InvalidParameterError, ProviderNotFoundError, ProviderNotInstalledError
from .hookspecs import ENTRY_POINT_GROUP, Provider, ProviderSpec

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .models.model import ChatModel
    from .models.model_list import ListedModel

__all__ = [
    "alist_models",
    "get_chat_model",
    "get_provider",
    "list_models",
    "list_providers",
    "refresh_providers",
]


def get_chat_model(id: str, **params: Any) -> ChatModel:
    """The model that ``id`` names, with ``params`` as its settings.

    ``id`` is ``"provider:model"``, split at the first colon only, so that
    ``"openai:ft:gpt-4o:org::x"`` works; or a bare model name that exactly one installed provider
    claims. Needs no key, which the first request does, and imports no vendor SDK.

    Raises:
        ProviderNotFoundError: no such provider; names the nearest ids and the installed ones.
        ProviderNotInstalledError: a known provider whose package is missing; names the package.
        InvalidParameterError: an empty id or model, or a parameter the model does not take.
    """
    seen: object = id
    if not isinstance(seen, str) or not id.strip():
        raise InvalidParameterError(f"A model id is 'provider:model'; got {id!r}.")
    name, colon, model = id.strip().partition(":")
    if colon:
        provider = get_provider(name)
        model = model.strip()
        if not model:
            raise InvalidParameterError(
                f"{id!r} names a provider and no model; write '{provider.name}:MODEL'."
            )
    else:
        model, provider = name, _claimant(name)
    if "model" in params:
        raise InvalidParameterError(
            f"The model is part of the id ({id!r}); model={params['model']!r} cannot be given too."
        )
    return provider.load()(model=model, **_with_own_settings(provider, params))


def list_models(provider: str, /, **settings: Any) -> Sequence[ListedModel]:
    """The models that the vendor of ``provider`` lists, with the ``settings`` of the connection.

    Raises:
        ProviderNotFoundError, ProviderNotInstalledError: as ``get_chat_model``.
        InvalidParameterError: a vendor that has no such list, or an unknown setting.
        APIError, MissingAPIKeyError: as for any request.
    """
    found = get_provider(provider)
    own = _with_own_settings(found, settings)
    models: Sequence[ListedModel] = _listing(found).list_models(**own)
    return models


async def alist_models(provider: str, /, **settings: Any) -> Sequence[ListedModel]:
    """``list_models`` on an event loop."""
    found = get_provider(provider)
    own = _with_own_settings(found, settings)
    models: Sequence[ListedModel] = await _listing(found).alist_models(**own)
    return models


def _with_own_settings(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """``given`` and the settings that make the class this provider's.

    Raises ``InvalidParameterError`` for one that is given too.
    """
    for name in provider.settings:
        if name in given:
            raise InvalidParameterError(
                f"{name}={given[name]!r} cannot be given for {provider.name!r}, whose {name}= is"
                f" {provider.settings[name]!r}; leave it out."
            )
    return {**provider.settings, **given}


def _listing(provider: Provider) -> Any:
    """The model class of the provider, which lists models."""
    model_class = provider.load()
    if not hasattr(model_class, "list_models"):
        raise InvalidParameterError(
            f"The provider {provider.name!r} cannot list models: its class"
            f" {model_class.__name__} has no list_models()."
        )
    return model_class


def get_provider(name: str) -> Provider:
    """The installed provider with this id; case and ``_`` against ``-`` do not matter.

    Raises ``ProviderNotFoundError``, ``ProviderNotInstalledError``, or ``InvalidParameterError``
    for what is no text.
    """
    of_type("provider", name, str, "the id of a provider, such as 'groq'")
    wanted = _normalise(name)
    installed = _entry_points()
    if wanted in installed:
        return _load(wanted)
    if wanted in PACKAGES:
        raise ProviderNotInstalledError(
            f"The provider {wanted!r} is not installed: pip install {PACKAGES[wanted]}."
            f" {_installed_list(installed)}"
        )
    raise ProviderNotFoundError(
        f"No provider {name!r}.{_guess(wanted, installed)} {_installed_list(installed)}"
    )


def _guess(wanted: str, installed: Iterable[str]) -> str:
    """What to write instead of an unknown provider id, and what to install for it."""
    if wanted in OTHER_IDS:
        return f" Write {_advice(wanted, installed)}."
    before, colon, _ = wanted.partition(":")
    if colon and before in installed:
        return f" The id of the provider alone is {before!r}."
    from difflib import get_close_matches

    near = get_close_matches(wanted, {*installed, *PACKAGES, *OTHER_IDS}, n=3)
    known = [each for each in near if each not in OTHER_IDS]
    if near and (near[0] in OTHER_IDS or not known):
        return f" Did you mean {near[0]!r}? Write {_advice(near[0], installed)}."
    return f" Did you mean {' or '.join(map(repr, known))}?" if known else ""


def _advice(spelling: str, installed: Iterable[str]) -> str:
    other = OTHER_IDS[spelling]
    if other.provider in installed:
        return other.write
    return f"{other.write} after pip install {PACKAGES[other.provider]}"


def list_providers() -> list[Provider]:
    """The installed providers, by name. Imports their light plugin modules and no SDK.

    One that cannot be loaded is left out with a ``RuntimeWarning`` that says why, so that a broken
    package does not take the others with it; ``get_provider`` of its id raises.
    """
    from warnings import warn

    found: list[Provider] = []
    for name in sorted(_entry_points()):
        try:
            found.append(_load(name))
        except ProviderNotFoundError as error:
            warn(str(error), RuntimeWarning, stacklevel=2)
    return found


def refresh_providers() -> None:
    """Look again for installed packages, for a process that has just installed one."""
    _entry_points.cache_clear()
    _load.cache_clear()


def _normalise(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _installed_list(names: Iterable[str]) -> str:
    return f"Installed: {', '.join(sorted(names)) or 'none'}."


@cache
def _entry_points() -> dict[str, tuple[EntryPoint, ...]]:
    """Entry points by provider id. Two packages may claim one; ``_load`` refuses that id alone."""
    from importlib.metadata import entry_points

    found: dict[str, tuple[EntryPoint, ...]] = {}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        name = _normalise(entry.name)
        known = found.get(name, ())
        # A package that is found twice on the path (editable and not) shows its entry twice. Names
        # of packages are read, which takes the parsing of their metadata, only then.
        if not known or _package(entry) not in map(_package, known):
            found[name] = (*known, entry)
    return found


@cache
def _load(name: str) -> Provider:
    entries = _entry_points()[name]
    if len(entries) > 1:
        packages = " and ".join(sorted(map(_package, entries)))
        raise ProviderNotFoundError(
            f"Two installed packages claim the provider id {name!r}: {packages}. Uninstall one."
        )
    entry = entries[0]
    try:
        providers = _call_plugin(name, entry)
    except Exception as error:
        raise ProviderNotFoundError(
            f"The provider {name!r} of {_package(entry)} cannot be loaded"
            f" ({type(error).__name__}: {error}).{_remedy(entry)}"
        ) from error
    if complaint := _complaint(name, providers):
        # The package's name is read only here: it takes the parsing of its metadata.
        raise ProviderNotFoundError(
            f"The plugin {entry.value!r} of {_package(entry)} for {name!r} {complaint}."
            f"{_remedy(entry)}"
        )
    return providers[0]


def _complaint(name: str, providers: list[Provider]) -> str:
    """What is wrong with what the plugin of ``name`` gives, as the end of a sentence; or empty."""
    if not providers:
        return (
            "has no function chat_provider with the mark @chat_core.hookimpl (or it returns None)"
        )
    (provider,) = providers
    seen: object = provider
    if not isinstance(seen, Provider):
        return f"does not implement chat_provider() -> Provider: it returns {type(seen).__name__}"
    if _normalise(provider.name) != name:
        return (
            f"names its provider {provider.name!r}; the name of the entry point and of the Provider"
            " must be the same"
        )
    return ""


def _remedy(entry: EntryPoint) -> str:
    from .built_for import built_for_another_core

    return (
        built_for_another_core(entry.dist) or f" Reinstall, update or uninstall {_package(entry)}."
    )


def _call_plugin(name: str, entry: EntryPoint) -> list[Provider]:
    """What the plugin's ``chat_provider`` gives; none if it has no such hook."""
    import pluggy

    manager = pluggy.PluginManager("chat_core")
    manager.add_hookspecs(ProviderSpec)
    manager.register(entry.load(), name)
    providers: list[Provider] = manager.hook.chat_provider()
    return providers


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value


def _claimant(model: str) -> Provider:
    claiming = [p for p in list_providers() if p.claims_model(model)]
    if len(claiming) == 1:
        return claiming[0]
    if _normalise(model) in OTHER_IDS:
        raise ProviderNotFoundError(
            f"{model!r} names no model.{_guess(_normalise(model), _entry_points())}"
            f" {_installed_list(_entry_points())}"
        )
    if _normalise(model) in {*_entry_points(), *PACKAGES}:
        raise InvalidParameterError(
            f"{model!r} names a provider and no model; write '{_normalise(model)}:MODEL'."
        )
    names = ", ".join(p.name for p in claiming)
    why = f"several providers claim it ({names})" if claiming else "no installed provider claims it"
    raise ProviderNotFoundError(
        f"{model!r} names no provider and {why}. Write 'provider:{model}'."
        f" {_installed_list(_entry_points())}"
    )
