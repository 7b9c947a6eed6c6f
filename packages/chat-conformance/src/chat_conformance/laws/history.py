"""Laws about input: messages of every form reach the vendor in order; answers can be sent back."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    AIMessage,
    APIError,
    ChatError,
    HumanMessage,
    InvalidParameterError,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from pydantic import TypeAdapter

from ..script import Call, Reasoning, Reply
from .law import everywhere
from .material import weather_report

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["HistoryLaws"]

CONVERSATION: list[Message] = [
    HumanMessage("first question"),
    AIMessage("first answer"),
    HumanMessage("second question"),
    AIMessage("second answer"),
    HumanMessage("third question"),
]

FOREIGN = AIMessage(
    [
        ReasoningBlock("", extras={"signature": "foreign-seal", "item_id": "foreign-item"}),
        TextBlock("what another vendor wrote", extras={"item_id": "foreign-item"}),
        NonStandardBlock({"type": "foreign-block", "value": 1}),
        ToolCall("weather_report", {"city": "Oslo"}, "foreign_call-id/1", extras={"x": "foreign"}),
    ],
    response_metadata={"model_provider": "another-vendor", "finish_reason": "tool_calls"},
)


class HistoryLaws:
    """The vendor receives every message, in order."""

    @everywhere
    def test_the_system_message_is_sent(self, chat: Chat) -> None:
        """A system message is sent, whatever the vendor calls it."""
        chat.enqueue("ahoy")
        answer = chat.ask(
            [SystemMessage("Answer every question with the one word: ahoy"), HumanMessage("Hi")]
        )
        assert "ahoy" in answer.content.lower()
        if chat.exact:
            assert chat.server.received("Answer every question with the one word: ahoy")

    @everywhere
    def test_turns_are_sent_in_order(self, chat: Chat) -> None:
        """All turns of a conversation are sent in order."""
        chat.enqueue("third answer")
        assert chat.ask(CONVERSATION).content
        if chat.exact:
            body = chat.server.last.body.decode()
            places = [body.find(message.content) for message in CONVERSATION]
            assert -1 not in places
            assert places == sorted(places)
        if chat.exact and chat.offers("tools"):
            chat.sent([*_foreign_conversation()[:3], HumanMessage("And in Turin?")], **_tools(chat))
            body = chat.server.last.body.decode()
            assert body.find("It is sunny.") < body.find("And in Turin?"), "results stay in place"

    def test_every_form_of_input_means_the_same(self, chat: Chat) -> None:
        """Messages, tuples and dicts make the same request; a ``str`` is the user's."""
        tuples = [
            ("system", "Be brief."),
            ("human", "Hi"),
            ("ai", "Hello, what now?"),
            ("human", "Go"),
        ]
        dicts = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello, what now?"},
            {"role": "user", "content": "Go"},
        ]
        messages = [
            SystemMessage("Be brief."),
            HumanMessage("Hi"),
            AIMessage("Hello, what now?"),
            HumanMessage("Go"),
        ]
        assert chat.sent(tuples) == chat.sent(dicts) == chat.sent(messages)
        assert chat.sent("Hi") == chat.sent([HumanMessage("Hi")])

    def test_an_answer_can_be_sent_back(self, chat: Chat) -> None:
        """The model's answer is in the next request, unchanged."""
        chat.enqueue("My own words.")
        question = HumanMessage("Hi")
        answer = chat.read_stream([question]).message
        chat.sent([question, answer, HumanMessage("And then?")])
        assert chat.server.received("My own words.")

    def test_an_answer_of_another_vendor_can_be_sent(self, chat: Chat) -> None:
        """Text and calls of another vendor's answer are sent."""
        chat.sent(_foreign_conversation(), **_tools(chat))
        assert chat.server.received("what another vendor wrote")
        assert not chat.offers("tools") or chat.server.received("weather_report", "Oslo")

    def test_another_vendors_secrets_stay_behind(self, chat: Chat) -> None:
        """Seals, item ids and blocks of another vendor are not sent."""
        chat.sent(_foreign_conversation(), **_tools(chat))
        for secret in ("foreign-seal", "foreign-item", "foreign-block"):
            assert not chat.server.received(secret)

    def test_a_conversation_without_messages_is_refused(self, chat: Chat) -> None:
        """An empty list is refused before anything is sent."""
        with pytest.raises((InvalidParameterError, APIError)):
            chat.ask([])
        assert not chat.server.requests

    def test_a_result_without_its_call_is_refused(self, chat: Chat) -> None:
        """A tool result that answers no call is refused before anything is sent."""
        with pytest.raises((InvalidParameterError, APIError), match="no-such-call"):
            chat.ask([HumanMessage("Hi"), ToolMessage("sunny", "no-such-call")])
        assert not chat.server.requests

    def test_nonsense_as_input_is_refused(self, chat: Chat) -> None:
        """Input that is no message is refused before anything is sent, and the error shows it."""
        with pytest.raises(ChatError, match="int"):
            chat.ask([7])
        assert not chat.server.requests

    def test_a_conversation_survives_json(self, chat: Chat) -> None:
        """A conversation that was written to JSON and read again makes the same request."""
        messages = _own_conversation(chat)
        adapter: TypeAdapter[list[Message]] = TypeAdapter(list[Message])
        read = adapter.validate_json(adapter.dump_json(messages))
        assert chat.sent(read) == chat.sent(messages)

    def test_input_is_left_as_it_was(self, chat: Chat) -> None:
        """Calling a model changes nothing in the messages that it is given."""
        messages = [
            SystemMessage("Be brief."),
            *_foreign_conversation(),
            AIMessage("So."),
            HumanMessage("?"),
        ]
        before = copy.deepcopy(messages)
        chat.sent(messages)
        assert messages == before

    def test_a_conversation_may_be_sent_twice(self, chat: Chat) -> None:
        """The same conversation makes the same request again: nothing is random or counted."""
        messages = _foreign_conversation()
        assert chat.sent(messages) == chat.sent(messages)


def _tools(chat: Chat) -> dict[str, Any]:
    """The setting that offers a tool, where the model has tools."""
    return {"tools": [weather_report]} if chat.offers("tools") else {}


def _foreign_conversation() -> list[Any]:
    return [
        HumanMessage("How is Oslo?"),
        FOREIGN,
        ToolMessage("It is sunny.", "foreign_call-id/1"),
        HumanMessage("And Rome?"),
    ]


def _own_conversation(chat: Chat) -> list[Message]:
    """A conversation with a part of each kind that this model can produce."""
    parts: list[Any] = ["Let me see."]
    if chat.offers("sealed_reasoning"):
        parts.insert(0, Reasoning("Which city?", "c2VhbC0wMDAx"))
    if chat.offers("tools"):
        parts.append(Call("weather_report", '{"city": "Oslo"}'))
    chat.enqueue(Reply(*parts, model=chat.model().model))
    messages: list[Message] = [HumanMessage("How is Oslo?")]
    messages.append(chat.read_stream(messages).message)
    if chat.offers("tools"):
        messages.append(ToolMessage("It is sunny.", "call00001"))
    return [*messages, HumanMessage("And Rome?")]
