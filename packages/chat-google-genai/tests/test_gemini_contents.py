"""A conversation as contents: roles, calls and their results, what is foreign and what is ours."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import (
    AIMessage,
    AudioBlock,
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
from gemini_wire import MODEL, contents, partial, parts_of, streamed, text, whole, wire_of

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


@pytest.mark.parametrize("call", [None, [], "look", {"name": None, "args": {}}])
def test_a_part_whose_function_call_names_no_function_does_not_go_back(call: Any) -> None:
    broken = NonStandardBlock({"functionCall": call})
    got = contents(HumanMessage("Q"), answer(TextBlock("A"), broken, **OURS), HumanMessage("B"))
    assert [content["parts"] for content in got] == [
        [{"text": "Q"}],
        [{"text": "A"}],
        [{"text": "B"}],
    ]


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
def test_messages_with_nothing_to_answer_are_refused_before_any_request(
    messages: list[Any],
) -> None:
    with pytest.raises(InvalidRequestError, match="at least one user message"):
        contents(*messages)


def test_encoding_changes_no_message() -> None:
    message = whole(
        wire_of({"text": "a"}, {"functionCall": {"name": "f", "args": {}}}, finish="STOP")
    )
    before = repr(message)
    assert parts_of(message) == parts_of(message)
    assert repr(message) == before


# --- calls and results


def test_a_result_answers_its_call_by_name_and_by_the_id_that_google_gave() -> None:
    sent = {"functionCall": {"name": "f", "args": {"a": 1}, "id": "g1"}}
    message = whole(wire_of(sent, finish="STOP"))
    _, answered, result = contents(HumanMessage("Q"), message, ToolMessage("42", "g1"))
    assert answered["parts"] == [sent]
    assert result == {
        "role": "user",
        "parts": [{"functionResponse": {"name": "f", "id": "g1", "response": {"output": "42"}}}],
    }


def test_an_id_that_we_made_is_not_sent() -> None:
    message = whole(wire_of({"functionCall": {"name": "f"}}, finish="STOP"))
    made = message.tool_calls[0].id
    assert made
    _, answered, result = contents(HumanMessage("Q"), message, ToolMessage("42", made))
    assert "id" not in answered["parts"][0]["functionCall"]
    assert "id" not in result["parts"][0]["functionResponse"]


def test_results_without_ids_stand_in_the_order_of_their_calls() -> None:
    message = whole(
        wire_of({"functionCall": {"name": "f"}}, {"functionCall": {"name": "g"}}, finish="STOP")
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


def test_a_broken_call_with_a_result_goes_back_with_the_arguments_that_can_be_read() -> None:
    broken = answer(
        InvalidToolCall("f", '{"a": 1}', "1", "cut off"),
        InvalidToolCall("g", '{"a": ', "2", "cut off"),
        InvalidToolCall("h", '{"a": NaN}', "3", "no JSON"),
        InvalidToolCall(None, "", "4", "no name"),
        **OURS,
    )
    results = [ToolMessage("no", number, "error") for number in "1234"]
    _, answered, last = contents(HumanMessage("Q"), broken, *results)
    got = [part["functionCall"] for part in answered["parts"]]
    assert [(each["name"], each["args"]) for each in got] == [
        ("f", {"a": 1}),
        ("g", {}),
        ("h", {}),
        ("unknown", {}),
    ]
    names = [part["functionResponse"]["name"] for part in last["parts"]]
    assert names == ["f", "g", "h", "unknown"]


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
        wire_of({"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "s"}, finish="STOP")
    )
    assert parts_of(signed)[0]["thoughtSignature"] == "s"
    vertex = Dialect("google-vertexai", needs_mime_type=True)
    talk: list[Any] = [HumanMessage("Q"), signed, ToolMessage("r", signed.tool_calls[0].id or "")]
    wire = encode_messages(talk, dialect=vertex, model=MODEL)
    assert wire["contents"][1]["parts"][0]["thoughtSignature"] == SKIP_SIGNATURE


def test_a_call_that_the_user_wrote_gets_the_sentinel_on_the_first_of_its_step() -> None:
    got = parts_of(answer(ToolCall("f", {}, "1"), ToolCall("g", {}, "2")))
    assert [p.get("thoughtSignature") for p in got] == [SKIP_SIGNATURE, None]


def test_a_message_without_origin_counts_as_ours() -> None:
    got = parts_of(answer(TextBlock("a", extras={"thoughtSignature": "s"})))
    assert got == [{"text": "a", "thoughtSignature": "s"}]


def test_an_unsigned_call_of_this_model_stays_as_it_came() -> None:
    message = streamed(wire_of({"functionCall": {"name": "f", "args": {}}}, finish="STOP"))
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


def test_sound_of_another_vendor_that_cannot_be_sent_goes_back_as_its_words() -> None:
    by_id = AudioBlock(file_id="audio_abc", transcript="hello")
    empty = AudioBlock(base64="", mime_type="audio/wav", transcript="you")
    message = answer(by_id, empty, ImageBlock(file_id="file-abc"), model_provider="openai")
    assert parts_of(message) == [{"text": "hello"}, {"text": "you"}]


# --- what Google's rulebook demands


def turns(*messages: Any) -> list[tuple[str, list[str]]]:
    """Each content's role and the kinds of its parts."""
    return [(c["role"], [next(iter(part)) for part in c["parts"]]) for c in contents(*messages)]


