"""A whole talk with llmock, which speaks both of OpenAI's wires and judges its client."""

from __future__ import annotations

from typing import ClassVar, Literal

from chat_conformance.llmock_suite import LlmockSuite
from chat_openai import ChatOpenAI, ChatOpenAICompatible


class TestChatCompletions(LlmockSuite):
    provider = "openai"
    api: ClassVar[Literal["chat-completions", "responses"]] = "chat-completions"

    def make(self, url: str) -> ChatOpenAI:
        return ChatOpenAI(model="gpt-4o-mini", api=self.api, api_key="key", base_url=url)


class TestResponses(TestChatCompletions):
    api = "responses"


class TestCompatible(LlmockSuite):
    provider = "openai-compatible"
    api: ClassVar[Literal["chat-completions", "responses"]] = "chat-completions"

    def make(self, url: str) -> ChatOpenAICompatible:
        return ChatOpenAICompatible(model="gpt-4o-mini", api=self.api, api_key="key", base_url=url)


class TestCompatibleResponses(TestCompatible):
    api = "responses"
