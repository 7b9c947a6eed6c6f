"""The reliability suite: laws about faults, hostile answers and secrets."""

from __future__ import annotations

from .suite import ChatModelReliability

__all__ = ["ChatModelReliability"]
