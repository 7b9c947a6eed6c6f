"""What a request says: turns in the order that Mistral accepts, ids, parts, media, parameters."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    VideoBlock,
)
from chat_core.provider import ResponseSchema, ToolSpec
from mistral_wire import reference, reply, request, text, thinking, turns

ASK = HumanMessage("Q")
CALL = AIMessage([ToolCall("f", {}, "abcdefgh1")])
RESULT = ToolMessage("R", "abcdefgh1")
FOREIGN = {"model_provider": "anthropic"}

# --- the order of turns


def roles(*messages: Any) -> list[str]:
    return [turn["role"] for turn in turns(*messages)]


def test_the_user_never_speaks_directly_after_a_tool() -> None:
    bridged = ["user", "assistant", "tool", "assistant", "user"]
    assert roles(ASK, CALL, RESULT, ASK) == bridged
    assert roles(ASK, CALL, RESULT, SystemMessage("S"), ASK) == [*bridged[:4], "system", "user"]
    assert turns(ASK, CALL, RESULT, ASK)[3]["content"]


def test_tools_and_the_assistant_may_follow_a_tool() -> None:
    two = AIMessage([ToolCall("f", {}, "abcdefgh1"), ToolCall("f", {}, "abcdefgh2")])
    results = [RESULT, ToolMessage("R", "abcdefgh2")]
    assert roles(ASK, two, *results) == ["user", "assistant", "tool", "tool"]
    assert roles(ASK, CALL, RESULT, CALL, RESULT)[3:] == ["assistant", "tool"]


def test_an_empty_assistant_turn_is_left_out() -> None:
    assert roles(ASK, AIMessage(""), ASK) == ["user", "user"]
    assert roles(ASK, CALL, RESULT, AIMessage(""), ASK)[3:] == ["assistant", "user"]
    assert turns(ASK, CALL, RESULT, AIMessage(""), ASK)[3]["content"]


def test_an_assistants_text_at_the_end_is_a_prefix_of_the_answer() -> None:
    assert turns(ASK, AIMessage("Sure: "))[1] == {
        "role": "assistant",
        "content": "Sure: ",
        "prefix": True,
    }
    assert "prefix" not in turns(ASK, AIMessage("A"), ASK)[1]
    given = AIMessage("A", additional_kwargs={"prefix": False})
    assert turns(ASK, given)[1]["prefix"] is False


def test_names_are_fields_of_tool_results_alone_and_otherwise_stand_before_the_text() -> None:
    named = ToolMessage("R", "abcdefgh1", additional_kwargs={"name": "f"})
    sent = turns(SystemMessage("S", name="x"), HumanMessage("Q", name="y"), CALL, named)
    assert [turn.get("name") for turn in sent] == [None, None, None, "f"]
    assert [turn["content"] for turn in sent[:2]] == ["x: S", "y: Q"]


def test_the_name_of_an_answer_in_parts_stands_before_its_first_text() -> None:
    parts: list[Block] = [ReasoningBlock("Hm."), TextBlock("Castle early.")]
    (_, turn) = turns(HumanMessage("Q"), AIMessage(parts, name="Mira"))
    assert turn["content"][1] == {"type": "text", "text": "Mira: Castle early."}


# --- ids of tool calls


@pytest.mark.parametrize(
    "id", ["call_abc", "toolu_01A", "12345678", "abcdefgh-", "ébcdefghi", "\ud83d", "1234567890"]
)
def test_a_foreign_id_becomes_nine_letters_and_digits_the_same_for_call_and_result(id: str) -> None:
    message = AIMessage([ToolCall("f", {}, id)], response_metadata=FOREIGN)
    for _ in range(2):
        called, answered = turns(ASK, message, ToolMessage("R", id))[1:]
        ours = called["tool_calls"][0]["id"]
        assert re.fullmatch(r"[a-zA-Z0-9]{9}", ours)
        assert answered["tool_call_id"] == ours


def test_different_foreign_ids_stay_different_and_an_own_id_stays_as_it_is() -> None:
    ids = [f"call_{n}" for n in range(1000)]
    results = [ToolMessage("r", one) for one in ids]
    said = AIMessage([ToolCall("f", {}, one) for one in ids])
    called = turns(ASK, said, *results)[1]["tool_calls"]
    assert len({call["id"] for call in called}) == 1000
    assert turns(ASK, CALL, RESULT)[1]["tool_calls"][0]["id"] == "abcdefgh1"


def test_a_foreign_id_has_the_same_hash_in_every_process() -> None:
    message = AIMessage([ToolCall("f", {}, "call_1")])
    told = turns(ASK, message, ToolMessage("r", "call_1"))
    assert told[1]["tool_calls"][0]["id"] == told[2]["tool_call_id"] == "bU09E4FDZ"


def test_broken_arguments_go_back_as_none() -> None:
    message = AIMessage([InvalidToolCall("f", '{"a', "abcdefgh1", "cut")])
    told = turns(ASK, message, RESULT)[1]["tool_calls"]
    assert told[0]["function"] == {"name": "f", "arguments": "{}"}


# --- answers told back


def test_an_answer_in_parts_goes_back_as_it_came() -> None:
    source = {"type": "thinking", "thinking": [{"type": "tool_reference", "title": "T"}]}
    image = {"type": "image_url", "image_url": {"url": "https://a"}}
    parts = [
        thinking("hm", signature="s1"),
        source,
        text("A"),
        reference(0),
        reference(1),
        text("B"),
        image,
        {"type": "document_url", "document_url": "https://a", "document_name": "n"},
        {"type": "file", "file_id": "f-1"},
        {"type": "resource_link", "uri": "u"},
        text("C"),
    ]
    assert turns(ASK, reply(parts), ASK)[1] == {"role": "assistant", "content": parts}


def test_a_call_beside_thinking_goes_back_with_it() -> None:
    told = turns(ASK, AIMessage([ReasoningBlock("hm"), *CALL.blocks]), RESULT)[1]
    assert told["content"] == [thinking("hm")]
    assert told["tool_calls"][0]["id"] == "abcdefgh1"


def test_of_anothers_answer_only_text_and_calls_go_on() -> None:
    blocks: list[Block] = [
        ReasoningBlock("hm", extras={"signature": "anthropic's"}),
        TextBlock("A"),
        NonStandardBlock({"type": "x"}),
        ToolCall("f", {}, "toolu_1", extras={"caller": "x"}),
    ]
    message = AIMessage(blocks, response_metadata=FOREIGN, additional_kwargs={"x": 1})
    told = turns(ASK, message, ToolMessage("R", "toolu_1"))[1]
    (called,) = told.pop("tool_calls")
    assert told == {"role": "assistant", "content": "A"}
    assert called["function"] == {"name": "f", "arguments": "{}"}
    assert "signature" not in str(called)


def test_encoding_changes_no_message() -> None:
    message = reply([thinking("hm"), text("A")])
    turns(ASK, message, ASK)
    assert message.additional_kwargs == {}


# --- media


@pytest.mark.parametrize(
    ("block", "part"),
    [
        (ImageBlock("https://a"), {"type": "image_url", "image_url": {"url": "https://a"}}),
        (
            ImageBlock(base64="AA", mime_type="image/png", extras={"detail": "low"}),
            {
                "type": "image_url",
                "image_url": {"url": "data:image/png;base64,AA", "detail": "low"},
            },
        ),
        (
            FileBlock("https://a", name="n.pdf"),
            {"type": "document_url", "document_url": "https://a", "document_name": "n.pdf"},
        ),
        (
            FileBlock(base64="AA", mime_type="application/pdf"),
            {"type": "document_url", "document_url": "data:application/pdf;base64,AA"},
        ),
        (FileBlock(file_id="f-1"), {"type": "file", "file_id": "f-1"}),
        (
            AudioBlock(base64="AA", mime_type="audio/wav"),
            {"type": "input_audio", "input_audio": "AA"},
        ),
        (AudioBlock("https://a"), {"type": "input_audio", "input_audio": "https://a"}),
    ],
)
def test_media_of_a_user_are_parts(block: Any, part: dict[str, Any]) -> None:
    assert turns(HumanMessage([TextBlock("Q"), block]))[0]["content"] == [text("Q"), part]


def test_what_mistral_cannot_take_is_refused_by_name() -> None:
    for block in (VideoBlock("https://a"), ImageBlock(file_id="f"), AudioBlock(file_id="f")):
        with pytest.raises(InvalidParameterError, match=f"mistralai.*{type(block).__name__}"):
            turns(HumanMessage([block]))
    with pytest.raises(InvalidParameterError, match="mime_type"):
        turns(HumanMessage([FileBlock(base64="AA")]))


def test_an_image_in_a_tools_result_follows_as_the_users_after_a_bridge() -> None:
    shown = ToolMessage([TextBlock("R"), ImageBlock("https://a")], "abcdefgh1")
    told = turns(ASK, CALL, shown)
    assert [turn["role"] for turn in told] == ["user", "assistant", "tool", "assistant", "user"]
    assert told[2]["content"] == "R"
    assert told[4]["content"][-1]["image_url"] == {"url": "https://a"}


# --- options and parameters

TOOL = ToolSpec("f", "does f", {"type": "object", "properties": {}}, strict=True)


def test_tools_and_the_choice_among_them_are_in_mistrals_words() -> None:
    body = request(ASK, tools=(TOOL, {"type": "image_generation"}), tool_choice="any")
    assert body["tools"][0]["function"]["strict"] is True
    assert body["tools"][1] == {"type": "image_generation"}
    assert body["tool_choice"] == "any"
    named = request(ASK, tools=(TOOL,), tool_choice="f", parallel_tool_calls=False)
    assert named["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert named["parallel_tool_calls"] is False


def test_a_schema_is_asked_for_natively() -> None:
    schema = ResponseSchema("answer", {"type": "object"}, strict=True)
    assert request(ASK, response_schema=schema)["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
    }
    assert request(ASK, json_mode=True)["response_format"] == {"type": "json_object"}


def test_seed_is_random_seed_which_wins() -> None:
    assert request(ASK, seed=1)["random_seed"] == 1
    assert request(ASK, seed=0)["random_seed"] == 0
    both = request(ASK, seed=1, random_seed=0)
    assert both["random_seed"] == 0
    assert "seed" not in both


def test_a_stream_is_asked_for_without_stream_options_which_mistral_refuses() -> None:
    body = request(ASK, stream=True)
    assert body["stream"] is True
    assert "stream_options" not in body


def test_more_than_one_candidate_is_refused_and_batch_named() -> None:
    assert request(ASK, n=1)["n"] == 1
    for given in ({"n": 2}, {"model_kwargs": {"n": 2}}):
        with pytest.raises(InvalidParameterError, match="batch"):
            request(ASK, **given)


def test_a_turn_of_thinking_alone_is_left_out_and_one_with_a_call_is_not() -> None:
    thought = ReasoningBlock("hm", extras={"signature": "s"})
    broken = InvalidToolCall("f", '{"a', "abcdefgh1", "cut")
    empty: list[list[Any]] = [[thought], [thought, broken]]
    for blocks in empty:
        assert [turn["role"] for turn in turns(ASK, AIMessage(blocks), ASK)] == ["user", "user"]
    called = turns(ASK, AIMessage([thought, ToolCall("f", {}, "abcdefgh1")]), RESULT)[1]
    assert called["content"][0]["type"] == "thinking"
    assert called["tool_calls"][0]["id"] == "abcdefgh1"


def test_unknown_keys_of_a_part_reach_the_wire() -> None:
    document = FileBlock("https://a", extras={"document_page_limit": 3})
    (turn,) = turns(HumanMessage([document]))
    assert turn["content"][0]["document_page_limit"] == 3


def test_a_part_without_a_type_goes_back_as_it_came() -> None:
    odd = {"rows": [1]}
    (_, told, _) = turns(ASK, reply([text("A"), odd]), ASK)
    assert told["content"] == [text("A"), odd]
