"""Conversations as the ``input`` of Responses: turns go back as the items they came as."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import (
    AIMessage,
    AudioBlock,
    Citation,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    VideoBlock,
)
from chat_openai.responses_encode import encode_input

NATIVE = {"model_provider": "openai", "api": "responses", "finish_reason": "stop"}
FOREIGN = {"model_provider": "anthropic", "finish_reason": "stop"}

Item = dict[str, Any]


def encode(*messages: Message, **settings: Any) -> list[Item]:
    return encode_input(messages, provider="openai", **settings)


def answer(*blocks: Any, metadata: dict[str, Any] | None = None) -> AIMessage:
    return AIMessage(list(blocks), response_metadata=NATIVE if metadata is None else metadata)


def said(text: str, **fields: Any) -> Item:
    parts = [{"type": "output_text", "text": text, "annotations": []}]
    names = {"type": "message", "role": "assistant", "status": "completed"}
    return {**names, "content": parts, **fields}


def encode_turn(message: AIMessage, **settings: Any) -> list[Item]:
    """The items of an answer whose calls have results."""
    results = [ToolMessage("1", c.id or "") for c in message.blocks if isinstance(c, ToolCall)]
    items = encode(message, *results, **settings)
    return items[: len(items) - len(results)]


def test_text_is_plain_and_an_answer_is_a_message_item() -> None:
    """Some servers refuse an assistant turn without ``type`` (ggml-org/llama.cpp)."""
    assert encode(SystemMessage("s"), HumanMessage("h"), AIMessage("a")) == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "h"},
        said("a"),
    ]


def test_system_messages_take_the_role_that_the_model_knows() -> None:
    assert encode(SystemMessage("s"), system_role="developer")[0]["role"] == "developer"


def test_media_are_parts_in_their_order() -> None:
    (item,) = encode(
        HumanMessage(
            [
                TextBlock("look"),
                ImageBlock("https://x/i.png", extras={"detail": "high"}),
                ImageBlock(base64="aGk=", mime_type="image/png"),
                ImageBlock(file_id="file-1"),
                FileBlock("https://x/f.pdf"),
                FileBlock(base64="aGk=", mime_type="application/pdf"),
                FileBlock(base64="aGk=", mime_type="text/csv", name="t.csv"),
                AudioBlock(base64="aGk=", mime_type="audio/mpeg"),
            ]
        )
    )
    assert item["content"] == [
        {"type": "input_text", "text": "look"},
        {"type": "input_image", "image_url": "https://x/i.png", "detail": "high"},
        {"type": "input_image", "image_url": "data:image/png;base64,aGk="},
        {"type": "input_image", "file_id": "file-1"},
        {"type": "input_file", "file_url": "https://x/f.pdf"},
        {
            "type": "input_file",
            "filename": "document.pdf",
            "file_data": "data:application/pdf;base64,aGk=",
        },
        {"type": "input_file", "filename": "t.csv", "file_data": "data:text/csv;base64,aGk="},
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
    ]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (VideoBlock("https://x/v.mp4"), "VideoBlock"),
        (AudioBlock("https://x/a.mp3"), "AudioBlock"),
        (AudioBlock(base64="aGk=", mime_type="audio/ogg"), "audio/ogg"),
        (ImageBlock(base64="aGk="), "mime_type"),
        (ReasoningBlock("hm"), "ReasoningBlock"),
    ],
)
def test_what_the_api_cannot_take_is_refused_by_name(block: Any, words: str) -> None:
    with pytest.raises(InvalidParameterError, match=words):
        encode(HumanMessage([block]))


# --- assistant turns


def test_an_answer_goes_back_as_the_message_item_it_was() -> None:
    note = {"type": "url_citation", "url": "u"}
    cited = (Citation(url="u", extras={"annotation": note}),)
    extras = {"item_id": "msg_1", "phase": "final_answer"}
    parts = (TextBlock("a", cited, extras=extras), RefusalBlock("no", extras=extras))
    assert encode(answer(*parts)) == [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "phase": "final_answer",
            "content": [
                {"type": "output_text", "text": "a", "annotations": [note]},
                {"type": "refusal", "refusal": "no"},
            ],
        }
    ]


def test_blocks_of_two_items_are_two_items_again() -> None:
    items = encode(
        answer(
            TextBlock("a", extras={"item_id": "msg_1"}), TextBlock("b", extras={"item_id": "msg_2"})
        )
    )
    assert [item["id"] for item in items] == ["msg_1", "msg_2"]


def test_reasoning_goes_back_with_the_item_that_follows_it() -> None:
    items = encode_turn(
        answer(
            ReasoningBlock("one", extras={"item_id": "rs", "encrypted_content": "x"}),
            ReasoningBlock("two", extras={"item_id": "rs"}),
            ReasoningBlock("raw", extras={"item_id": "rs", "part": "content"}),
            ToolCall("f", {"x": "é"}, "call_1", extras={"item_id": "fc_1", "namespace": "n"}),
        )
    )
    assert items == [
        {
            "type": "reasoning",
            "id": "rs",
            "summary": [
                {"type": "summary_text", "text": "one"},
                {"type": "summary_text", "text": "two"},
            ],
            "content": [{"type": "reasoning_text", "text": "raw"}],
            "encrypted_content": "x",
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "f",
            "arguments": '{"x":"é"}',
            "namespace": "n",
        },
    ]


@pytest.mark.parametrize("item_id", ["9" * 500, "msg_" + "a" * 61, "msg a", "fc_1"])
def test_an_id_of_another_shape_than_openais_does_not_go_back(item_id: str) -> None:
    """The API refuses an id of more than 64 characters, and characters that its ids have not."""
    message = answer(TextBlock("A", extras={"item_id": item_id}))
    assert encode_turn(message) == [said("A")]


def test_what_is_known_by_an_odd_id_alone_is_left_out_and_its_message_stays() -> None:
    reasoning = ReasoningBlock("Hm.", extras={"item_id": "9" * 500})
    search = {"type": "web_search_call", "id": "9" * 400, "status": "completed"}
    blocks = (reasoning, ServerToolCall("web_search", {}, "s", extras={"item": search}))
    text = TextBlock("A", extras={"item_id": "msg_1"})
    assert [item["type"] for item in encode_turn(answer(*blocks, text))] == ["message"]


def test_ids_of_compatible_servers_go_back_in_any_shape() -> None:
    metadata = {**NATIVE, "model_provider": "openai-compatible"}
    message = answer(TextBlock("A", extras={"item_id": "5f0c" * 30}), metadata=metadata)
    (item,) = encode_input([message], provider="openai-compatible")
    assert item["id"] == "5f0c" * 30


def test_reasoning_that_nothing_follows_is_left_out_because_the_vendor_refuses_it() -> None:
    cut = answer(ReasoningBlock("cut", extras={"item_id": "rs"}))
    assert encode(cut, HumanMessage("h")) == [{"role": "user", "content": "h"}]


def test_reasoning_without_an_item_is_left_out() -> None:
    assert encode(answer(ReasoningBlock("hm"), TextBlock("a"))) == [said("a")]


@pytest.mark.parametrize(("extras", "kept"), [({}, False), ({"encrypted_content": "x"}, True)])
def test_where_nothing_is_stored_reasoning_needs_its_encrypted_content(
    extras: dict[str, Any], kept: bool
) -> None:
    thought = ReasoningBlock("", extras={"item_id": "rs", **extras})
    items = encode(answer(thought, TextBlock("a")), is_stored=False)
    assert [item["type"] for item in items] == ["reasoning"] * kept + ["message"]


def test_server_tools_and_unknown_items_go_back_verbatim_and_in_order() -> None:
    web = {"type": "web_search_call", "id": "ws", "status": "completed"}
    picture = {"type": "image_generation_call", "id": "ig", "result": "aGk="}
    odd = {"type": "telepathy", "id": "t"}
    message = answer(
        ServerToolCall("web_search", {}, "ws", extras={"item": web}),
        ServerToolResult([], "ws", extras={"item_id": "ws"}),
        NonStandardBlock(odd),
        ServerToolCall("image_generation", {}, "ig", extras={"item": picture}),
        ImageBlock(base64="aGk=", mime_type="image/png", extras={"item_id": "ig"}),
        TextBlock("a", extras={"item_id": "m"}),
    )
    assert encode(message)[:3] == [web, odd, picture]
    assert len(encode(message)) == 4


@pytest.mark.parametrize(
    ("arguments", "sent"), [('{"x":', "{}"), ("[1]", "{}"), ("", "{}"), ('{"x": 1}', '{"x": 1}')]
)
def test_arguments_that_are_no_object_go_back_as_an_empty_one(arguments: str, sent: str) -> None:
    """Servers parse them, and refuse the request where they are not JSON."""
    call = answer(InvalidToolCall("f", arguments, "call_1", "cut"))
    assert encode(call, ToolMessage("no", "call_1", "error"))[0]["arguments"] == sent


@pytest.mark.parametrize("metadata", [FOREIGN, {**FOREIGN, "model_provider": "openai"}])
def test_of_a_turn_from_elsewhere_only_text_and_calls_stay(metadata: dict[str, Any]) -> None:
    message = answer(
        ReasoningBlock("hm", extras={"signature": "secret"}),
        ServerToolCall("web_search", {}, "x", extras={"item": {"type": "server_tool_use"}}),
        NonStandardBlock({"type": "container"}),
        NonStandardBlock({"type": "output_hologram"}, extras={"in_message": True}),
        TextBlock("a", extras={"item_id": "odd"}),
        ToolCall("f", {}, "toolu_1", extras={"item_id": "odd", "cache": 1}),
        metadata=metadata,
    )
    assert encode_turn(message) == [
        said("a"),
        {"type": "function_call", "call_id": "toolu_1", "name": "f", "arguments": "{}"},
    ]


def test_an_image_of_another_vendors_answer_stands_in_the_users_next_turn() -> None:
    picture = ImageBlock(base64="aGk=", mime_type="image/png", extras={"thoughtSignature": "s"})
    drawn = answer(TextBlock("a"), picture, metadata=FOREIGN)
    items = encode(HumanMessage("q"), drawn, HumanMessage("bluer"))
    assert items[1] == said("a")
    assert [part["type"] for part in items[2]["content"]] == [
        "input_text",
        "input_image",
        "input_text",
    ]
    assert items[2]["content"][1]["image_url"] == "data:image/png;base64,aGk="


def test_an_id_that_is_too_long_is_shortened_alike_in_call_and_result() -> None:
    long = "x" * 100
    made = answer(ToolCall("f", {}, long), metadata=FOREIGN)
    call, result = encode(made, ToolMessage("1", long))
    assert call["call_id"] == result["call_id"]
    assert len(call["call_id"]) <= 64
    assert encode_turn(made)[0]["call_id"] == call["call_id"]


# --- tool results


def asked(item: Item) -> AIMessage:
    name = str(item["type"])
    return answer(ServerToolCall(name, {}, item["call_id"], extras={"item": item}))


def test_a_function_is_answered_by_text_or_parts() -> None:
    call = answer(ToolCall("f", {}, "c"))
    picture = ImageBlock("https://x/i.png")
    assert encode(call, ToolMessage("4", "c"))[1] == {
        "type": "function_call_output",
        "call_id": "c",
        "output": "4",
    }
    assert encode(call, ToolMessage([TextBlock("see"), picture], "c"))[1]["output"] == [
        {"type": "input_text", "text": "see"},
        {"type": "input_image", "image_url": "https://x/i.png"},
    ]


def test_a_call_made_by_a_program_is_answered_to_that_program() -> None:
    caller = {"type": "program", "caller_id": "p"}
    call = answer(ToolCall("f", {}, "c", extras={"caller": caller}))
    assert encode(call, ToolMessage("4", "c"))[1]["caller"] == caller


def test_a_custom_tool_is_answered_in_its_own_shape() -> None:
    item = {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "SELECT 1"}
    items = encode(answer(NonStandardBlock(item)), ToolMessage("1", "c"))
    assert items == [item, {"type": "custom_tool_call_output", "call_id": "c", "output": "1"}]


@pytest.mark.parametrize(
    ("kind", "status", "output"),
    [
        (
            "shell_call",
            "success",
            {
                "type": "shell_call_output",
                "call_id": "c",
                "output": [
                    {"stdout": "x", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}
                ],
            },
        ),
        (
            "shell_call",
            "error",
            {
                "type": "shell_call_output",
                "call_id": "c",
                "output": [
                    {"stdout": "", "stderr": "x", "outcome": {"type": "exit", "exit_code": 1}}
                ],
            },
        ),
        (
            "local_shell_call",
            "success",
            {"type": "local_shell_call_output", "id": "c", "output": "x"},
        ),
        (
            "apply_patch_call",
            "error",
            {
                "type": "apply_patch_call_output",
                "call_id": "c",
                "status": "failed",
                "output": "x",
            },
        ),
    ],
)
def test_other_calls_are_answered_each_in_its_shape(kind: str, status: Any, output: Item) -> None:
    call = asked({"type": kind, "call_id": "c"})
    assert encode(call, ToolMessage("x", "c", status))[1] == output


def test_a_computer_is_answered_by_a_screenshot() -> None:
    call = asked({"type": "computer_call", "call_id": "c"})
    shot = ImageBlock(base64="aGk=", mime_type="image/png")
    assert encode(call, ToolMessage([shot], "c"))[1]["output"] == {
        "type": "computer_screenshot",
        "image_url": "data:image/png;base64,aGk=",
    }
    with pytest.raises(InvalidRequestError, match="ImageBlock"):
        encode(call, ToolMessage("clicked", "c"))


def test_an_approval_is_an_item_of_its_own_from_user_or_tool() -> None:
    approval = {"type": "mcp_approval_response", "approval_request_id": "a", "approve": True}
    request = {"type": "mcp_approval_request", "id": "a"}
    asking = answer(ServerToolCall("mcp_approval_request", {}, "a", extras={"item": request}))
    block = NonStandardBlock(approval)
    assert encode(asking, HumanMessage([block, TextBlock("go on")])) == [
        request,
        approval,
        {"role": "user", "content": "go on"},
    ]
    assert encode(asking, ToolMessage([block], "a")) == [request, approval]
    with pytest.raises(InvalidRequestError, match="mcp_approval_response"):
        encode(asking, ToolMessage("yes", "a"))


# --- what cannot be sent


def test_a_result_without_its_call_is_refused_and_named() -> None:
    with pytest.raises(InvalidRequestError, match="'c9'"):
        encode(HumanMessage("h"), answer(ToolCall("f", {}, "c1")), ToolMessage("4", "c9"))


def test_a_result_may_stand_alone_where_the_vendor_holds_the_call() -> None:
    (item,) = encode(ToolMessage("4", "c"), continues=True)
    assert item == {"type": "function_call_output", "call_id": "c", "output": "4"}


def test_no_messages_are_refused_unless_the_vendor_holds_some() -> None:
    with pytest.raises(InvalidRequestError, match="no messages"):
        encode()
    assert encode(continues=True) == []
