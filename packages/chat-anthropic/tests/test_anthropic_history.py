"""Any conversation is sent so that Anthropic takes it, or is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from chat_anthropic.call_ids import CALL_IDS
from chat_anthropic.decode import MessagesDecoder
from chat_anthropic.encode import encode_request
from chat_conformance.rulebooks import MESSAGES
from chat_core import (
    AIMessage,
    Block,
    HumanMessage,
    ImageBlock,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import CallOptions, MessageBuilder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ASK = HumanMessage("Q")
GO_ON = HumanMessage("And?")
CLAUDE = "claude-opus-4-8"


def request(*messages: Message, model: str = CLAUDE) -> dict[str, Any]:
    return encode_request(
        messages, CallOptions(), model=model, settings={}, model_kwargs={}, stream=False
    )


def turns(*messages: Message, model: str = CLAUDE) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(t["role"], t["content"]) for t in request(*messages, model=model)["messages"]]


def answer(*blocks: Block, by: str | None = CLAUDE, **facts: Any) -> AIMessage:
    metadata = {"model_provider": "anthropic", "model_name": by, **facts}
    return AIMessage(blocks, response_metadata={k: v for k, v in metadata.items() if v})


def search(id: str = "srvtoolu_1", **extras: Any) -> ServerToolCall:
    return ServerToolCall("web_search", {"query": "x"}, id, extras={"type": "server_tool_use"})


def found(id: str = "srvtoolu_1") -> ServerToolResult:
    return ServerToolResult([], id, extras={"type": "web_search_tool_result"})


SIGNED = ReasoningBlock("Hm", extras={"signature": "c2ln"})
TEXT = TextBlock("A")


# --- how an answer may end


def cut(*events: dict[str, Any], stop: str | None) -> AIMessage:
    """What the decoder makes of a stream; without ``stop`` it broke off."""
    decoder, builder = MessagesDecoder(), MessageBuilder()
    wires: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m", "model": CLAUDE}},
        *events,
    ]
    if stop:
        wires += [
            {"type": "message_delta", "delta": {"stop_reason": stop}},
            {"type": "message_stop"},
        ]
    chunks = [decoder.feed(wire) for wire in wires]
    if stop:
        chunks.append(decoder.finish(marker=False))
    builder.extend([chunk for chunk in chunks if chunk is not None])
    return builder.message()


def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
    ]


THOUGHT = block(
    0,
    {"type": "thinking", "thinking": ""},
    {"type": "thinking_delta", "thinking": "Hm"},
    {"type": "signature_delta", "signature": "c2ln"},
)
SPOKEN = block(1, {"type": "text", "text": ""}, {"type": "text_delta", "text": "So: "})
CALLED = block(
    2,
    {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}},
    {"type": "input_json_delta", "partial_json": '{"a'},
)
SEARCHED = block(
    3,
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
    {"type": "input_json_delta", "partial_json": '{"query": "x"}'},
)
WAYS = {
    "nothing": [],
    "in reasoning": THOUGHT[:2],
    "between reasoning and text": THOUGHT,
    "in text": [*THOUGHT, *SPOKEN],
    "in blank text": [*THOUGHT, *block(1, {"type": "text", "text": " \n"})],
    "in a call": [*THOUGHT, *SPOKEN, *CALLED],
    "between reasoning and a call": [*THOUGHT, *CALLED[:1]],
    "in a server's call": [*SPOKEN, *SEARCHED[:1]],
    "before a server's result": [*SPOKEN, *SEARCHED],
    "in redacted thinking": block(0, {"type": "redacted_thinking", "data": "ZW5j"}),
}
STOPS = ["end_turn", "max_tokens", "refusal", "pause_turn", "model_context_window_exceeded", None]


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("way", WAYS)
def test_however_an_answer_ended_the_conversation_goes_on(way: str, stop: str | None) -> None:
    ended = cut(*WAYS[way], stop=stop)
    results = [ToolMessage("1", call.id or "") for call in ended.tool_calls]
    for following in ([GO_ON], [ended, *results, GO_ON]):
        assert MESSAGES.check(request(ASK, ended, *results, *following)) == []


def test_no_turn_ends_in_thinking() -> None:
    assert turns(ASK, answer(TEXT, SIGNED), GO_ON)[1] == (
        "assistant",
        [{"type": "text", "text": "A"}],
    )


def test_a_turn_of_thinking_alone_is_left_out() -> None:
    assert [role for role, _ in turns(ASK, answer(SIGNED), GO_ON)] == ["user"]
    assert [role for role, _ in turns(ASK, SystemMessage("S"), answer(SIGNED), GO_ON)] == [
        "user",
        "system",
    ]


# --- calls and results


def test_a_foreign_id_is_rewritten_always_the_same_way_and_only_if_it_must_be() -> None:
    assert CALL_IDS.wire_id("call_a-B9") == "call_a-B9"
    strange = CALL_IDS.wire_id("functions.look:0")
    assert strange == CALL_IDS.wire_id("functions.look:0") != CALL_IDS.wire_id("functions.look:1")
    call = AIMessage([ToolCall("look", {}, "functions.look:0")])
    got = turns(ASK, call, ToolMessage("1", "functions.look:0"))
    assert got[1][1][0]["id"] == got[2][1][0]["tool_use_id"] == strange


def test_a_call_without_an_id_is_named() -> None:
    with pytest.raises(InvalidRequestError, match="'look' in message 1"):
        request(ASK, AIMessage([ToolCall("look", {})]))


def test_calls_with_one_id_get_two_and_so_do_their_results() -> None:
    call = answer(ToolCall("look", {}, "c"))
    wires = [
        wire
        for _, content in turns(ASK, call, ToolMessage("1", "c"), call, ToolMessage("2", "c"))
        for wire in content
    ]
    ids = [wire["id"] for wire in wires if wire["type"] == "tool_use"]
    results = {w["tool_use_id"]: w["content"] for w in wires if w["type"] == "tool_result"}
    assert len(set(ids)) == 2
    assert [results[call_id] for call_id in ids] == ["1", "2"]


def test_a_result_answers_the_call_that_was_not_cut_off() -> None:
    broken = answer(InvalidToolCall("look", '{"', "c", "cut off"))
    again = answer(ToolCall("look", {"a": 1}, "c"))
    got = turns(ASK, broken, GO_ON, again, ToolMessage("1", "c"))
    assert [role for role, _ in got] == ["user", "assistant", "user"]
    assert got[1][1][0]["input"] == {"a": 1}


def test_a_second_result_of_a_call_is_refused_by_its_number() -> None:
    call = answer(ToolCall("look", {}, "c"))
    with pytest.raises(InvalidRequestError, match="Message 3 is a second result"):
        request(ASK, call, ToolMessage("1", "c"), ToolMessage("1", "c"))


def test_a_call_without_a_result_is_refused_by_its_number() -> None:
    with pytest.raises(InvalidRequestError, match=r"look \(c\) of message 1"):
        request(ASK, answer(ToolCall("look", {}, "c"), finish_reason="tool_calls"), GO_ON)


def test_the_result_of_a_call_that_only_another_vendor_knows_is_left_out_with_it() -> None:
    foreign = AIMessage(
        [TEXT, NonStandardBlock({"type": "custom_tool_call", "call_id": "c"})],
        response_metadata={"model_provider": "openai"},
    )
    got = turns(ASK, foreign, ToolMessage("1", "c"), GO_ON)
    assert [role for role, _ in got] == ["user", "assistant", "user"]
    assert [wire["type"] for wire in got[2][1]] == ["text"]


def test_an_image_of_another_vendors_answer_stands_in_the_users_next_turn() -> None:
    drawn = AIMessage(
        [TEXT, ImageBlock(base64="aWNv", mime_type="image/png", extras={"thoughtSignature": "s"})],
        response_metadata={"model_provider": "google-genai"},
    )
    got = turns(ASK, drawn, GO_ON)
    assert [role for role, _ in got] == ["user", "assistant", "user"]
    source = {"type": "base64", "media_type": "image/png", "data": "aWNv"}
    assert [wire["type"] for wire in got[2][1]] == ["text", "image", "text"]
    assert got[2][1][1] == {"type": "image", "source": source}


def test_a_failed_result_has_text_and_nothing_else() -> None:
    image = ImageBlock(base64="aWNv", mime_type="image/png")
    call = answer(ToolCall("look", {}, "c"))
    empty = turns(ASK, call, ToolMessage(" ", "c", "error"))[2][1][0]
    assert empty["is_error"] is True
    assert empty["content"].strip()
    shown = turns(ASK, call, ToolMessage([image], "c", "error"))[2][1][0]
    assert "is_error" not in shown
    assert [part["type"] for part in shown["content"]] == ["text", "image"]


def test_arguments_that_are_no_json_are_refused_by_the_messages_number() -> None:
    call = answer(ToolCall("look", {"a": float("nan")}, "c"))
    with pytest.raises(InvalidRequestError, match="Message 1:"):
        request(ASK, call, ToolMessage("1", "c"))


def test_the_first_turn_is_the_users() -> None:
    with pytest.raises(InvalidRequestError, match="HumanMessage before it"):
        request(answer(TEXT), ASK)


# --- tools that the vendor runs


def test_a_servers_call_without_its_result_is_left_out_after_the_users_next_turn() -> None:
    got = turns(ASK, answer(TEXT, search()), GO_ON)
    assert [wire["type"] for wire in got[1][1]] == ["text"]


@pytest.mark.parametrize("results", [[], [ToolMessage("1", "c")]])
def test_a_servers_call_stays_while_the_answer_goes_on(results: list[Message]) -> None:
    calls = [ToolCall("look", {}, "c")] if results else []
    got = turns(ASK, answer(TEXT, search(), *calls), *results)
    assert got[1][1][1]["type"] == "server_tool_use"


def test_a_servers_call_may_be_finished_in_a_later_turn() -> None:
    first = answer(search(), ToolCall("look", {}, "c"))
    got = turns(ASK, first, ToolMessage("1", "c"), answer(found(), TEXT), GO_ON)
    assert [wire["type"] for wire in got[1][1]] == ["server_tool_use", "tool_use"]
    assert [wire["type"] for wire in got[3][1]] == ["web_search_tool_result", "text"]


def test_a_call_does_not_name_a_program_that_was_left_out() -> None:
    caller = {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}
    call = ToolCall("look", {}, "c", extras={"caller": caller})
    kept = turns(ASK, answer(search(), call), ToolMessage("1", "c"))
    assert kept[1][1][1]["caller"] == caller
    got = turns(ASK, answer(search(), call), ToolMessage("1", "c"), GO_ON)
    assert [(w["type"], w.get("caller")) for w in got[1][1]] == [("tool_use", None)]


def test_an_answer_that_is_there_twice_has_its_servers_calls_under_two_ids() -> None:
    caller = {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}
    call = ToolCall("look", {}, "c", extras={"caller": caller})
    once: list[Any] = [answer(search(), call), ToolMessage("1", "c"), answer(found(), TEXT), GO_ON]
    first, _, ends, _, again, _, ends_again, _ = [t[1] for t in turns(ASK, *once, *once)[1:]]
    assert first[0]["id"] == ends[0]["tool_use_id"] == first[1]["caller"]["tool_id"] == "srvtoolu_1"
    assert again[0]["id"] == ends_again[0]["tool_use_id"] == again[1]["caller"]["tool_id"]
    assert again[0]["id"] != "srvtoolu_1"


def test_a_servers_result_without_its_call_is_left_out() -> None:
    assert [w["type"] for w in turns(ASK, answer(TEXT, found()), GO_ON)[1][1]] == ["text"]


# --- thinking of other servers


@pytest.mark.parametrize(
    ("by", "to", "sent"),
    [
        ("glm-5", "glm-5", True),
        ("glm-5", CLAUDE, False),
        (CLAUDE, "glm-5", False),
        (CLAUDE, CLAUDE, False),
        (None, "glm-5", True),
    ],
)
def test_unsigned_thinking_goes_back_to_other_servers_only(
    by: str | None, to: str, sent: bool
) -> None:
    got = turns(ASK, answer(ReasoningBlock("Hm"), TEXT, by=by), GO_ON, model=to)[1][1]
    assert ({"type": "thinking", "thinking": "Hm"} in got) is sent


@pytest.mark.parametrize(("by", "sent"), [(CLAUDE, True), ("glm-5", False), (None, True)])
def test_anthropic_does_not_get_what_another_server_signed(by: str | None, sent: bool) -> None:
    got = turns(ASK, answer(SIGNED, TEXT, by=by), GO_ON)[1][1]
    assert ("c2ln" in str(got)) is sent


# --- keys beside our fields


def test_a_key_of_a_part_is_sent_or_refused_by_the_messages_number() -> None:
    body = request(
        SystemMessage([TextBlock("S", extras={"cache_control": {"type": "ephemeral"}})]), ASK
    )
    assert body["system"][0]["cache_control"] == {"type": "ephemeral"}
    odd = HumanMessage([TextBlock("Q", extras={"mood": "glad"})])
    with pytest.raises(InvalidRequestError, match=r"Message 1: .*'mood'"):
        request(SystemMessage("S"), odd)
    assert turns(odd, model="glm-5")[0][1][0]["mood"] == "glad"
    call = AIMessage([ToolCall("look", {}, "c", extras={"extra_content": {}})])
    with pytest.raises(InvalidRequestError, match="extra_content"):
        request(ASK, call, ToolMessage("1", "c"))


def test_a_cache_mark_of_a_message_stands_on_its_last_block() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    blocks = [TextBlock("Q"), TextBlock("R")]
    content = turns(HumanMessage(blocks, additional_kwargs=mark))[0][1]
    assert [wire.get("cache_control") for wire in content] == [None, {"type": "ephemeral"}]
    with pytest.raises(InvalidRequestError, match=r"Message 0: .*'mood'"):
        request(HumanMessage("Q", additional_kwargs={"mood": "glad"}))


def test_more_than_four_cache_marks_are_refused() -> None:
    block = TextBlock("Q", extras={"cache_control": {"type": "ephemeral"}})
    assert MESSAGES.check(request(SystemMessage([block]), HumanMessage([block] * 3))) == []
    with pytest.raises(InvalidRequestError, match="5 cache marks"):
        request(SystemMessage([block]), HumanMessage([block] * 4))


# --- any conversation

IDS = st.sampled_from(["c", "d", "toolu_1", "a.b:c", "ä", "c\n1"])
WORDS = st.sampled_from(["", " ", "A", "B \n"])
PROVIDERS = st.sampled_from(["anthropic", "openai", "google-genai", None])
OTHERS = st.one_of(
    st.builds(TextBlock, WORDS),
    st.builds(ReasoningBlock, WORDS),
    st.just(SIGNED),
    st.just(ReasoningBlock("", extras={"data": "ZW5j"})),
    st.builds(InvalidToolCall, st.none() | WORDS, st.just("{"), st.none() | IDS, st.just("cut")),
    st.builds(search, st.sampled_from(["srvtoolu_1", "srvtoolu_2"])),
    st.builds(found, st.sampled_from(["srvtoolu_1", "srvtoolu_2"])),
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Questions, answers and results; each call and its result carry a number of their own."""
    messages: list[Message] = [ASK]
    number = 0
    for _ in range(draw(st.integers(1, 4))):
        blocks: list[Block] = draw(st.lists(OTHERS, max_size=4))
        for call_id in draw(st.lists(IDS, max_size=3)):
            number += 1
            place = draw(st.integers(0, len(blocks)))
            blocks.insert(place, ToolCall("look", {"n": number}, call_id))
        calls = [b for b in blocks if isinstance(b, ToolCall)]
        if len({call.id for call in calls}) == len(calls):
            calls = draw(st.permutations(calls))
        results = [ToolMessage(str(call.args["n"]), call.id or "") for call in calls]
        messages.append(AIMessage(blocks, response_metadata={"model_provider": draw(PROVIDERS)}))
        messages += results
        if draw(st.booleans()):
            messages.append(HumanMessage(draw(WORDS)))
    return messages


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(conversation=conversations(), model=st.sampled_from([CLAUDE, "claude-sonnet-4-5", "glm-5"]))
def test_any_conversation_keeps_the_rules_and_its_results(
    conversation: list[Message], model: str
) -> None:
    body = request(*conversation, model=model)
    book = MESSAGES if model != "glm-5" else MESSAGES.without("thinking_is_signed")
    assert book.check(body) == []
    wires = [wire for turn in body["messages"] for wire in turn["content"]]
    results = {w["tool_use_id"]: w["content"] for w in wires if w["type"] == "tool_result"}
    calls = [w for w in wires if w["type"] == "tool_use" and w["input"]]
    sent = sum(isinstance(b, ToolCall) for m in conversation for b in m.blocks)
    assert [results[call["id"]] for call in calls] == [str(call["input"]["n"]) for call in calls]
    assert len(calls) == sent


def test_a_conversation_is_encoded_the_same_way_as_it_grows() -> None:
    call = answer(TEXT, ToolCall("look", {}, "c"))
    short: list[Any] = [ASK, call, ToolMessage("1", "c"), call, ToolMessage("2", "c")]
    long: list[Any] = [*short, answer(TEXT), GO_ON, call, ToolMessage("3", "c")]
    assert turns(*long)[: len(turns(*short))] == turns(*short)
