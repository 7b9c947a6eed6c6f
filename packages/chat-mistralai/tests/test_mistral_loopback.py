"""Every recording of Mistral through the SDK's request and a loopback socket, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_conformance.replay import RecordedTraffic
from chat_mistralai import ChatMistralAI

if TYPE_CHECKING:
    from chat_conformance.recordings import Recording


class TestRecordedTraffic(RecordedTraffic):
    provider = "mistralai"

    def make(self, recording: Recording, url: str) -> ChatMistralAI:
        return ChatMistralAI(model="mistral-test", api_key="key", base_url=url, max_retries=0)
