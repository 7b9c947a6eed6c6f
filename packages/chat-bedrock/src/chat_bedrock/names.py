"""Names that more than one file of this package needs."""

from __future__ import annotations

__all__ = ["KEY_VARIABLE", "PROVIDER"]

PROVIDER = "bedrock"
"""The provider id; answers have it as ``response_metadata["model_provider"]``."""

KEY_VARIABLE = "AWS_BEARER_TOKEN_BEDROCK"
"""The variable of the environment with an API key of Bedrock."""
