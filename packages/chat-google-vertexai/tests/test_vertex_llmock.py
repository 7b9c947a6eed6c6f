"""A whole talk with llmock, which speaks Gemini's wire and judges its client, at Vertex's paths."""

from __future__ import annotations

from chat_conformance.llmock_suite import LlmockSuite
from chat_google_vertexai import ChatVertexAI
from google.oauth2.credentials import Credentials


class TestLlmock(LlmockSuite):
    provider = "google-vertexai"

    def make(self, url: str) -> ChatVertexAI:
        return ChatVertexAI(
            model="gemini-2.5-flash",
            project="proj",
            location="europe-west4",
            credentials=Credentials("token"),  # type: ignore[no-untyped-call]
            base_url=url,
        )
