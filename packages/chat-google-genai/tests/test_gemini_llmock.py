"""A whole talk with llmock, which speaks Gemini's wire and judges its client."""

from __future__ import annotations

from chat_conformance.llmock_suite import LlmockSuite
from chat_google_genai import ChatGoogleGenerativeAI
from pydantic import SecretStr


class TestLlmock(LlmockSuite):
    provider = "google-genai"

    def make(self, url: str) -> ChatGoogleGenerativeAI:
        return ChatGoogleGenerativeAI(
            model="gemini-2.5-flash", api_key=SecretStr("k"), base_url=url
        )
