"""Names that more than one file of this package needs."""

from __future__ import annotations

__all__ = ["PROVIDER"]

PROVIDER = "anthropic"
"""The provider id; answers have it as ``response_metadata["model_provider"]``."""
