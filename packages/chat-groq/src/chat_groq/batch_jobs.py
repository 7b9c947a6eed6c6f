"""Batch jobs of Groq, which are those of the Chat Completions wire. Pure.

The SDK states 100 MB as the most of a file and the vendor's page 200 MB; more than the larger
number is refused.
https://console.groq.com/docs/batch
"""

from __future__ import annotations

from chat_completions.batch_jobs import CompletionsJobs

from .dialect import GroqDialect

__all__ = ["groq_jobs"]


def groq_jobs(model: str) -> CompletionsJobs:
    """The jobs of ``model``."""
    dialect = GroqDialect(model)
    return CompletionsJobs(dialect, root="openai/v1/", endpoint="/v1/chat/completions")
