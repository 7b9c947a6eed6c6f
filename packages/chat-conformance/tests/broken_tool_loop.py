"""Models that break a law of the tool loop."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from breaking import breaks
from chat_core import AIMessage, AIMessageChunk, ChatModel, Message, ToolMessage
from chat_core.provider import CallOptions
from plain_model import PlainModel
from plain_wire import PlainEncoder


class _OffersToolsOnce(PlainEncoder):
    def encode(self, messages: list[Message], options: CallOptions, **kwargs: Any) -> Any:
        body = super().encode(messages, options, **kwargs)
        if any(isinstance(message, ToolMessage) for message in messages):
            body.pop("tools", None)
        return body


@breaks("test_a_tool_loop_runs_to_the_answer")
class ForgetsItsToolsAfterAResult(PlainModel):
    encoder = _OffersToolsOnce


class _KeepsOneResult(PlainEncoder):
    def turns(self, messages: list[Message]) -> list[dict[str, Any]]:
        kept = [
            message
            for message, next_ in zip(messages, [*messages[1:], None], strict=True)
            if not (isinstance(message, ToolMessage) and isinstance(next_, ToolMessage))
        ]
        return super().turns(kept)


@breaks("test_a_tool_loop_runs_calls_side_by_side")
class SendsTheLastResultAlone(PlainModel):
    encoder = _KeepsOneResult


class _HidesMistakes(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        if isinstance(message, ToolMessage) and "was called wrongly" in message.content:
            turn["parts"] = []
        return turn


@breaks("test_an_error_of_a_tool_goes_back_to_the_model")
class HidesWrongArguments(PlainModel):
    encoder = _HidesMistakes


def _after_a_result(messages: list[Message]) -> bool:
    return any(isinstance(message, ToolMessage) for message in messages)


@breaks("test_a_tool_loop_streams_the_words_of_each_step")
class StreamsTheFirstStepAlone(PlainModel):
    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        if _after_a_result(messages) and isinstance(messages[1], AIMessage):
            yield from map(list, ChatModel._stream(self, messages, **options))
        else:
            yield from super()._stream(messages, **options)
