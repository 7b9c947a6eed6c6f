"""Every recording of Anthropic through the real SDK over a loopback socket, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_anthropic import ChatAnthropic
from chat_conformance.replay import RecordedTraffic

if TYPE_CHECKING:
    from chat_conformance.recordings import Recording


class TestRecordedTraffic(RecordedTraffic):
    provider = "anthropic"

    def make(self, recording: Recording, url: str) -> ChatAnthropic:
        return ChatAnthropic(
            model="claude-test", api_key="sk-ant-test", base_url=url, max_retries=0
        )
