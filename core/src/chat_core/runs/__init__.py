"""Runs: one call of one runnable, its config, and the events that report it."""

from .config import RunConfig
from .run import dispatch_custom_event

__all__ = ["RunConfig", "dispatch_custom_event"]
