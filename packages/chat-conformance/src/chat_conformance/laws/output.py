"""Laws about several answers to one request, and about images and sound in answers."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    AIMessage,
    AudioBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    merge_chunks,
)

from ..script import Candidates, Picture, Reply, Sound
from .law import needs

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["OutputLaws"]

QUESTION = "What lives in a pond?"
FISH = Reply("One grey fish swims here.")
FROG = Reply("A frog", finish="length")
PICTURE = Picture("aVZCT1J3MEtHZ28wMDAxCg==")
SOUND = Sound("AAECAwQFBgcICQoLDA0ODw==", transcript="Glub, says the fish.")
ASKED: dict[str, dict[str, Any]] = {
    "logprobs": {"logprobs": 2},
    "image_output": {"modalities": ["text", "image"]},
    "audio_output": {"modalities": ["text", "audio"]},
    "idempotency_key": {"idempotency_key": "order-0017"},
}
"""The setting that asks for each capability."""

PROVIDERS = ("openai", "google-genai")
"""Providers that have what each of them asks for."""


class OutputLaws:
    """What is asked for besides one text arrives whole, or is refused by its name."""

    @needs("candidates")
    def test_candidates_are_messages_of_their_own(self, chat: Chat) -> None:
        """One request gives a message for each candidate, and the token counts once."""
        chat.enqueue(Candidates(FISH, FROG))
        answers = chat.mode.candidates(chat.model(), QUESTION, n=2)
        assert [_facts(each) for each in answers] == _EXPECTED
        assert len(chat.server.requests) == 1
        assert chat.server.received(QUESTION, 2)
        assert [each.usage_metadata is None for each in answers].count(False) == 1

    @needs("candidates", "streaming")
    def test_streamed_candidates_add_up_to_their_messages(self, chat: Chat) -> None:
        """Each chunk comes with the index of its candidate, and those of one add up to it."""
        chat.enqueue(Candidates(FISH, FROG))
        pairs = chat.mode.stream_candidates(chat.model(), QUESTION, n=2)
        assert len(list(groupby(pairs, key=lambda pair: pair[0]))) > 2
        merged = [
            merge_chunks(chunk for index, chunk in pairs if index == asked).to_message()
            for asked in (0, 1)
        ]
        assert [_facts(each) for each in merged] == _EXPECTED

    @needs("image_output")
    def test_an_image_that_a_model_makes_is_a_block(self, chat: Chat) -> None:
        """An image of an answer is an ``ImageBlock`` with its bytes and its type."""
        reply = Reply("Here it is. ", PICTURE)
        for message in _whole_and_streamed(chat, reply, ASKED["image_output"]):
            (image,) = [block for block in message.blocks if isinstance(block, ImageBlock)]
            assert (image.base64, image.mime_type) == (PICTURE.base64, PICTURE.mime_type)
            assert message.content == reply.text

    @needs("audio_output")
    def test_sound_that_a_model_makes_is_one_block(self, chat: Chat) -> None:
        """Sound of an answer is one ``AudioBlock``: its bytes, and its words if they are sent."""
        for message in _whole_and_streamed(chat, Reply(SOUND), ASKED["audio_output"]):
            (sound,) = [block for block in message.blocks if isinstance(block, AudioBlock)]
            assert (sound.base64, sound.mime_type) == (SOUND.base64, SOUND.mime_type)
            words = SOUND.transcript if chat.offers("transcript") else None
            assert sound.transcript == words

    @needs("audio_output", "streaming")
    def test_sound_is_streamed(self, chat: Chat) -> None:
        """Sound is handed out as it comes, in more than one chunk."""
        chat.enqueue(Reply(SOUND))
        chunks = chat.read_stream(QUESTION, **ASKED["audio_output"]).chunks
        sounding = [
            block
            for chunk in chunks
            for block in chunk.blocks
            if isinstance(block, AudioBlock) and block.base64
        ]
        assert len(sounding) > 1

    @pytest.mark.parametrize("kind", ["image_output", "audio_output"])
    def test_what_a_model_made_can_be_sent_on(self, chat: Chat, kind: str) -> None:
        """The next request with an answer of images or sound is accepted."""
        if not chat.offers(kind):
            pytest.skip(f"not offered: {kind}")
        asked = ASKED[kind]
        part = PICTURE if kind == "image_output" else SOUND
        chat.enqueue(Reply("Here. ", part), "It is grey.")
        first = chat.ask(QUESTION, **asked)
        again = [HumanMessage(QUESTION), first, HumanMessage("Which colour?")]
        assert chat.ask(again, **asked).content == "It is grey."

    @pytest.mark.parametrize("kind", ASKED)
    def test_what_is_asked_for_is_sent_or_refused_by_name(self, chat: Chat, kind: str) -> None:
        """A setting for what the model does not declare is sent, or refused by its name."""
        if chat.subject.capabilities is None or chat.offers(kind):
            pytest.skip(f"offered: {kind}")
        (name,) = ASKED[kind]
        refusal = _refusal(chat, kind)
        if refusal:
            assert name in refusal
            assert not chat.server.requests
        else:
            assert chat.server.received(name), f"{name} was dropped"

    @pytest.mark.parametrize("kind", ["logprobs", "image_output", "audio_output"])
    def test_a_refused_setting_names_who_has_it(self, chat: Chat, kind: str) -> None:
        """The refusal names a provider that has it, or the setting with which this one has it."""
        if chat.subject.capabilities is None or chat.offers(kind):
            pytest.skip(f"offered: {kind}")
        refusal = _refusal(chat, kind)
        if not refusal:
            pytest.skip(f"sent: {kind}")
        own = chat.model().provider
        others = [f"'{name}'" for name in PROVIDERS if name != own]
        assert any(name in refusal for name in ("api=", *others))

    def test_candidates_are_refused_where_there_are_none(self, chat: Chat) -> None:
        """A model without candidates refuses them before sending, and names ``batch``."""
        if chat.subject.capabilities is None or chat.offers("candidates"):
            pytest.skip("offered: candidates")
        with pytest.raises(InvalidParameterError, match="batch"):
            chat.mode.candidates(chat.model(), QUESTION, n=2)
        assert not chat.server.requests


def _facts(message: AIMessage) -> tuple[str, str | None]:
    return message.content, message.finish_reason


_EXPECTED = [(FISH.text, "stop"), (FROG.text, "length")]


def _whole_and_streamed(chat: Chat, reply: Reply, asked: dict[str, Any]) -> list[AIMessage]:
    chat.enqueue(reply, reply)
    return [chat.ask(QUESTION, **asked), chat.read_stream(QUESTION, **asked).message]


def _refusal(chat: Chat, kind: str) -> str:
    """The text of the error for a setting that the model does not declare; empty if it is sent."""
    chat.enqueue("Hello")
    try:
        chat.ask(QUESTION, **ASKED[kind])
    except InvalidParameterError as error:
        return str(error)
    return ""
