"""Names that more than one file of this package needs."""

from __future__ import annotations

__all__ = ["BASE_URL", "PROVIDER"]

PROVIDER = "fireworks"
"""The provider id, and the ``response_metadata["model_provider"]`` of its answers."""

BASE_URL = "https://api.fireworks.ai/inference/v1"
"""Where Fireworks speaks the OpenAI wire."""
