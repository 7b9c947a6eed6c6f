"""A whole talk with llmock, which speaks Groq's wire and judges its client."""

from __future__ import annotations

from chat_conformance.llmock_suite import LlmockSuite
from chat_groq import ChatGroq


class TestLlmock(LlmockSuite):
    provider = "groq"
    streams_usage = False  # Groq has it in x_groq, unasked

    def make(self, url: str) -> ChatGroq:
        return ChatGroq(model="llama-3.3-70b-versatile", api_key="key", base_url=url)
