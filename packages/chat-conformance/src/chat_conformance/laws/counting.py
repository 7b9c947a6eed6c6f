"""Laws about counting tokens: by the vendor, or estimated and marked as such, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_core import ChatError, InvalidParameterError, TokenCount

from ..script import COUNTED_TOKENS
from .law import needs
from .material import weather_report

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["CountingLaws"]

_QUESTION = "How many goldfish live on the moon?"


class CountingLaws:
    """What is counted is what ``invoke`` would send."""

    @needs("token_counting")
    def test_the_vendor_counts_what_would_be_sent(self, chat: Chat) -> None:
        """One request has the messages and the tools, and its number is the count."""
        model = chat.model()
        count = chat.mode.count_tokens(model, _QUESTION, tools=[weather_report])
        assert count == TokenCount(COUNTED_TOKENS)
        assert len(chat.server.requests) == 1
        assert chat.server.received(_QUESTION, "weather_report")

    def test_nothing_is_estimated_unasked(self, chat: Chat) -> None:
        """A count is the vendor's; where the vendor has none, an error names the estimate."""
        failure: ChatError | None = None
        try:
            count = chat.mode.count_tokens(chat.model(), _QUESTION)
        except InvalidParameterError as error:
            failure = error
        else:
            assert count.input_tokens > 0
            assert not count.is_estimate
        if failure is not None:
            assert not chat.offers("token_counting")
            assert not chat.server.requests
            assert "estimate=True" in str(failure)

    def test_an_estimate_is_marked(self, chat: Chat) -> None:
        """``estimate=True`` sends nothing, and more text has more tokens."""
        count, more = (
            chat.mode.count_tokens(chat.model(), text, estimate=True)
            for text in (_QUESTION, f"{_QUESTION} {_QUESTION}")
        )
        assert count.is_estimate
        assert 0 < count.input_tokens < more.input_tokens
        assert not chat.server.requests
