"""Every recording of Groq through the real SDK over a loopback socket, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_conformance.replay import RecordedTraffic
from chat_groq import ChatGroq

if TYPE_CHECKING:
    from chat_conformance.recordings import Recording


class TestRecordedTraffic(RecordedTraffic):
    provider = "groq"

    def make(self, recording: Recording, url: str) -> ChatGroq:
        return ChatGroq(model="m", api_key="gsk_test", base_url=url, max_retries=0)
