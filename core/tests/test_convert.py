"""What may be given to a model, as messages, and what may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core.chains.prompts import PromptValue
from chat_core.errors import InvalidParameterError
from chat_core.messages.blocks import (
    AudioBlock,
    Citation,
    FileBlock,
    ImageBlock,
    InvalidToolCall,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCall,
    ToolCallChunk,
)
from chat_core.messages.chunks import AIMessageChunk, AnyMessage
from chat_core.messages.convert import refuse_additional_kwargs, to_messages
from chat_core.messages.message import AIMessage, HumanMessage, SystemMessage, ToolMessage
from chat_core.provider import write_arguments
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
        ({"role": "user", "contents": "x"}, 'needs "content"'),
        ({"role": "ai", "tool_calls": {"name": "f", "args": {}}}, "tool_calls is a list"),
        ({"role": "ai", "tool_calls": [{"function": {"arguments": "{}"}}]}, "has a name"),
        ({"role": "ai", "tool_calls": [{"name": "f", "args": {}, "id": 3}]}, "'tool_call' is not"),
        ({"role": "tool", "content": "x", "tool_call_id": "c", "status": "odd"}, "status .*'odd'"),
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


MARK = {"cache": {"kind": "short"}}


@pytest.mark.parametrize(
    ("part", "extras"),
    [
        ({"type": "text", "text": "a"}, {}),
        ({"type": "image_url", "image_url": {"url": "http://127.0.0.1/x", "size": 3}}, {"size": 3}),
        ({"type": "image_url", "image_url": "http://127.0.0.1/x"}, {}),
        ({"type": "video_url", "video_url": {"url": "http://127.0.0.1/x", "fps": 1}}, {"fps": 1}),
        ({"type": "input_audio", "input_audio": {"data": "AA==", "rate": 8000}}, {"rate": 8000}),
        ({"type": "file", "file": {"file_id": "f", "pages": 2}}, {"pages": 2}),
        ({"type": "file", "file": {"file_data": "data:text/csv,a", "pages": 2}}, {"pages": 2}),
        (
            {"type": "image", "url": "http://127.0.0.1/x", "extras": {"detail": "low"}},
            {"detail": "low"},
        ),
        ({"type": "reasoning", "text": "hm"}, {}),
    ],
)
@pytest.mark.parametrize("role", ["system", "user", "tool", "assistant"])
def test_a_key_that_a_part_has_no_field_for_goes_into_its_extras(
    part: dict[str, Any], extras: dict[str, Any], role: str
) -> None:
    """Inside the part's own object and around it, in a message of any role."""
    message = {"role": role, "tool_call_id": "c", "content": [{**part, **MARK, "nothing": None}]}
    (block,) = to_messages(message)[0].blocks
    assert block.extras == {**extras, **MARK}


@pytest.mark.parametrize(
    "call",
    [
        {"id": "c", "function": {"name": "f", "arguments": "{}"}},
        {"id": "c", "type": "function", "index": 0, "function": {"name": "f", "arguments": {}}},
        {"id": "c", "name": "f", "args": {}, "type": "tool_call"},
        {"id": "c", "function": {"name": "f", "arguments": "{", **MARK}},
    ],
)
def test_a_key_that_a_tool_call_has_no_field_for_goes_into_its_extras(call: dict[str, Any]) -> None:
    """A signature beside a call comes back with it, in each of the forms of a call."""
    (message,) = to_messages({"role": "assistant", "tool_calls": [{**call, **MARK}]})
    assert message.blocks[0].extras == MARK
    assert message.blocks[0].id == "c"  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["system", "user", "assistant", "tool"])
def test_a_key_that_a_message_has_no_field_for_goes_into_its_additional_kwargs(role: str) -> None:
    """``None`` and empty containers are what SDKs write for keys that are not set."""
    given = {"role": role, "content": "x", "tool_call_id": "c", **MARK, "prefix": False}
    given |= {"audio": None, "annotations": []}
    if role != "tool":
        del given["tool_call_id"]
    assert to_messages(given)[0].additional_kwargs == {**MARK, "prefix": False}


def test_unknown_keys_of_our_own_json_are_kept() -> None:
    """Of blocks, of their citations and of the message: another program may have written them."""
    wire = {
        "type": "ai",
        "blocks": [{"type": "text", "text": "a", "citations": [{"url": "u", "page": 3}], **MARK}],
        "mood": "sad",
    }
    message = TypeAdapter(AnyMessage).validate_json(json.dumps(wire))
    assert message.additional_kwargs == {"mood": "sad"}
    assert message.blocks == (
        TextBlock("a", (Citation(url="u", extras={"page": 3}),), extras=MARK),
    )
    assert to_messages(wire) == [message]


def test_media_of_a_part_may_be_given_as_bytes() -> None:
    """Base64 as ``bytes`` is what Python's own encoder gives."""
    part = {"type": "image", "base64": b"AA==", "mime_type": "image/jpg"}
    audio = {"type": "input_audio", "input_audio": {"data": b"AA==", "format": "wav"}}
    assert to_messages({"role": "user", "content": [part, audio]})[0].blocks == (
        ImageBlock(base64="AA==", mime_type="image/jpeg"),
        AudioBlock(base64="AA==", mime_type="audio/wav"),
    )
    with pytest.raises(InvalidParameterError, match="base64"):
        to_messages({"role": "user", "content": [{**part, "base64": b"\x89PNG"}]})


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), b"x", {1}, object()])
def test_arguments_that_json_cannot_say_are_refused_with_the_name_of_their_call(value: Any) -> None:
    """An encoder writes the arguments into a text, where the vendor would read them as JSON."""
    with pytest.raises(InvalidParameterError, match="'c' of tool 'f'"):
        write_arguments(ToolCall("f", {"a": [value]}, "c"))
    assert write_arguments(ToolCall("f", {"a": "ü", "b": 1.5}, "c")) == '{"a":"ü","b":1.5}'


def test_a_key_that_a_vendor_has_no_place_for_is_refused_by_name() -> None:
    """For encoders of wires without such a place; what an answer's vendor noted is let through."""
    noted = AIMessage("a", additional_kwargs=MARK, response_metadata={"model_provider": "other"})
    refuse_additional_kwargs([HumanMessage("a"), noted], "some")
    for message in (
        HumanMessage("a", additional_kwargs=MARK),
        AIMessage("a", additional_kwargs=MARK),
    ):
        with pytest.raises(InvalidParameterError, match=r"Message 1: some .*'cache'"):
            refuse_additional_kwargs([noted, message], "some")


def test_a_block_in_place_of_a_message_is_refused_with_the_way_to_give_it() -> None:
    with pytest.raises(InvalidParameterError, match=r"Message 0.*in HumanMessage\(\[.*ImageBlock"):
        to_messages([ImageBlock("https://pond.example/fish.png")])
