"""Answers for the clients: what each source yields, and the conversation that it stands for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from chat_core import (
    AIMessage,
    AudioBlock,
    Citation,
    ImageBlock,
    Message,
    RateLimitError,
    ReasoningBlock,
    RefusalBlock,
    RunnableLambda,
    ServerToolCall,
    ServerToolResult,
    StreamEvent,
    TextBlock,
    ToolCall,
    ToolMessage,
    UsageMetadata,
    dispatch_custom_event,
    tool,
)
from chat_core.testing import FakeChatModel

__all__ = ["SCENARIOS", "conversation"]

_FACTS = {"model_provider": "groq", "model_name": "llama"}
_PIXEL = "iVBORw0KGgo="


def _answer(*blocks: Any, finish: str = "stop") -> AIMessage:
    return AIMessage(
        list(blocks),
        usage_metadata=UsageMetadata(input_tokens=10, output_tokens=5, total_tokens=15),
        response_metadata={**_FACTS, "finish_reason": finish},
    )


SCENARIOS: dict[str, list[AIMessage | Exception]] = {
    "text": [_answer(TextBlock("Goldfish hum until dawn."))],
    "tools": [
        _answer(
            ReasoningBlock("Two cities.", extras={"signature": "c2ln"}),
            TextBlock("Let me look."),
            ToolCall("weather", {"city": "Bern"}, "call_1"),
            ToolCall("weather", {"city": "Atlantis"}, "call_2", extras={"thought": "x"}),
            finish="tool_calls",
        ),
        _answer(ToolCall("weather", {"city": "Bern"}, "call_3"), finish="tool_calls"),
        _answer(
            TextBlock(
                "Bern is sunny.",
                [Citation(url="https://a.org/w", title="Weather", start_index=0, end_index=4)],
            )
        ),
    ],
    "frontend tool": [
        _answer(
            TextBlock("Shall I?"),
            ToolCall("confirm", {"text": "Really?"}, "call_9"),
            finish="tool_calls",
        )
    ],
    "server tool": [
        _answer(
            ServerToolCall("web_search", {"query": "Bern"}, "srv_1"),
            ServerToolResult([{"title": "Bern", "url": "https://a.org"}], "srv_1", "web_search"),
            TextBlock("It is sunny."),
        )
    ],
    "image": [
        _answer(TextBlock("Here."), ImageBlock(base64=_PIXEL, mime_type="image/png")),
    ],
    "image first": [
        _answer(ImageBlock(base64=_PIXEL, mime_type="image/png"), TextBlock("A pixel.")),
    ],
    "sound": [
        _answer(
            AudioBlock(
                base64="UklGRg==",
                mime_type="audio/wav",
                transcript="Goldfish hum.",
                extras={"id": "audio_1"},
            )
        ),
    ],
    "refusal": [_answer(RefusalBlock("I cannot help with that."), finish="refusal")],
    "error": [
        _answer(
            TextBlock("One moment."),
            ToolCall("weather", {"city": "Bern"}, "call_1"),
            finish="tool_calls",
        ),
        RateLimitError("secret words of the vendor", provider="groq", retry_after=3),
    ],
}


@tool
def weather(city: str) -> Any:
    """Tells the weather of a city."""
    if city == "Atlantis":
        raise ValueError("a secret path")
    return {"sky": "blue", "celsius": 21}


def conversation(name: str) -> list[Message]:
    """The messages that a client shows at the end of a scenario."""
    found: list[Message] = []
    for answer in SCENARIOS[name]:
        if isinstance(answer, Exception):
            break
        found.append(answer)
        found += [_result(call) for call in answer.tool_calls if call.name == "weather"]
    return found


def _result(call: ToolCall) -> ToolMessage:
    if call.args["city"] == "Atlantis":
        return ToolMessage("The tool failed.", call.id or "", "error", name="weather")
    text = '{"sky": "blue", "celsius": 21}'
    return ToolMessage(text, call.id or "", name="weather")


def source(name: str) -> AsyncIterator[StreamEvent]:
    """The events of a loop that runs the scenario's calls."""
    model = FakeChatModel(responses=SCENARIOS[name])

    async def loop(question: str) -> AIMessage:
        messages: list[Message] = []
        dispatch_custom_event("STATE_SNAPSHOT", {"page": 2})
        dispatch_custom_event("progress", {"percent": 10})
        while True:
            answer = await model.ainvoke([*messages, *_QUESTION])
            messages.append(answer)
            calls = [call for call in answer.tool_calls if call.name == "weather"]
            if not calls:
                return answer
            for call in calls:
                try:
                    messages.append(await weather.ainvoke(call))
                except ValueError:
                    messages.append(_result(call))

    return RunnableLambda(loop).astream_events("What is the weather?")


_QUESTION = [("human", "What is the weather?")]