def test_a_call_that_was_cut_off_and_has_no_result_is_left_out() -> None:
    cut = streamed(text("a"), wire_of({"functionCall": {"name": "f"}}, finish="MAX_TOKENS"))
    assert turns(HumanMessage("Q"), cut, HumanMessage("go on")) == [
        ("user", ["text"]),
        ("model", ["text"]),
        ("user", ["text"]),
    ]


def test_a_whole_call_of_an_answer_that_was_cut_off_is_sent_only_with_its_result() -> None:
    cut = AIMessage([TextBlock("a"), ToolCall("f", {}, "1")])
    cut.response_metadata = {"finish_reason": "length", "model_provider": "openai"}
    sent = turns(HumanMessage("Q"), cut, HumanMessage("go on"))
    assert sent[1] == ("model", ["text"])
    sent = turns(HumanMessage("Q"), cut, ToolMessage("r", "1"))
    assert [role for role, _ in sent] == ["user", "model", "user"]
    assert "functionCall" in str(contents(HumanMessage("Q"), cut, ToolMessage("r", "1"))[1])


def test_an_answer_of_nothing_but_a_call_that_was_cut_off_is_left_out() -> None:
    cut = partial(wire_of({"functionCall": {"name": "f"}, "thoughtSignature": "s"}))
    assert turns(HumanMessage("Q"), cut, HumanMessage("go on")) == [("user", ["text", "text"])]


def test_the_call_after_one_that_is_left_out_gets_the_sentinel() -> None:
    message = answer(InvalidToolCall("f", "{", "1"), ToolCall("g", {}, "2"), **OURS)
    _, answered, _ = contents(HumanMessage("Q"), message, ToolMessage("r", "2"))
    (part,) = answered["parts"]
    assert part["functionCall"]["name"] == "g"
    assert part["thoughtSignature"] == SKIP_SIGNATURE


@pytest.mark.parametrize("after", [[], [HumanMessage("go on")], [AIMessage("x")]])
def test_a_call_without_its_result_is_named_with_its_message(after: list[Any]) -> None:
    calls = (ToolCall("f", {}, "1"), ToolCall("look", {}, "2"))
    asked = answer(*calls, **OURS, finish_reason="tool_calls")
    with pytest.raises(InvalidRequestError, match=r"Message 1 makes the call '2' \(look\)"):
        contents(HumanMessage("Q"), asked, ToolMessage("r", "1"), *after)


def test_a_second_result_of_one_call_is_named_with_its_message() -> None:
    asked = answer(ToolCall("f", {}, "1"))
    with pytest.raises(InvalidRequestError, match="Message 3 is a second result for the call '1'"):
        contents(HumanMessage("Q"), asked, ToolMessage("r", "1"), ToolMessage("r", "1"))


def test_results_stand_directly_after_their_calls_wherever_the_tool_messages_stand() -> None:
    asked = answer(ToolCall("f", {}, "1"))
    got = contents(HumanMessage("Q"), asked, HumanMessage("hurry"), ToolMessage("r", "1"))
    assert [next(iter(part)) for part in got[2]["parts"]] == ["functionResponse", "text"]


def test_calls_with_one_id_take_their_results_in_order() -> None:
    asked = answer(ToolCall("f", {}, "call_0"), ToolCall("g", {}, "call_0"), model_provider="x")
    *_, last = contents(
        HumanMessage("Q"), asked, ToolMessage("one", "call_0"), ToolMessage("two", "call_0")
    )
    got = [part["functionResponse"] for part in last["parts"]]
    assert [(r["name"], r["response"]["output"]) for r in got] == [("f", "one"), ("g", "two")]
    assert len({r["id"] for r in got}) == 2


