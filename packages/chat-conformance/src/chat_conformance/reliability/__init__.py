"""The second suite: what a model does when its vendor, its network or its own input is hostile."""

from __future__ import annotations

from .suite import ChatModelReliability

__all__ = ["ChatModelReliability"]
