"""Models that break a law of answers."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from breaking import Bent, breaks
from chat_core import (
    AIMessage,
    AIMessageChunk,
    Block,
    InputTokenDetails,
    MalformedResponseError,
    Message,
    TextBlock,
    UsageMetadata,
)
from plain_model import PlainModel
from plain_wire import PlainDecoder


@breaks("test_an_answer_is_the_text_that_was_sent")
class TidiesUp(Bent):
    """Strips the text of answers that are text alone."""

    def answer(self, message: AIMessage) -> AIMessage:
        texts = [block for block in message.blocks if isinstance(block, TextBlock)]
        if len(texts) == len(message.blocks):
            message.blocks = tuple(TextBlock(each.text.strip(), each.citations) for each in texts)
        return message


class ForgetsItsOrigin(PlainDecoder):
    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        chunk = super().reply(wire)
        del chunk.response_metadata["model_provider"]
        return chunk


@breaks("test_a_stream_adds_up_to_the_whole_answer")
class SaysLessInWholeAnswers(PlainModel):
    decoder = ForgetsItsOrigin


class WithoutId(PlainDecoder):
    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        chunk = super().feed(wire, event)
        if chunk is not None:
            chunk.id = None
        return chunk


@breaks("test_an_answer_has_the_vendors_id")
class DropsTheId(PlainModel):
    decoder = WithoutId


class WithoutMetadata(Bent):
    """Drops one entry of the metadata."""

    dropped: ClassVar[str]

    def segment(self, chunks: list[AIMessageChunk]) -> list[AIMessageChunk]:
        for chunk in chunks:
            chunk.response_metadata.pop(self.dropped, None)
        return chunks

    def answer(self, message: AIMessage) -> AIMessage:
        message.response_metadata.pop(self.dropped, None)
        return message


@breaks("test_an_answer_has_the_request_id_of_its_head")
class DropsTheRequestId(WithoutMetadata):
    dropped = "request_id"


@breaks("test_an_answer_has_the_rate_limits_of_its_head")
class DropsTheHeaders(WithoutMetadata):
    dropped = "headers"


class WithoutModel(PlainDecoder):
    def origin(self, wire: dict[str, Any]) -> dict[str, Any]:
        return {**super().origin(wire), "model_name": "plain-1"}


@breaks("test_an_answer_names_the_model_that_gave_it")
class NamesTheModelThatWasAsked(PlainModel):
    decoder = WithoutModel


class OtherProvider(PlainDecoder):
    def origin(self, wire: dict[str, Any]) -> dict[str, Any]:
        return {**super().origin(wire), "model_provider": "plane"}


@breaks("test_an_answer_names_its_provider")
class NamesAnother(PlainModel):
    decoder = OtherProvider

    def _read(self, input: Any) -> list[Message]:
        messages = super()._read(input)
        for message in messages:
            if isinstance(message, AIMessage):
                metadata = message.response_metadata
                if metadata.get("model_provider") == "plane":
                    metadata["model_provider"] = self.provider
        return messages


def _renaming(ours: str, other: str) -> type[PlainDecoder]:
    """A decoder that takes one finish reason for another.

    It leaves the reasons of candidates and of answers with server tools as they are.
    """

    class Renaming(PlainDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.renames = True

        def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
            if "index" in wire or "ran" in wire:
                self.renames = False
            return super().blocks(wire)

        def end(self, word: str) -> dict[str, Any]:
            end = super().end(word)
            if self.renames and end["finish_reason"] == ours:
                end["finish_reason"] = other
            return end

    return Renaming


@breaks("test_a_finished_answer_has_the_reason_stop")
class SaysOther(PlainModel):
    decoder = _renaming("stop", "other")


@breaks("test_an_answer_cut_by_its_length_has_the_reason_length")
class TakesLengthForAnError(PlainModel):
    decoder = _renaming("length", "error")


@breaks("test_a_filtered_answer_has_its_reason")
class TakesAFilterForAnError(PlainModel):
    decoder = _renaming("content_filter", "error")


@breaks("test_a_refusal_is_the_reason_for_the_end")
class StopsAfterARefusal(PlainModel):
    decoder = _renaming("refusal", "stop")


@breaks("test_an_answer_with_a_call_has_the_reason_tool_calls")
class StopsAfterACall(PlainModel):
    decoder = _renaming("tool_calls", "stop")


class WithoutRawWord(PlainDecoder):
    def end(self, word: str) -> dict[str, Any]:
        return {**super().end(word), "raw_finish_reason": None}


@breaks("test_the_vendors_own_finish_reason_is_kept")
class ForgetsTheVendorsWord(PlainModel):
    decoder = WithoutRawWord


class SpeaksItsRefusal(PlainDecoder):
    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        return super().blocks({"text": wire["no"]} if "no" in wire else wire)


@breaks("test_a_refusal_is_kept_apart_from_the_text")
class RefusesInItsText(PlainModel):
    decoder = SpeaksItsRefusal


class Adds(PlainDecoder):
    """Adds up the counts of a request of more than 1,000 tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.sum = 0

    def used(self, wire: dict[str, Any]) -> UsageMetadata:
        usage = super().used(wire)
        if wire["in"] > 1000:
            self.sum += wire["out"]
            usage["output_tokens"] = self.sum
        return usage


