"""Laws about tools: they are offered, called and answered; incomplete calls are never valid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    AIMessage,
    HumanMessage,
    InvalidParameterError,
    TextBlock,
    ToolCall,
    ToolMessage,
)

from ..http_answers import Reset
from ..script import Call, Reply
from ..scripted_server import count
from .law import everywhere, needs
from .material import TOOL_KINDS, weather_report

if TYPE_CHECKING:
    from chat_core import Message

    from ..harness import Chat

__all__ = ["ToolLaws"]

QUESTION = "What is the weather in Oslo? Use the tool."
OSLO = Call("weather_report", '{"city": "Oslo"}', "call0Oslo")
ROME = Call("weather_report", '{"city": "Rome"}', "call0Rome")
DEEP = {"list": [1, {"ü": "🐟"}, []], "none": None, "half": 0.5, "yes": True, "text": 'a "b" \\ c'}

DANGLING = {
    "title": "Fish",
    "type": "object",
    "properties": {"name": {"type": "string"}, "home": {"$ref": "#/$defs/Pond"}},
}


class ToolLaws:
    """A ``ToolCall`` is a whole call; anything less is an ``InvalidToolCall``."""

    @needs("tools")
    @pytest.mark.parametrize("kind", TOOL_KINDS)
    def test_tools_are_offered_with_all_that_is_known_of_them(self, chat: Chat, kind: str) -> None:
        """A function, a class and a schema go out with name, description and parameters."""
        tool, name = TOOL_KINDS[kind]
        chat.sent(QUESTION, tools=[tool])
        assert chat.server.received(name, "Return the weather in a city.", "city")

    @everywhere
    @needs("tools")
    def test_a_call_arrives(self, chat: Chat) -> None:
        """A tool call has its name, its arguments as a dict, and an id."""
        chat.enqueue(Reply(OSLO))
        choice = "any" if chat.offers("tool_choice") else None
        model = chat.model().bind_tools([weather_report], tool_choice=choice)
        (call,) = chat.mode.stream(model, QUESTION).message.tool_calls
        assert call.name == "weather_report"
        assert "Oslo" in call.args["city"]
        assert call.id

    @everywhere
    @needs("tools")
    def test_an_answer_with_a_call_has_the_reason_tool_calls(self, chat: Chat) -> None:
        """An answer that ends in a call has the finish reason ``tool_calls``."""
        chat.enqueue(Reply("Let me see.", OSLO))
        model = chat.model().bind_tools([weather_report])
        assert chat.mode.invoke(model, QUESTION).finish_reason == "tool_calls"

    @needs("tools")
    def test_a_call_without_arguments_has_none(self, chat: Chat) -> None:
        """Empty arguments are ``{}``, a call that may be run."""
        chat.enqueue(Reply(Call("now", "")), Reply(Call("now", "")))
        assert [call.args for call in chat.read_stream().message.tool_calls] == [{}]
        assert [call.args for call in chat.ask().tool_calls] == [{}]

    @needs("tools", "parallel_calls")
    def test_calls_stay_apart(self, chat: Chat) -> None:
        """Several calls of one tool are several calls, in order, each with its own id."""
        chat.enqueue(Reply(OSLO, ROME))
        calls = chat.read_stream().message.tool_calls
        assert [call.args["city"] for call in calls] == ["Oslo", "Rome"]
        assert len({call.id for call in calls}) == 2

    @needs("tools", "streaming", "streamed_arguments")
    def test_arguments_are_streamed(self, chat: Chat) -> None:
        """Arguments come in pieces, in deltas that belong to one call."""
        chat.enqueue(Reply(Call("weather_report", '{"city": "Llanfairpwllgwyngyll"}')))
        streamed = chat.read_stream()
        deltas = [delta for chunk in streamed.chunks for delta in chunk.tool_call_chunks]
        assert len([delta for delta in deltas if delta.args]) > 2
        assert len(streamed.message.tool_calls) == 1

    @needs("tools", "streaming")
    def test_the_name_of_a_call_comes_once(self, chat: Chat) -> None:
        """Of all deltas of a call one has the name, so that joining them is right too."""
        chat.enqueue(Reply(Call("weather_report", '{"city": "Oslo", "when": "now"}')))
        deltas = [delta for chunk in chat.read_stream().chunks for delta in chunk.tool_call_chunks]
        assert [delta.name for delta in deltas if delta.name] == ["weather_report"]

    @needs("tools")
    def test_arguments_may_be_deep(self, chat: Chat) -> None:
        """Nested arguments, numbers, ``null`` and letters of any script come as they are."""
        chat.enqueue(Reply(Call("store", json.dumps(DEEP, ensure_ascii=False))))
        assert [call.args for call in chat.read_stream().message.tool_calls] == [DEEP]

    @needs("structured_output")
    @pytest.mark.parametrize("use", ["bind_tools", "with_structured_output"])
    def test_a_schema_that_refers_to_nothing_is_refused(self, chat: Chat, use: str) -> None:
        """A ``$ref`` to a definition that is not there is named in an error; nothing is sent."""
        chat.enqueue("Blue.")
        refusal = ""
        try:
            given = [DANGLING] if use == "bind_tools" else DANGLING
            chat.mode.invoke(getattr(chat.model(), use)(given), QUESTION)
        except InvalidParameterError as error:
            refusal = str(error)
        assert not chat.server.requests
        assert "#/$defs/Pond" in refusal

    @needs("tools")
    def test_text_before_a_call_stays_before_it(self, chat: Chat) -> None:
        """Blocks keep the order of the wire."""
        chat.enqueue(Reply("Let me see.", OSLO))
        blocks = [type(block) for block in chat.read_stream().message.blocks]
        assert blocks == [TextBlock, ToolCall]

    @needs("tools", "tool_choice")
    def test_the_choice_among_tools_is_sent(self, chat: Chat) -> None:
        """Any tool, one tool by name, and no tool are three different requests."""
        choices = ("any", "weather_report", "none")
        sent = [chat.sent(QUESTION, tools=[weather_report], tool_choice=c) for c in choices]
        assert sent[0] != sent[1]
        assert sent[1] != sent[2]
        assert sent[0] != sent[2]

    @needs("tools", "parallel_switch")
    def test_calls_can_be_had_one_by_one(self, chat: Chat) -> None:
        """``parallel_tool_calls=False`` is sent."""
        asked = [
            chat.sent(QUESTION, tools=[weather_report], parallel_tool_calls=allowed)
            for allowed in (True, False)
        ]
        assert asked[0] != asked[1]

    @everywhere
    @needs("tools")
    def test_a_result_can_be_sent_back(self, chat: Chat) -> None:
        """Call, result, answer: the round trip of a tool."""
        chat.enqueue(Reply(OSLO), "It is sunny in Oslo.")
        model = chat.model().bind_tools([weather_report])
        messages: list[Message] = [HumanMessage(QUESTION)]
        messages.append(chat.mode.stream(model, messages).message)
        messages += [
            ToolMessage("It is sunny, 21 degrees.", call.id or "") for call in _calls(messages)
        ]
        assert chat.mode.invoke(model, messages).content
        if chat.exact:
            assert chat.server.received("It is sunny, 21 degrees.")

    @needs("tools")
    def test_a_result_is_tied_to_its_call(self, chat: Chat) -> None:
        """The id of a call, if it goes back at all, goes back with the result too."""
        messages: list[Message] = [HumanMessage(QUESTION), AIMessage([ToolCall(*_fields(OSLO))])]
        messages.append(ToolMessage("It is sunny.", OSLO.id))
        assert count(chat.sent(messages), OSLO.id) in (0, 2)

    @needs("tools")
    def test_a_failed_result_is_marked_as_failed(self, chat: Chat) -> None:
        """The text of a result with ``status="error"`` is sent."""
        messages: list[Message] = [HumanMessage(QUESTION), AIMessage([ToolCall(*_fields(OSLO))])]
        messages.append(ToolMessage("The thermometer broke.", OSLO.id, "error"))
        chat.sent(messages)
        assert chat.server.received("The thermometer broke.")

    @needs("tools")
    def test_arguments_cut_short_are_no_call(self, chat: Chat) -> None:
        """A call that the length limit cut in its arguments is never valid."""
        reply = Reply(Call("remove", '{"path": "/ho'), finish="length")
        chat.enqueue(reply)
        message = chat.read_stream().message
        assert message.tool_calls == []
        assert [call.name for call in message.invalid_tool_calls] == ["remove"]

    @needs("tools", "raw_arguments")
    def test_arguments_that_are_not_json_are_no_call(self, chat: Chat) -> None:
        """A call whose arguments are no JSON object is invalid, and shows what was written."""
        chat.enqueue(Reply(Call("remove", '{"path": home}')))
        message = chat.read_stream().message
        assert message.tool_calls == []
        assert [call.args for call in message.invalid_tool_calls] == ['{"path": home}']

    @needs("tools", "streaming")
    def test_a_call_is_no_call_before_the_answers_end(self, chat: Chat) -> None:
        """A stream that breaks after arguments that happen to parse has no valid call."""
        error = chat.stream_failure(Reply("So. ", Call("remove", '{"path": "/"}'), Reset()))
        partial: Any = getattr(error, "partial", None)
        assert partial is not None
        assert partial.tool_calls == []


def _calls(messages: list[Message]) -> list[ToolCall]:
    answer = messages[-1]
    assert isinstance(answer, AIMessage)
    assert answer.tool_calls
    return answer.tool_calls


def _fields(call: Call) -> tuple[str, dict[str, Any], str]:
    return call.name, json.loads(call.args), call.id
