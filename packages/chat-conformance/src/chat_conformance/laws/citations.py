"""Laws about citations: the source, and the cited range of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_core import Citation, TextBlock

from ..script import Cited, Reply, Text
from .law import needs

if TYPE_CHECKING:
    from chat_core import AIMessage

    from ..harness import Chat

__all__ = ["CitationLaws"]

SOURCE = Cited("https://example.org/moon", "The moon", "far away")
REPLY = Reply(Text("Köln ist nah 🐟, the moon is far away.", (SOURCE,)))


class CitationLaws:
    """Sources are on the text that rests on them."""

    @needs("citations")
    def test_a_citation_names_its_source(self, chat: Chat) -> None:
        """Address and title of the source are on the text, in streams and whole."""
        chat.enqueue(REPLY, REPLY)
        for message in (chat.read_stream().message, chat.ask()):
            assert [(c.url, c.title) for c, _ in _cited(message)] == [(SOURCE.url, SOURCE.title)]

    @needs("citations")
    def test_a_citation_points_at_its_words(self, chat: Chat) -> None:
        """Where a citation has offsets, they select exactly the cited words of the block's text."""
        chat.enqueue(REPLY)
        for citation, text in _cited(chat.read_stream().message):
            if citation.start_index is not None:
                assert text[citation.start_index : citation.end_index] == SOURCE.words


def _cited(message: AIMessage) -> list[tuple[Citation, str]]:
    texts = [block for block in message.blocks if isinstance(block, TextBlock)]
    return [(citation, block.text) for block in texts for citation in block.citations]
