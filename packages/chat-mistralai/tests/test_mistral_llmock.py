"""A whole talk with llmock, which speaks Mistral's wire and judges its client."""

from __future__ import annotations

from chat_conformance.llmock_suite import LlmockSuite
from chat_mistralai import ChatMistralAI


class TestLlmock(LlmockSuite):
    provider = "mistralai"
    streams_usage = False  # Mistral has it in the last chunk, unasked

    def make(self, url: str) -> ChatMistralAI:
        return ChatMistralAI(model="mistral-small-latest", api_key="key", base_url=url)
