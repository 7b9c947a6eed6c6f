"""Batch jobs of OpenAI, for Chat Completions and for Responses. Pure.

https://platform.openai.com/docs/guides/batch
"""

from __future__ import annotations

from typing import Literal

from chat_completions.batch_jobs import CompletionsJobs
from chat_completions.dialect import Dialect

__all__ = ["openai_jobs"]


def openai_jobs(api: Literal["chat-completions", "responses"], dialect: Dialect) -> CompletionsJobs:
    """The jobs whose rows are requests of ``api``."""
    endpoint = "/v1/responses" if api == "responses" else "/v1/chat/completions"
    return CompletionsJobs(dialect, root="", endpoint=endpoint)
