"""What the shell offers where a model is to be typed: aliases and providers."""

from __future__ import annotations

__all__ = ["complete_model"]


def complete_model(incomplete: str) -> list[str]:
    """Aliases, and ids of installed providers with their colon, that begin with ``incomplete``."""
    from .model_choice import installed_providers
    from .settings_file import read_settings

    names = [*read_settings().aliases, *(f"{each.name}:" for each in installed_providers())]
    return [name for name in names if name.startswith(incomplete)]
