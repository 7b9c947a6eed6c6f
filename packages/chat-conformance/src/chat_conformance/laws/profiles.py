"""Laws about ``model.profile``: what is known of the model, without what this model refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    AudioBlock,
    ChatError,
    FileBlock,
    HumanMessage,
    ImageBlock,
    ModelProfile,
    TextBlock,
    VideoBlock,
    register_profile_source,
    unregister_profile_source,
)
from chat_core.provider import WireModel

from .law import needs
from .material import DATA

if TYPE_CHECKING:
    from chat_core import Block

    from ..harness import Chat

__all__ = ["ProfileLaws"]

_MEDIA: dict[str, tuple[Any, str, str]] = {
    "image": (ImageBlock, "image/png", "fish.png"),
    "pdf": (FileBlock, "application/pdf", "fish.pdf"),
    "audio": (AudioBlock, "audio/wav", "fish.wav"),
    "video": (VideoBlock, "video/mp4", "fish.mp4"),
}
_EVERYTHING = ModelProfile(
    context_window=8192,
    input_media=frozenset(_MEDIA),
    tools=True,
    structured_output=True,
    reasoning=True,
)
_WORDS = ("off", "low", "medium", "high", "max")


class ProfileLaws:
    """A profile is what lists know of a model, as far as this package can do it."""

    @pytest.mark.parametrize("media", _MEDIA)
    def test_a_profile_claims_the_media_that_are_sent(self, chat: Chat, media: str) -> None:
        """Of the media that a list has, the profile has those that are sent and not refused."""
        if not isinstance(chat.model(), WireModel):
            pytest.skip("nothing shows what a model without a codec refuses, but a call")
        with _known(_EVERYTHING):
            claimed = chat.model().profile.input_media
        assert claimed is not None
        is_sent = any(_is_sent(chat, block) for block in _blocks(media))
        assert (media in claimed) == is_sent

    @needs("reasoning_word")
    @pytest.mark.parametrize("word", _WORDS)
    def test_a_profile_has_the_words_for_reasoning_that_are_sent(
        self, chat: Chat, word: str
    ) -> None:
        """``reasoning_words`` are those that are not refused, with lists or without."""
        name = chat.subject.reasoning_model
        model = chat.model(model=name) if name else chat.model()
        is_sent = True
        try:
            model.bind(reasoning=word).reasoning_parameters()
        except ChatError:
            is_sent = False
        assert (word in (model.profile.reasoning_words or ())) == is_sent
        with _known(_EVERYTHING):
            assert (word in (model.profile.reasoning_words or ())) == is_sent

    def test_a_profile_sends_nothing(self, chat: Chat) -> None:
        """What is known of a model is known without a request."""
        with _known(_EVERYTHING):
            assert chat.model().profile.context_window == 8192
        assert not chat.server.requests


@contextmanager
def _known(profile: ModelProfile) -> Iterator[None]:
    """A list that has ``profile`` of every model."""

    def source(provider: str, names: tuple[str, ...]) -> ModelProfile:
        return profile

    register_profile_source(source)
    try:
        yield
    finally:
        unregister_profile_source(source)


def _blocks(media: str) -> Iterator[Block]:
    kind, mime_type, name = _MEDIA[media]
    named = {"name": name} if kind is FileBlock else {}
    yield kind(base64=DATA, mime_type=mime_type, **named)
    yield kind(url=f"https://example.org/{name}", mime_type=mime_type, **named)


def _is_sent(chat: Chat, block: Block) -> bool:
    try:
        chat.sent([HumanMessage([TextBlock("What is this?"), block])])
    except ChatError:
        return False
    return True
