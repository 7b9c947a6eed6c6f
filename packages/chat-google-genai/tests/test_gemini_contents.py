"""A conversation as contents: roles, calls and their results, what is foreign and what is ours."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import (
    AIMessage,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_google_genai.contents import encode_messages
from chat_google_genai.dialect import GEMINI_API, Dialect
from chat_google_genai.names import SKIP_SIGNATURE
from gemini_wire import MODEL, contents, parts_of, said, streamed, whole

OURS = {"model_provider": "google-genai", "model_name": MODEL}
PICTURE = ImageBlock(base64="aW1n", mime_type="image/png")


def answer(*blocks: Any, **metadata: Any) -> AIMessage:
    return AIMessage(blocks, response_metadata=metadata)


# --- roles


def test_system_messages_become_the_system_instruction() -> None:
    wire = encode_messages(
        [SystemMessage("Be brief."), HumanMessage("Q"), SystemMessage("Be kind.")],
        dialect=GEMINI_API,
        model=MODEL,
    )
    assert wire["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}
    assert wire["contents"] == [{"role": "user", "parts": [{"text": "Q"}]}]


def test_neighbours_of_one_role_become_one_content() -> None:
    got = contents(
        HumanMessage("a"), HumanMessage("b"), AIMessage("c"), AIMessage("d"), HumanMessage("e")
    )
    assert [(c["role"], [p["text"] for p in c["parts"]]) for c in got] == [
        ("user", ["a", "b"]),
        ("model", ["c", "d"]),
        ("user", ["e"]),
    ]


def test_an_empty_message_is_left_out() -> None:
    got = contents(HumanMessage("a"), AIMessage(""), HumanMessage("b"))
    assert [c["role"] for c in got] == ["user"]


@pytest.mark.parametrize("messages", [[], [SystemMessage("only")], [HumanMessage("")]])
def test_nothing_to_answer_is_said_before_any_request(messages: list[Any]) -> None:
    with pytest.raises(InvalidRequestError, match="at least one user message"):
        contents(*messages)


def test_encoding_changes_no_message() -> None:
    message = whole(said({"text": "a"}, {"functionCall": {"name": "f", "args": {}}}, finish="STOP"))
    before = repr(message)
    assert parts_of(message) == parts_of(message)
    assert repr(message) == before


# --- calls and results


def test_a_result_answers_its_call_by_name_and_by_the_id_that_google_gave() -> None:
    sent = {"functionCall": {"name": "f", "args": {"a": 1}, "id": "g1"}}
    message = whole(said(sent, finish="STOP"))
    _, told, result = contents(HumanMessage("Q"), message, ToolMessage("42", "g1"))
    assert told["parts"] == [sent]
    assert result == {
        "role": "user",
        "parts": [{"functionResponse": {"name": "f", "id": "g1", "response": {"output": "42"}}}],
    }


def test_an_id_that_we_made_is_not_sent() -> None:
    message = whole(said({"functionCall": {"name": "f"}}, finish="STOP"))
    made = message.tool_calls[0].id
    assert made
    _, told, result = contents(HumanMessage("Q"), message, ToolMessage("42", made))
    assert "id" not in told["parts"][0]["functionCall"]
    assert "id" not in result["parts"][0]["functionResponse"]


def test_results_without_ids_stand_in_the_order_of_their_calls() -> None:
    message = whole(
        said({"functionCall": {"name": "f"}}, {"functionCall": {"name": "g"}}, finish="STOP")
    )
    first, second = (c.id or "" for c in message.tool_calls)
    *_, result = contents(
        HumanMessage("Q"), message, ToolMessage("two", second), ToolMessage("one", first)
    )
    got = [p["functionResponse"] for p in result["parts"]]
    assert [(r["name"], r["response"]["output"]) for r in got] == [("f", "one"), ("g", "two")]


@pytest.mark.parametrize(
    ("content", "status", "response"),
    [
        ("plain", "success", {"output": "plain"}),
        ("", "success", {"output": ""}),
        ('{"a": [1]}', "success", {"output": {"a": [1]}}),
        ('["x"]', "success", {"output": ["x"]}),
        ("{not json", "success", {"output": "{not json"}),
        ("007", "success", {"output": "007"}),
        ("it broke", "error", {"error": "it broke"}),
    ],
)
def test_a_result_is_an_object_under_output_or_error(
    content: str, status: Any, response: dict[str, Any]
) -> None:
    *_, result = contents(
        HumanMessage("Q"), answer(ToolCall("f", {}, "1"), **OURS), ToolMessage(content, "1", status)
    )
    assert result["parts"][0]["functionResponse"]["response"] == response


def test_a_result_without_a_call_names_both() -> None:
    with pytest.raises(InvalidRequestError, match=r"'nope'.*'1'"):
        contents(HumanMessage("Q"), answer(ToolCall("f", {}, "1")), ToolMessage("x", "nope"))


def test_a_question_after_results_joins_their_content() -> None:
    *_, last = contents(
        HumanMessage("Q"),
        answer(ToolCall("f", {}, "1")),
        ToolMessage("x", "1"),
        HumanMessage("and?"),
    )
    assert [next(iter(part)) for part in last["parts"]] == ["functionResponse", "text"]


@pytest.mark.parametrize(
    ("model", "inside"), [("gemini-3-flash-preview", True), ("gemini-2.5-flash", False)]
)
def test_a_picture_from_a_tool_stands_inside_the_result_from_gemini_3_on(
    model: str, inside: bool
) -> None:
    result = ToolMessage([TextBlock("see"), PICTURE], "1")
    *_, last = contents(
        HumanMessage("Q"), answer(ToolCall("f", {}, "1"), **OURS), result, model=model
    )
    picture = {"inlineData": {"mimeType": "image/png", "data": "aW1n"}}
    response = last["parts"][0]["functionResponse"]
    assert response.get("parts") == ([picture] if inside else None)
    assert last["parts"][1:] == ([] if inside else [picture])


def test_a_file_from_a_tool_stands_beside_all_results() -> None:
    sound = ToolMessage([ImageBlock("gs://b/x.png"), TextBlock("x")], "1")
    *_, last = contents(
        HumanMessage("Q"),
        answer(ToolCall("f", {}, "1"), ToolCall("g", {}, "2"), **OURS),
        sound,
        ToolMessage("y", "2"),
    )
    kinds = [next(iter(part)) for part in last["parts"]]
    assert kinds == ["functionResponse", "functionResponse", "fileData"]


def test_a_broken_call_goes_back_with_the_arguments_that_can_be_read() -> None:
    got = parts_of(
        answer(
            InvalidToolCall("f", '{"a": 1}', "1", "cut off"),
            InvalidToolCall("g", '{"a": ', "2", "cut off"),
            InvalidToolCall(None, "", "3", "no name"),
            **OURS,
        )
    )
    assert [(p["functionCall"]["name"], p["functionCall"]["args"]) for p in got] == [
        ("f", {"a": 1}),
        ("g", {}),
    ]


def test_the_result_of_a_broken_call_finds_it() -> None:
    broken = answer(InvalidToolCall("f", "{", "1", "cut off"))
    *_, last = contents(HumanMessage("Q"), broken, ToolMessage("bad arguments", "1", "error"))
    assert last["parts"][0]["functionResponse"]["response"] == {"error": "bad arguments"}


# --- ours and foreign


FOREIGN = (
    ReasoningBlock("secret", extras={"signature": "theirs"}),
    TextBlock("hi", extras={"thoughtSignature": "theirs"}),
    RefusalBlock("no"),
    ServerToolCall("web_search", {"q": "x"}, "w1"),
    ServerToolResult([1], "w1"),
    NonStandardBlock({"type": "opaque"}),
    ToolCall("f", {}, "call_1", extras={"thoughtSignature": "theirs"}),
    ToolCall("g", {}, "call_2"),
)


@pytest.mark.parametrize("origin", ["anthropic", "openai", "google-vertexai"])
def test_foreign_history_keeps_text_and_calls_and_loses_what_only_its_vendor_reads(
    origin: str,
) -> None:
    assert parts_of(answer(*FOREIGN, model_provider=origin)) == [
        {"text": "hi"},
        {"text": "no"},
        {
            "functionCall": {"name": "f", "args": {}, "id": "call_1"},
            "thoughtSignature": SKIP_SIGNATURE,
        },
        {"functionCall": {"name": "g", "args": {}, "id": "call_2"}},
    ]


def test_gemini_and_vertex_refuse_each_others_signatures() -> None:
    signed = whole(
        said({"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "s"}, finish="STOP")
    )
    assert parts_of(signed)[0]["thoughtSignature"] == "s"
    vertex = Dialect("google-vertexai", needs_mime_type=True)
    wire = encode_messages([HumanMessage("Q"), signed], dialect=vertex, model=MODEL)
    assert wire["contents"][1]["parts"][0]["thoughtSignature"] == SKIP_SIGNATURE


def test_a_call_that_the_user_wrote_gets_the_sentinel_on_the_first_of_its_step() -> None:
    got = parts_of(answer(ToolCall("f", {}, "1"), ToolCall("g", {}, "2")))
    assert [p.get("thoughtSignature") for p in got] == [SKIP_SIGNATURE, None]


def test_a_message_without_origin_counts_as_ours() -> None:
    got = parts_of(answer(TextBlock("a", extras={"thoughtSignature": "s"})))
    assert got == [{"text": "a", "thoughtSignature": "s"}]


def test_an_unsigned_call_of_this_model_stays_as_it_came() -> None:
    message = streamed(said({"functionCall": {"name": "f", "args": {}}}, finish="STOP"))
    assert "thoughtSignature" not in parts_of(message)[0]


def test_an_unsigned_call_of_another_gemini_gets_the_sentinel() -> None:
    """Gemini 2 signs nothing; Gemini 3 refuses a step that is not signed."""
    message = answer(
        ToolCall("f", {}, "1"), model_provider="google-genai", model_name="gemini-2.0-flash"
    )
    assert parts_of(message)[0]["thoughtSignature"] == SKIP_SIGNATURE
    assert "thoughtSignature" not in parts_of(message, model="gemini-2.0-flash")[0]


def test_foreign_pictures_go_along() -> None:
    message = answer(PICTURE, model_provider="openai")
    assert parts_of(message) == [{"inlineData": {"mimeType": "image/png", "data": "aW1n"}}]


def test_what_only_a_model_says_cannot_stand_in_a_users_message() -> None:
    with pytest.raises(InvalidParameterError, match=r"ToolCall .*google-genai"):
        contents(HumanMessage([ToolCall("f", {}, "1")]))
