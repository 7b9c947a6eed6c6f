"""How Fireworks' Chat Completions differ from OpenAI's."""

from __future__ import annotations

from chat_completions.dialect import Dialect
from chat_core import ContextLengthExceededError, QuotaExceededError

from .names import PROVIDER

__all__ = ["FIREWORKS", "FireworksDialect"]


class FireworksDialect(Dialect):
    """Fireworks' dialect.

    Reasoning comes as ``reasoning_content`` and goes back in it. A prompt that is too long, and
    credit that is spent (amd/gaia#3766), have no code of their own; the message tells the cause.
    """

    provider = PROVIDER
    takes_refusals = False
    media = frozenset({"image:url", "image:base64"})
    replays_reasoning = True
    error_prose = (
        ("prompt is too long", ContextLengthExceededError),
        ("maximum context length", ContextLengthExceededError),
        ("monthly spending limit", QuotaExceededError),
        ("failure to pay past invoices", QuotaExceededError),
    )


FIREWORKS = FireworksDialect()
"""It has no state: one serves every call."""
