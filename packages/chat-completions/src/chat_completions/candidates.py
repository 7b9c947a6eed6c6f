"""Where Chat Completions has the candidates of an answer."""

from __future__ import annotations

from chat_core.provider import CandidateWire

__all__ = ["CHOICES"]

CHOICES = CandidateWire("choices", ("n",))
