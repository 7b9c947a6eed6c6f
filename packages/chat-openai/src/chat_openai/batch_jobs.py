"""Batch jobs of OpenAI and of Azure, for Chat Completions and for Responses. Pure.

https://platform.openai.com/docs/guides/batch
https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from chat_completions.batch_jobs import CompletionsJobs
from chat_completions.dialect import Dialect

__all__ = ["AzureJobs", "openai_jobs"]

_ENDPOINTS = {"chat-completions": "/v1/chat/completions", "responses": "/v1/responses"}


def openai_jobs(api: Literal["chat-completions", "responses"], dialect: Dialect) -> CompletionsJobs:
    """The jobs whose rows are requests of ``api``."""
    return CompletionsJobs(dialect, root="", endpoint=_ENDPOINTS[api])


class AzureJobs(CompletionsJobs):
    """Jobs of a resource on Azure. Each row names the deployment, which is one for batches.

    Args:
        api: what the rows are requests of.
        dialect: what the error codes mean.
        root: what stands in front of ``files`` and ``batches``.
        deployment: the deployment of every row; ``None`` for the model that the row names.
    """

    most_rows: ClassVar[int] = 100_000

    def __init__(
        self,
        api: Literal["chat-completions", "responses"],
        dialect: Dialect,
        *,
        root: str,
        deployment: str | None,
    ) -> None:
        super().__init__(dialect, root=root, endpoint=_ENDPOINTS[api])
        self._deployment = deployment

    def row(self, id: str, body: Mapping[str, object]) -> bytes:
        """See ``BatchJobs``."""
        if self._deployment is not None:
            body = {**body, "model": self._deployment}
        return super().row(id, body)
