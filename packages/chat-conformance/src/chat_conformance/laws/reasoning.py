"""Laws about reasoning: apart from the text, streamed, and sent back where the vendor needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_core import HumanMessage

from ..script import Call, Reasoning, Reply
from .law import needs

if TYPE_CHECKING:
    from chat_core import Message

    from ..harness import Chat

__all__ = ["ReasoningLaws"]

SEAL = "c2VhbGVkLXRob3VnaHQ="
"""What a vendor signs or encrypts its thoughts with: base64, as they all do."""


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


def _result(call_id: str | None) -> Message:
    from chat_core import ToolMessage

    return ToolMessage("Fish live in water.", call_id or "")
