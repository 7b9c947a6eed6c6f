"""A whole talk with llmock, which speaks Anthropic's wire and judges its client."""

from __future__ import annotations

from chat_anthropic import ChatAnthropic
from chat_conformance.llmock_suite import LlmockSuite


class TestLlmock(LlmockSuite):
    provider = "anthropic"

    def make(self, url: str) -> ChatAnthropic:
        return ChatAnthropic(model="claude-sonnet-4-5", api_key="key", base_url=url)
