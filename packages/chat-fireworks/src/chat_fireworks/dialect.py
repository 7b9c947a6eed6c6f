"""What Fireworks says otherwise in Chat Completions."""

from __future__ import annotations

from chat_completions.dialect import Dialect
from chat_core import ContextLengthExceededError

from .names import PROVIDER

__all__ = ["FireworksDialect"]


class FireworksDialect(Dialect):
    """Fireworks' own facts.

    Reasoning comes as ``reasoning_content`` and is taken back in it. A prompt that is too long is a
    plain bad request whose message says so. ``perf_metrics`` and ``raw_output`` come on demand.
    """

    provider = PROVIDER
    takes_refusals = False
    media = frozenset({"image:url", "image:base64"})
    replays_reasoning = True
    error_prose = (
        ("prompt is too long", ContextLengthExceededError),
        ("maximum context length", ContextLengthExceededError),
    )
