"""Runs: one call of one runnable, its config, and the events that report it."""

from .run import RunConfig, dispatch_custom_event

__all__ = ["RunConfig", "dispatch_custom_event"]
