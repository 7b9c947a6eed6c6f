"""What the shell offers where a model or a provider is to be typed."""

from __future__ import annotations

__all__ = ["complete_model", "complete_provider"]


def complete_model(incomplete: str) -> list[str]:
    """Aliases, and ids of installed providers with their colon, that begin with ``incomplete``."""
    from .settings_file import read_settings

    names = [*read_settings().aliases, *(f"{name}:" for name in complete_provider(""))]
    return [name for name in names if name.startswith(incomplete)]


def complete_provider(incomplete: str) -> list[str]:
    """Ids of installed providers that begin with ``incomplete``."""
    from .model_choice import installed_providers

    return [each.name for each in installed_providers() if each.name.startswith(incomplete)]
