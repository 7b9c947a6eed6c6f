"""Laws about ``run_tools`` of chat-tool-loop over a model; left out where it is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat_core import AIMessageChunk, ToolCall, ToolMessage

from ..script import Call, Reply
from ..scripted_server import mentions
from .law import needs
from .material import weather_report

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["ToolLoopLaws"]

QUESTION = "How is the weather in Oslo, in Rome and in Lima?"
FIRST = Call("weather_report", '{"city": "Oslo"}', "call00001")
SECOND = Call("weather_report", '{"city": "Rome"}', "call00002")
THIRD = Call("weather_report", '{"city": "Lima"}', "call00003")
BROKEN = Call("weather_report", '{"town": "Lima"}', "call00004")


class ToolLoopLaws:
    """Calls are run and their results sent back until the model answers in words."""

    @needs("tools")
    @pytest.mark.parametrize("how", ["whole", "streamed"])
    def test_a_tool_loop_runs_to_the_answer(self, chat: Chat, how: str) -> None:
        """Each step has the results of the calls before it, and the tools again."""
        chat.enqueue(Reply("Let me see. ", FIRST), Reply(THIRD), "It is sunny.")
        result, _ = _run(chat, how)
        assert (result.content, result.steps) == ("It is sunny.", 3)
        assert _results(result) == ["It is sunny in Oslo.", "It is sunny in Lima."]
        for request, results in zip(chat.server.requests, ((), (0,), (0, 1)), strict=True):
            found = [text for text in _results(result) if _mentions(request, text)]
            assert found == [_results(result)[number] for number in results]
            assert _mentions(request, "Return the weather in a city.")

    @needs("tools", "parallel_calls")
    @pytest.mark.parametrize("how", ["whole", "streamed"])
    def test_a_tool_loop_runs_calls_side_by_side(self, chat: Chat, how: str) -> None:
        """The results of one answer's calls go back together, in the order of the calls."""
        chat.enqueue(Reply(FIRST, SECOND, THIRD), "It is sunny.")
        result, items = _run(chat, how)
        expected = [f"It is sunny in {city}." for city in ("Oslo", "Rome", "Lima")]
        assert _results(result) == expected
        assert chat.server.received(*expected)
        assert len(chat.server.requests) == 2
        if how == "streamed":
            kinds = [type(each) for each in items if isinstance(each, ToolCall | ToolMessage)]
            assert kinds == [ToolCall] * 3 + [ToolMessage] * 3

    @needs("tools")
    def test_an_error_of_a_tool_goes_back_to_the_model(self, chat: Chat) -> None:
        """Arguments that do not fit are a failed result, and the model is asked once more."""
        chat.enqueue(Reply(BROKEN), Reply(FIRST), "It is sunny.")
        result, _ = _run(chat, "whole")
        wrong, right = [each for each in result.messages if isinstance(each, ToolMessage)]
        assert (wrong.status, right.status) == ("error", "success")
        assert "city" in wrong.content
        assert _mentions(chat.server.requests[1], wrong.content)

    @needs("tools", "streaming")
    def test_a_tool_loop_streams_the_words_of_each_step(self, chat: Chat) -> None:
        """The text of every step comes in chunks, before the calls and after the results."""
        chat.enqueue(Reply("Let me see. ", FIRST), "It is sunny.")
        _, items = _run(chat, "streamed")
        call = next(number for number, each in enumerate(items) if isinstance(each, ToolCall))
        before, after = _texts(items[:call]), _texts(items[call:])
        assert ("".join(before), "".join(after)) == ("Let me see. ", "It is sunny.")
        assert min(len(before), len(after)) > 1


def _texts(items: list[Any]) -> list[str]:
    chunks = [each for each in items if isinstance(each, AIMessageChunk)]
    return [chunk.content for chunk in chunks if chunk.content]


def _run(chat: Chat, how: str) -> tuple[Any, list[Any]]:
    """The result of a loop, and what it streamed."""
    try:
        from chat_tool_loop import run_tools  # an extra of the kit
    except ModuleNotFoundError:
        pytest.skip("not offered: chat-tool-loop is not installed")
    loop = run_tools(chat.model(), [weather_report], max_steps=5)
    if how == "whole":
        return chat.mode.invoke(loop, QUESTION), []
    items = chat.mode.items(loop, QUESTION)
    return items[-1], items


def _results(result: Any) -> list[str]:
    return [each.content for each in result.messages if isinstance(each, ToolMessage)]


def _mentions(request: Any, text: str) -> bool:
    return mentions(request.json, text)
