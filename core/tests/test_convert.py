"""What may be given to a model, as messages, and what may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core.chains.prompts import PromptValue
from chat_core.errors import InvalidParameterError
from chat_core.messages.blocks import (
    AudioBlock,
    FileBlock,
    ImageBlock,
    InvalidToolCall,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCall,
    ToolCallChunk,
)
from chat_core.messages.convert import to_messages
from chat_core.messages.message import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from pydantic import TypeAdapter


@pytest.mark.parametrize(
    ("given", "messages"),
    [
        ("hi", [HumanMessage("hi")]),
        (HumanMessage("hi"), [HumanMessage("hi")]),
        (AIMessageChunk("hi"), [AIMessage("hi")]),
        (PromptValue([SystemMessage("a")]), [SystemMessage("a")]),
        (("human", "hi"), [HumanMessage("hi")]),
        ({"role": "user", "content": "hi"}, [HumanMessage("hi")]),
        ([], []),
        (
            ["a", ("system", "b"), {"role": "assistant", "content": "c"}, AIMessageChunk("d")],
            [HumanMessage("a"), SystemMessage("b"), AIMessage("c"), AIMessage("d")],
        ),
        ((HumanMessage("a"), AIMessage("b")), [HumanMessage("a"), AIMessage("b")]),
        (
            [{"role": "developer", "content": "x"}, {"role": "ai", "content": "y", "name": "n"}],
            [SystemMessage("x"), AIMessage("y", name="n")],
        ),
        (
            [{"role": "tool", "tool_call_id": "1", "content": "5", "status": "error"}],
            [ToolMessage("5", "1", "error")],
        ),
        ({"role": "assistant", "content": None, "refusal": None}, [AIMessage("")]),
    ],
)
def test_every_accepted_form(given: Any, messages: list[Any]) -> None:
    assert to_messages(given) == messages


def test_tool_calls_come_as_objects_as_json_or_as_openai_writes_them() -> None:
    def calls(*wire: Any) -> list[Any]:
        (message,) = to_messages({"role": "assistant", "content": "", "tool_calls": list(wire)})
        return list(message.blocks)

    call = ToolCall("f", {"a": 1}, "c")
    assert calls(call) == [call]
    assert calls({"name": "f", "args": {"a": 1}, "id": "c", "type": "tool_call"}) == [call]

    def openai(arguments: str) -> dict[str, Any]:
        return {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}

    assert calls(openai('{"a": 1}')) == [call]
    assert calls(openai("")) == [ToolCall("f", {}, "c")]
    (broken,) = calls(openai('{"a'))
    assert isinstance(broken, InvalidToolCall)
    assert broken.args == '{"a'


def test_an_answer_as_openai_dumps_it_keeps_its_refusal() -> None:
    dumped = {"role": "assistant", "content": None, "refusal": "no", "audio": None}
    assert to_messages([dumped]) == [AIMessage([RefusalBlock("no")])]


def test_content_lists_hold_blocks_their_json_and_openai_parts() -> None:
    parts = [
        "a",
        TextBlock("b"),
        {"type": "text", "text": "c"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
        {"type": "image_url", "image_url": "http://127.0.0.1/x"},
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}},
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,AA==", "filename": "f"},
        },
        {"type": "image", "url": "http://127.0.0.1/y"},
    ]
    (message,) = to_messages({"role": "user", "content": parts})
    assert message.blocks == (
        TextBlock("a"),
        TextBlock("b"),
        TextBlock("c"),
        ImageBlock(base64="AA==", mime_type="image/png", extras={"detail": "low"}),
        ImageBlock("http://127.0.0.1/x"),
        AudioBlock(base64="AA==", mime_type="audio/mp3"),
        FileBlock(base64="AA==", mime_type="application/pdf", name="f"),
        ImageBlock("http://127.0.0.1/y"),
    )


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage([TextBlock("a"), ImageBlock("http://127.0.0.1/x")], name="n"),
        AIMessage([ReasoningBlock("r", extras={"signature": "s"}), ToolCall("f", {"a": 1}, "c")]),
        ToolMessage("x", "c", "error"),
    ],
)
def test_our_own_json_is_read_back_exactly(message: Any) -> None:
    wire = json.loads(TypeAdapter(AnyMessage).dump_json(message))
    assert to_messages([wire]) == [message]


def test_a_chunk_becomes_the_message_that_it_stands_for() -> None:
    chunk = AIMessageChunk(
        [ToolCallChunk("f", '{"a": 1}', "c", 0)], response_metadata={"finish_reason": "tool_calls"}
    )
    (message,) = to_messages([chunk])
    assert message.blocks == (ToolCall("f", {"a": 1}, "c"),)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (3, "A model's input is .*; got int: 3"),
        (None, "got NoneType"),
        (b"x", "got bytes"),
        ([3], "Message 0 of the input: A message is .*; got int: 3"),
        (["a", ["human", "x"]], "Message 1 of the input: .*got list"),
        ([("human", "a", "b")], "got 3 items"),
        (("robot", "x"), "Unknown role 'robot'; a message's role is one of system, developer"),
        ([("robot", "x")], "Unknown role 'robot'"),
        ({"content": "x"}, r'has "role" and "content"; got the keys \[\'content\'\]'),
        ([("human", 3)], "content is a str or a list of blocks; got int"),
        ({"role": "user", "content": [3]}, "A block is an object or a dict; got int"),
        ({"role": "user", "content": [{"type": "foo"}]}, "content part of type 'foo' is not"),
        ({"role": "user", "content": [{"type": "image_url"}]}, "image_url part needs a url"),
        ({"role": "user", "content": "x", "mood": "sad"}, "Unknown keys .*: mood"),
        ({"role": "tool", "content": "x"}, "says which call it answers"),
        ({"role": "ai", "content": "", "tool_calls": [3]}, "A tool call is ToolCall"),
        ({"role": "ai", "tool_calls": [{"id": "c", "args": {}}]}, "A tool call is ToolCall"),
        ({"type": "human", "blocks": [{"type": "nope"}]}, "no message of ours"),
    ],
)
def test_what_cannot_be_understood_whole_is_refused(given: Any, complaint: str) -> None:
    with pytest.raises(InvalidParameterError, match=complaint):
        to_messages(given)


@pytest.mark.parametrize("role", ["user", "system", "tool"])
def test_a_message_that_says_nothing_at_all_is_refused(role: str) -> None:
    with pytest.raises(InvalidParameterError, match='needs "content"'):
        to_messages([{"role": role}])
