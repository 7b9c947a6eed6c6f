"""Models that break a law of candidates, of images and sound in answers, or of model lists."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar

from breaking import breaks
from chat_core import (
    AIMessage,
    AIMessageChunk,
    AudioBlock,
    Block,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    ListedModel,
    merge_chunks,
)
from chat_core.provider import CandidateWire, MediaBlock, Page
from plain_model import PlainModel
from plain_wire import PROVIDER, PlainDecoder, PlainEncoder


@breaks("test_candidates_are_messages_of_their_own")
class KeepsOneCandidate(PlainModel):
    def candidates(self, input: object, config: Any = None, **kwargs: Any) -> list[AIMessage]:
        return super().candidates(input, config, **kwargs)[:1]


@breaks("test_streamed_candidates_add_up_to_their_messages")
class StreamsTheFirstCandidateAlone(PlainModel):
    def stream_candidates(
        self, input: object, config: Any = None, **kwargs: Any
    ) -> Generator[tuple[int, AIMessageChunk], None, None]:
        for index, chunk in super().stream_candidates(input, config, **kwargs):
            if index == 0:
                yield index, chunk


@breaks("test_candidates_are_refused_where_there_are_none", lacks={"candidates"})
class TakesOneAnswerForTwo(PlainModel):
    def _candidate_wire(self) -> CandidateWire | None:
        return CandidateWire("each", ("at_most",))


class _LeavesTypesOut(PlainDecoder):
    def picture(self, wire: dict[str, Any]) -> Block:
        return ImageBlock(base64=wire["picture"], index=self.place(ImageBlock))


@breaks("test_an_image_that_a_model_makes_is_a_block")
class LeavesTheTypeOfImagesOut(PlainModel):
    decoder = _LeavesTypesOut


class _Wordless(PlainDecoder):
    def sound(self, wire: dict[str, Any]) -> Block:
        return super().sound({**wire, "words": None})


@breaks("test_sound_that_a_model_makes_is_one_block")
class DropsTheWordsOfSound(PlainModel):
    decoder = _Wordless


class _CollectsSound(PlainDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[AIMessageChunk] = []

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        chunk = super().feed(wire, event)
        if chunk is not None and "sound" in wire:
            self.kept.append(chunk)
            return None
        if chunk is not None and "end" in wire and self.kept:
            chunk.blocks += merge_chunks(self.kept).blocks
        return chunk


@breaks("test_sound_is_streamed")
class HandsSoundOutAtTheEnd(PlainModel):
    decoder = _CollectsSound


class _TakesNoSoundBack(PlainEncoder):
    def media(self, block: MediaBlock) -> dict[str, Any]:
        if isinstance(block, AudioBlock) and block.transcript:
            raise InvalidRequestError("Sound stands in turns of the user alone.", provider=PROVIDER)
        return super().media(block)


@breaks("test_what_a_model_made_can_be_sent_on")
class RefusesItsOwnSound(PlainModel):
    encoder = _TakesNoSoundBack


class _Textual(PlainEncoder):
    def encode(self, *args: Any, settings: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        sent = {name: value for name, value in settings.items() if name != "modalities"}
        return super().encode(*args, settings=sent, **kwargs)


@breaks("test_a_refused_setting_names_who_has_it", lacks={"audio_output"})
class KnowsNoOtherModel(PlainModel):
    def _settings(self) -> dict[str, Any]:
        if "audio" in (self.modalities or ()):
            raise InvalidParameterError("modalities: this model makes no sound.")
        return super()._settings()


@breaks("test_what_is_asked_for_is_sent_or_refused_by_name", lacks={"image_output"})
class DropsModalities(PlainModel):
    encoder = _Textual


@breaks("test_the_vendors_models_are_listed")
class ListsModelsByTheirLetters(PlainModel):
    def _read_models(self, wire: Any) -> Page:
        return Page([ListedModel(name[:1]) for name in wire["models"]])


@breaks("test_a_list_that_does_not_exist_is_refused_by_name", lacks={"model_list"})
class ListsWhatItKnows(PlainModel):
    models_path: ClassVar[str] = ""

    @classmethod
    def list_models(cls, **settings: Any) -> Sequence[ListedModel]:
        return [ListedModel("plain-1")]

    @classmethod
    async def alist_models(cls, **settings: Any) -> Sequence[ListedModel]:
        return [ListedModel("plain-1")]
