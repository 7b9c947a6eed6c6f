"""Models that break a law of profiles."""

from __future__ import annotations

from dataclasses import replace

from breaking import breaks
from chat_core import ModelProfile
from plain_model import PlainModel


@breaks("test_a_profile_claims_the_media_that_are_sent")
class ClaimsAVideo(PlainModel):
    @property
    def profile(self) -> ModelProfile:
        known = super().profile
        media = known.input_media
        return known if media is None else replace(known, input_media=media | {"video"})


@breaks("test_a_profile_has_the_words_for_reasoning_that_are_sent")
class ClaimsOneWord(PlainModel):
    @property
    def profile(self) -> ModelProfile:
        return replace(super().profile, reasoning_words=("high",))


@breaks("test_a_profile_sends_nothing")
class AsksTheVendor(PlainModel):
    @property
    def profile(self) -> ModelProfile:
        self.count_tokens("Which model are you?")
        return super().profile