def test_an_id_of_an_earlier_answer_does_not_take_the_result_of_a_later_one() -> None:
    first = answer(InvalidToolCall("f", "{", "call_0"), model_provider="x")
    second = answer(ToolCall("g", {}, "call_0"), model_provider="x")
    *_, answered, last = contents(
        HumanMessage("Q"), first, HumanMessage("again"), second, ToolMessage("r", "call_0")
    )
    assert [part["functionCall"]["name"] for part in answered["parts"]] == ["g"]
    assert last["parts"][0]["functionResponse"]["name"] == "g"


def test_two_answers_with_calls_and_then_their_results_become_two_steps() -> None:
    got = turns(
        HumanMessage("Q"),
        answer(ToolCall("f", {}, "1")),
        answer(ToolCall("g", {}, "2")),
        ToolMessage("one", "1"),
        ToolMessage("two", "2"),
    )
    assert [role for role, _ in got] == ["user", "model", "user", "model", "user"]


@pytest.mark.parametrize("finish", ["MAX_TOKENS", "SAFETY", "STOP"])
def test_an_answer_of_thoughts_alone_is_left_out(finish: str) -> None:
    thought = {"text": "hm", "thought": True, "thoughtSignature": "s"}
    message = whole(wire_of(thought, finish=finish))
    assert turns(HumanMessage("Q"), message, HumanMessage("go on")) == [("user", ["text", "text"])]


def test_an_answer_before_the_first_user_message_is_refused_by_its_number() -> None:
    with pytest.raises(InvalidRequestError, match="Message 1 is an answer before the first user"):
        contents(SystemMessage("s"), AIMessage("Hello!"), HumanMessage("hi"))


def test_a_block_that_cannot_be_sent_is_refused_with_the_number_of_its_message() -> None:
    with pytest.raises(InvalidParameterError, match="Message 1: ToolCall"):
        contents(HumanMessage("Q"), HumanMessage([ToolCall("f", {}, "1")]))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}])
def test_arguments_that_are_no_json_are_refused_with_their_call(value: Any) -> None:
    asked = answer(ToolCall("f", {"a": [value]}, "1"))
    with pytest.raises(InvalidParameterError, match=r"Message 1: the arguments of .*'1' \(f\)"):
        contents(HumanMessage("Q"), asked, ToolMessage("r", "1"))


# --- extras


UNKNOWN = {"cache_control": {"type": "ephemeral"}}
Talk = list[Any]


def in_talk(where: str, extras: dict[str, Any]) -> Talk:
    """A conversation with ``extras`` at one place, as a user may write it."""
    block = TextBlock("a", extras=extras)
    call = ToolCall("f", {}, "1", extras=extras if where == "call" else {})
    picture = ImageBlock("https://x/a.png", extras=extras if where == "picture" else {})
    return [
        SystemMessage([block] if where == "system" else "s"),
        HumanMessage([block if where == "user" else TextBlock("b"), picture]),
        answer(block if where == "answer" else TextBlock("c"), call),
        ToolMessage([block] if where == "result" else "r", "1"),
    ]


PLACES = ["system", "user", "picture", "answer", "call", "result"]


@pytest.mark.parametrize("where", PLACES)
def test_an_unknown_key_of_a_block_is_refused_by_its_name(where: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"Message \d: .*'cache_control'"):
        contents(*in_talk(where, UNKNOWN))


@pytest.mark.parametrize("where", ["user", "picture", "answer", "call"])
@pytest.mark.parametrize(
    "extras",
    [
        {"thoughtSignature": "c2ln"},
        {"thought_signature": "c2ln"},
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
    ],
)
def test_a_signature_in_every_spelling_reaches_its_part(where: str, extras: dict[str, Any]) -> None:
    got = [part for content in contents(*in_talk(where, extras)) for part in content["parts"]]
    signed = [part for part in got if part.get("thoughtSignature") == "c2ln"]
    kind = {"call": "functionCall", "picture": "fileData"}.get(where, "text")
    assert [next(iter(part)) for part in signed] == [kind]


def test_extras_of_a_foreign_answer_stay_behind() -> None:
    block = TextBlock("a", extras=UNKNOWN)
    assert parts_of(answer(block, model_provider="anthropic")) == [{"text": "a"}]
