"""Names that more than one file of this package needs."""

from __future__ import annotations

__all__ = ["PROVIDER"]

PROVIDER = "ollama"
"""The provider id, and the ``response_metadata["model_provider"]`` of its answers."""
