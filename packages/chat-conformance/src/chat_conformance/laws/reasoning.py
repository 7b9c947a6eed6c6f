"""Laws about reasoning: apart from the text, streamed, and sent back where the vendor needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import HumanMessage, InvalidRequestError

from ..script import Call, Reasoning, Reply
from .law import needs

if TYPE_CHECKING:
    from chat_core import Message

    from ..harness import Chat

__all__ = ["ReasoningLaws"]

SEAL = "c2VhbGVkLXRob3VnaHQ="
"""What a vendor signs or encrypts its thoughts with: base64, as they all do."""

WORDS = ("off", "low", "medium", "high", "max", 4096)
"""What ``reasoning=`` takes: the words, and a number of tokens."""


class ReasoningLaws:
    """The model's thinking is not its answer."""

    @needs("reasoning")
    def test_reasoning_is_not_text(self, chat: Chat) -> None:
        """``reasoning`` holds the thinking and ``content`` the answer, in streams and whole."""
        reply = Reply(Reasoning("Fish need water. "), "There are no fish.")
        chat.enqueue(reply, reply)
        for message in (chat.read_stream().message, chat.ask()):
            assert message.reasoning == "Fish need water. "
            assert message.content == "There are no fish."

    @needs("reasoning", "streaming")
    def test_reasoning_is_streamed(self, chat: Chat) -> None:
        """Thinking is handed out as it comes, before the text."""
        chat.enqueue(Reply(Reasoning("Fish need water, and the moon has none."), "No."))
        chunks = chat.read_stream().chunks
        thinking = [n for n, chunk in enumerate(chunks) if chunk.reasoning]
        speaking = [n for n, chunk in enumerate(chunks) if chunk.content]
        assert len(thinking) > 2
        assert max(thinking) < min(speaking)

    @needs("reasoning_word")
    @pytest.mark.parametrize("word", WORDS)
    def test_a_word_for_reasoning_is_sent_or_refused_by_name(self, chat: Chat, word: Any) -> None:
        """``reasoning=`` is in the request as the parameters that the run's metadata has."""
        asked = _reasoning_model(chat, reasoning=word)
        try:
            parameters = chat.model(**asked).reasoning_parameters()
        except InvalidRequestError:
            with pytest.raises(InvalidRequestError, match=f"reasoning={word!r}"):
                chat.sent(**asked)
            return
        assert word == "off" or parameters
        assert chat.model(**asked).ls_metadata()["ls_reasoning_parameters"] == parameters
        assert _holds(chat.sent(**asked), parameters)

    @needs("reasoning_word")
    def test_the_vendors_own_parameter_wins_over_the_word(self, chat: Chat) -> None:
        """Beside ``reasoning=`` the vendor's own parameter is sent as it was given."""
        own = chat.model(**_reasoning_model(chat, reasoning="high")).reasoning_parameters()
        asked = _reasoning_model(chat, reasoning="off", model_kwargs=own)
        assert _holds(chat.sent(**asked), own)
        assert _holds(chat.model(**asked).reasoning_parameters(), own)

    @needs("reasoning_word")
    def test_a_word_for_reasoning_counts_for_one_call(self, chat: Chat) -> None:
        """``invoke(input, reasoning=…)`` counts for that call alone."""
        asked = _reasoning_model(chat, reasoning="high")
        parameters = chat.model(**asked).reasoning_parameters()
        assert _holds(chat.sent(**asked), parameters)
        assert not _holds(chat.sent(**_reasoning_model(chat)), parameters)

    @needs("sealed_reasoning")
    def test_sealed_reasoning_goes_back_as_it_came(self, chat: Chat) -> None:
        """A signature or encrypted thought is in the next request, letter by letter."""
        messages: list[Message] = [HumanMessage("Hi")]
        chat.enqueue(Reply(Reasoning("Which fish?", SEAL), "These.", model=chat.model().model))
        messages.append(chat.read_stream(messages).message)
        chat.sent([*messages, HumanMessage("And then?")])
        assert chat.server.received(SEAL)

    @needs("sealed_reasoning", "tools")
    def test_reasoning_stays_before_the_call_it_led_to(self, chat: Chat) -> None:
        """In the next request the seal comes before the call, as it did in the answer."""
        messages: list[Message] = [HumanMessage("Hi")]
        call = Call("look_up", '{"what": "fish"}')
        chat.enqueue(Reply(Reasoning("Look it up.", SEAL), call, model=chat.model().model))
        answer = chat.read_stream(messages).message
        chat.sent([*messages, answer, _result(answer.tool_calls[0].id)])
        body = chat.server.last.body.decode()
        assert 0 <= body.find(SEAL) < body.find("look_up")


def _reasoning_model(chat: Chat, **settings: Any) -> dict[str, Any]:
    """``settings``, with the name of a model that reasons."""
    name = chat.subject.reasoning_model
    return {"model": name, **settings} if name else settings


def _holds(body: Any, part: Any) -> bool:
    """Whether the JSON ``body`` has everything that ``part`` has, in the same places."""
    if not isinstance(part, Mapping):
        return bool(body == part)
    return isinstance(body, Mapping) and all(_holds(body.get(n), part[n]) for n in part)


def _result(call_id: str | None) -> Message:
    from chat_core import ToolMessage

    return ToolMessage("Fish live in water.", call_id or "")
