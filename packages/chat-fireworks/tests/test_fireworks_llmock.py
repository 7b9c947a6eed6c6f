"""A whole talk with llmock, which speaks the OpenAI wire and judges its client."""

from __future__ import annotations

from chat_conformance.llmock_suite import LlmockSuite
from chat_fireworks import ChatFireworks


class TestLlmock(LlmockSuite):
    provider = "fireworks"

    def make(self, url: str) -> ChatFireworks:
        return ChatFireworks(
            model="accounts/fireworks/models/gpt-oss-20b", api_key="key", base_url=url
        )
