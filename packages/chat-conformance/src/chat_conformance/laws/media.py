"""Laws about images, documents, sound and video: sent, or refused by name, never dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat_core import ChatError, HumanMessage, InvalidParameterError, InvalidRequestError, TextBlock

from .material import MEDIA_BLOCKS

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["MediaLaws"]


class MediaLaws:
    """What the model takes is sent whole; what it does not take is refused before sending."""

    @pytest.mark.parametrize("kind", MEDIA_BLOCKS)
    def test_media_that_the_model_takes_are_sent(self, chat: Chat, kind: str) -> None:
        """The bytes or the address of a block are in the request, beside the text."""
        if not _may_take(chat, kind):
            pytest.skip(f"not offered: {kind}")
        block, sign = MEDIA_BLOCKS[kind]
        try:
            chat.sent([HumanMessage([TextBlock("What is this?"), block])])
        except ChatError:
            if chat.subject.capabilities is None:
                pytest.skip(f"not offered: {kind}")
            raise
        assert chat.server.received(sign, "What is this?")

    @pytest.mark.parametrize("kind", MEDIA_BLOCKS)
    def test_media_that_the_model_does_not_take_are_refused(self, chat: Chat, kind: str) -> None:
        """A block that the vendor cannot take is named in an error, and nothing is sent."""
        declared = chat.subject.capabilities
        if declared is None or kind in declared:
            pytest.skip(f"offered: {kind}")
        block, _ = MEDIA_BLOCKS[kind]
        chat.enqueue("I see.")
        refusal = ""
        try:
            chat.ask([HumanMessage([TextBlock("What is this?"), block])])
        except (InvalidParameterError, InvalidRequestError) as error:
            refusal = str(error)
        sent = bool(chat.server.requests)
        assert not sent, f"{kind} was sent: declare it in `capabilities`, or refuse it by name"
        assert type(block).__name__ in refusal


def _may_take(chat: Chat, kind: str) -> bool:
    return chat.subject.capabilities is None or kind in chat.subject.capabilities