@breaks("test_an_answer_has_its_usage")
class AddsUpItsUsage(PlainModel):
    decoder = Adds


@breaks("test_usage_that_was_not_sent_is_unknown")
class CountsNothingAsZero(Bent):
    def segment(self, chunks: list[AIMessageChunk]) -> list[AIMessageChunk]:
        for chunk in chunks:
            if chunk.response_metadata.get("model_name") and chunk.usage_metadata is None:
                chunk.usage_metadata = UsageMetadata(input_tokens=0, output_tokens=0)
        return chunks

    def answer(self, message: AIMessage) -> AIMessage:
        if message.usage_metadata is None:
            message.usage_metadata = UsageMetadata(input_tokens=0, output_tokens=0)
        return message


class CountsApart(PlainDecoder):
    def used(self, wire: dict[str, Any]) -> UsageMetadata:
        usage = super().used(wire)
        if wire["cached"]:
            usage["input_tokens"] = wire["in"] - wire["cached"]
            usage["input_token_details"] = InputTokenDetails(cache_read=wire["cached"])
        return usage


@breaks("test_cached_tokens_are_part_of_the_input")
class LeavesCachedTokensOut(PlainModel):
    decoder = CountsApart


class CountsNoThoughts(PlainDecoder):
    def used(self, wire: dict[str, Any]) -> UsageMetadata:
        return super().used({**wire, "thought": None})


@breaks("test_reasoning_tokens_are_part_of_the_output")
class CountsNoReasoning(PlainModel):
    decoder = CountsNoThoughts


class InTheWordsOfTheWire(PlainDecoder):
    def logprob(self, wire: dict[str, Any]) -> Any:
        return wire


@breaks("test_log_probabilities_have_one_shape")
class HandsOnTheWiresTokens(PlainModel):
    decoder = InTheWordsOfTheWire


class Composes(PlainDecoder):
    def text(self, text: str) -> Block:
        return super().text(text if text.isascii() else unicodedata.normalize("NFKC", text))

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        chunk = super().reply(wire)
        for block in chunk.blocks:
            if isinstance(block, TextBlock) and "e\u0301" in block.text:
                block.text = unicodedata.normalize("NFC", block.text)
        return chunk


@breaks("test_text_of_every_script_survives")
class ComposesLetters(PlainModel):
    decoder = Composes


@breaks("test_an_empty_answer_is_an_answer")
class TakesSilenceForAnError(Bent):
    def answer(self, message: AIMessage) -> AIMessage:
        if not message.blocks:
            raise MalformedResponseError("The answer has no text.")
        return message


class KnowsEveryField(PlainDecoder):
    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        if "field_of_tomorrow" in wire:
            raise ValueError("extra fields are not permitted")
        return super().blocks(wire)


@breaks("test_unknown_fields_change_nothing")
class RefusesNews(PlainModel):
    decoder = KnowsEveryField
