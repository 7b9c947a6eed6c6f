"""Where profiles of models come from: functions that packages install or a program registers.

A package installs one as an entry point of the group ``chat_core.profiles``. Those that a program
registered are asked first, the last one before the others; then the installed ones, by the names of
their entry points. What one does not know is taken from the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, reduce
from typing import TypeAlias
from warnings import warn

from ..errors import ChatError, InvalidParameterError
from .profile import ModelProfile

__all__ = [
    "ENTRY_POINT_GROUP",
    "ProfileSource",
    "profile_from_sources",
    "register_profile_source",
    "unregister_profile_source",
]

ENTRY_POINT_GROUP = "chat_core.profiles"

ProfileSource: TypeAlias = Callable[[str, tuple[str, ...]], ModelProfile | None]
"""What a source knows of a model: its arguments are the provider id, and what the model may be
called, the most exact name first. It sends nothing; ``None`` is a model that it does not know."""

_registered: list[ProfileSource] = []


def register_profile_source(source: ProfileSource) -> None:
    """From now on ask ``source`` for profiles, before all others.

    Raises ``InvalidParameterError`` for what cannot be called, or is registered already.
    """
    if not callable(source):
        raise InvalidParameterError(
            "A source of profiles is a function of a provider id and names of a model; got"
            f" {source!r:.80}."
        )
    if source in _registered:
        raise InvalidParameterError(f"{source!r:.80} is registered as a source already.")
    _registered.insert(0, source)


def unregister_profile_source(source: ProfileSource) -> None:
    """Stop asking ``source``. Raises ``InvalidParameterError`` if it is not registered."""
    if source not in _registered:
        raise InvalidParameterError(f"{source!r:.80} is not registered as a source of profiles.")
    _registered.remove(source)


def profile_from_sources(provider: str, names: tuple[str, ...]) -> ModelProfile:
    """What all sources together know of the model.

    Raises ``InvalidParameterError`` for a source that fails, or returns something else.
    """
    found = (_ask(source, provider, names) for source in (*_registered, *_installed()))
    return reduce(ModelProfile.filled_from, filter(None, found), ModelProfile())


def _ask(source: ProfileSource, provider: str, names: tuple[str, ...]) -> ModelProfile | None:
    try:
        found: object = source(provider, names)
    except ChatError:
        raise
    except Exception as error:
        raise InvalidParameterError(
            f"The source of profiles {source!r:.80} failed ({type(error).__name__}: {error})."
        ) from error
    if found is None or isinstance(found, ModelProfile):
        return found
    raise InvalidParameterError(
        f"The source of profiles {source!r:.80} returned {type(found).__name__}; it returns a"
        " ModelProfile, or None for a model that it does not know."
    )


@cache
def _installed() -> tuple[ProfileSource, ...]:
    return tuple(_load_installed())


def _load_installed() -> Iterator[ProfileSource]:
    """The installed sources. One that cannot be loaded is left out with a ``RuntimeWarning``."""
    from importlib.metadata import entry_points

    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        try:
            yield entry.load()
        except Exception as error:  # noqa: BLE001 - another package's code
            reason = f"{type(error).__name__}: {error}"
            warn(
                f"The source of profiles {entry.value!r} cannot be loaded ({reason}).",
                RuntimeWarning,
                stacklevel=2,
            )
