"""What the encoders write, and why: one test for each thing that a front end relies on."""

from __future__ import annotations

from typing import Any

import pytest
from ag_ui_client import check_events, messages_of, read_events
from chat_core import (
    AIMessage,
    AIMessageChunk,
    Block,
    ChatError,
    Citation,
    ImageBlock,
    InvalidParameterError,
    RateLimitError,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    StreamEvent,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
    UsageMetadata,
)
from chat_web import public_error
from chat_web.protocols import AGUIEncoder, VercelEncoder
from random_events import answer_events
from vercel_client import check_parts, message_of, read_parts

DONE = {"finish_reason": "stop"}
CALLED = {"finish_reason": "tool_calls"}


def event(name: str, run_id: str, data: Any, *parents: str, title: str = "x") -> StreamEvent:
    return {
        "event": f"on_{name}",
        "name": title,
        "run_id": run_id,
        "parent_ids": list(parents),
        "tags": [],
        "metadata": {},
        "data": data,
    }


def vercel(events: list[StreamEvent], encoder: VercelEncoder | None = None) -> list[dict[str, Any]]:
    encoder = encoder or VercelEncoder()
    frames = [*encoder.start(), *(f for each in events for f in encoder.feed(each))]
    parts = read_parts([*frames, *encoder.finish()])
    check_parts(parts)
    return parts


def ag_ui(events: list[StreamEvent], encoder: AGUIEncoder | None = None) -> list[dict[str, Any]]:
    encoder = encoder or AGUIEncoder("thread", "run")
    frames = [*encoder.start(), *(f for each in events for f in encoder.feed(each))]
    found = read_events([*frames, *encoder.finish()])
    check_events(found)
    return found


def types(parts: list[dict[str, Any]]) -> list[str]:
    return [part["type"] for part in parts]


def tool_run(call: ToolCall, output: Any) -> list[StreamEvent]:
    return [
        event("tool_start", "tool", {"input": call.args}, title=call.name),
        event("tool_end", "tool", {"output": output}, title=call.name),
    ]


CALL = ToolCall("weather", {"city": "Bern"}, "call_1")
ASKS = answer_events([AIMessageChunk([CALL], response_metadata=CALLED)], "run-1")
SAYS = answer_events([AIMessageChunk("Sunny.", response_metadata=DONE)], "run-2")


def test_an_encoder_is_not_used_for_a_second_answer() -> None:
    for encoder in (VercelEncoder(), AGUIEncoder("t", "r")):
        assert encoder.start()
        with pytest.raises(InvalidParameterError, match="belongs to one answer"):
            encoder.start()


@pytest.mark.parametrize("wrong", ["", 7])
def test_an_id_that_clients_would_refuse_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^message_id is an id"):
        VercelEncoder(message_id=wrong)
    with pytest.raises(InvalidParameterError, match=r"^run_id is an id"):
        AGUIEncoder("t", wrong)


def test_one_answer_is_one_step_with_its_text() -> None:
    chunks = [AIMessageChunk("Gold"), AIMessageChunk("fish", response_metadata=DONE)]
    assert vercel(answer_events(chunks), VercelEncoder(message_id="m-1")) == [
        {"type": "start", "messageId": "m-1"},
        {"type": "start-step"},
        {"type": "text-start", "id": "text-1"},
        {"type": "text-delta", "id": "text-1", "delta": "Gold"},
        {"type": "text-delta", "id": "text-1", "delta": "fish"},
        {"type": "text-end", "id": "text-1"},
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "stop", "messageMetadata": {"finishReason": "stop"}},
    ]
    assert ag_ui(answer_events(chunks)) == [
        {"type": "RUN_STARTED", "threadId": "thread", "runId": "run", "protocolVersion": "1.0"},
        {"type": "STEP_STARTED", "stepName": "step-1"},
        {"type": "TEXT_MESSAGE_START", "messageId": "run-answer-1", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "run-answer-1", "delta": "Gold"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "run-answer-1", "delta": "fish"},
        {"type": "TEXT_MESSAGE_END", "messageId": "run-answer-1"},
        {"type": "STEP_FINISHED", "stepName": "step-1"},
        {
            "type": "RUN_FINISHED",
            "threadId": "thread",
            "runId": "run",
            "outcome": {"type": "success"},
            "metadata": {"chat": {"finishReason": "stop"}},
        },
    ]


def test_a_result_stands_in_the_step_of_its_call_and_the_next_answer_in_the_next() -> None:
    result = ToolMessage('{"sky": "blue"}', "call_1")
    found = types(vercel([*ASKS, *tool_run(CALL, result), *SAYS]))
    assert found[found.index("tool-input-available") :] == [
        "tool-input-available",
        "tool-output-available",
        "finish-step",
        "start-step",
        "text-start",
        "text-delta",
        "text-end",
        "finish-step",
        "finish",
    ]


def test_a_result_that_is_json_is_shown_as_a_value_unless_javascript_would_change_it() -> None:
    def output(text: str) -> Any:
        parts = vercel([*ASKS, *tool_run(CALL, ToolMessage(text, "call_1"))])
        return next(part["output"] for part in parts if part["type"] == "tool-output-available")

    assert output('{"sky": "blue", "celsius": 21.5}') == {"sky": "blue", "celsius": 21.5}
    for text in ('{"id": 12345678901234567890}', '{"c": 1.0}', '{"sky":"blue"}', '{"2": 1}', "[1"):
        assert output(text) == text


def test_a_tool_called_with_bare_arguments_answers_the_call_with_those_arguments() -> None:
    events = [*ASKS, *tool_run(CALL, {"sky": "blue"})]
    parts = vercel(events)
    assert parts[types(parts).index("tool-output-available")] == {
        "type": "tool-output-available",
        "toolCallId": "call_1",
        "output": {"sky": "blue"},
    }


def test_a_tool_that_no_model_asked_for_gets_a_call_of_its_own() -> None:
    search = ToolCall("search", {"query": "fish"}, None)
    message = message_of(vercel([*tool_run(search, "goldfish"), *SAYS]))
    call = message["parts"][1]
    assert (call["type"], call["input"], call["output"]) == (
        "tool-search",
        {"query": "fish"},
        "goldfish",
    )


def test_the_error_of_a_tool_ends_its_call_and_not_the_answer() -> None:
    failed = event("tool_error", "tool", {"error": public_error(ValueError("/secret/path"))})
    started = event("tool_start", "tool", {"input": CALL.args}, title="weather")
    parts = vercel([*ASKS, started, failed, *SAYS])
    error = parts[types(parts).index("tool-output-error")]
    assert error["errorText"] == "The tool failed."
    events = ag_ui([*ASKS, started, failed, *SAYS])
    result = next(each for each in events if each["type"] == "TOOL_CALL_RESULT")
    assert result["content"] == "The tool failed."
    assert result["metadata"] == {"chat": {"status": "error"}}


def test_what_a_model_beneath_a_tool_says_is_not_shown_and_its_tokens_are_counted() -> None:
    usage = UsageMetadata(input_tokens=3, output_tokens=4)
    beneath = [
        event("chat_model_start", "inner", {}, "tool"),
        event("chat_model_stream", "inner", {"chunk": AIMessageChunk("secret")}, "tool"),
        event("chat_model_end", "inner", {"output": AIMessage("s", usage_metadata=usage)}, "tool"),
    ]
    start, end = tool_run(CALL, "sunny")
    parts = vercel([*ASKS, start, *beneath, end, *SAYS])
    assert "secret" not in str(parts)
    assert parts[-1]["messageMetadata"]["usage"] == {"inputTokens": 3, "outputTokens": 4}
    assert "secret" not in str(ag_ui([*ASKS, start, *beneath, end, *SAYS]))


def test_a_model_that_fails_and_the_next_that_answers_are_two_steps() -> None:
    broken = [
        event("chat_model_start", "a", {}),
        event("chat_model_stream", "a", {"chunk": AIMessageChunk("Gold")}),
        event("chat_model_error", "a", {"error": RateLimitError("Too many.")}),
    ]
    found = types(vercel([*broken, *SAYS]))
    assert found.count("start-step") == 2
    assert "error" not in found


def test_models_side_by_side_share_a_step_and_keep_their_texts_apart() -> None:
    events = [
        event("chat_model_start", "a", {}),
        event("chat_model_start", "b", {}),
        event("chat_model_stream", "a", {"chunk": AIMessageChunk("one ")}),
        event("chat_model_stream", "b", {"chunk": AIMessageChunk("two ")}),
        event("chat_model_stream", "a", {"chunk": AIMessageChunk("more")}),
        event("chat_model_end", "a", {"output": None}),
        event("chat_model_end", "b", {"output": None}),
    ]
    parts = vercel(events)
    assert types(parts).count("start-step") == 1
    texts = [part["text"] for part in message_of(parts)["parts"] if part["type"] == "text"]
    assert texts == ["one more", "two "]
    assert [m["content"] for m in messages_of(ag_ui(events))] == ["one more", "two "]


def test_a_call_of_which_the_answer_was_cut_off_is_an_error_and_never_pending() -> None:
    cut = ToolCallChunk("weather", '{"city": "Be', "call_1", 0)
    chunks = [AIMessageChunk([cut], response_metadata={"finish_reason": "length"})]
    parts = vercel(answer_events(chunks))
    error = parts[types(parts).index("tool-input-error")]
    assert error["input"] == '{"city": "Be'
    assert error["errorText"] == "the answer was cut off (length) during this call"
    events = ag_ui(answer_events(chunks))
    assert events[-1]["outcome"] == {"type": "success"}
    assert [e["content"] for e in events if e["type"] == "TOOL_CALL_RESULT"] == [
        "Not run: the answer was cut off (length) during this call."
    ]


def test_calls_without_a_result_are_named_when_the_run_of_ag_ui_ends() -> None:
    assert ag_ui(ASKS)[-1]["outcome"] == {"type": "success", "pendingToolCallIds": ["call_1"]}


def test_text_after_a_call_goes_on_in_the_same_message_of_ag_ui() -> None:
    chunks = [
        AIMessageChunk("Let me see.", id="answer-7"),
        AIMessageChunk([ToolCallChunk("weather", "{}", "call_1", 0)]),
        AIMessageChunk(" Done.", response_metadata=CALLED),
    ]
    (message,) = messages_of(ag_ui(answer_events(chunks)))
    assert message["id"] == "answer-7"
    assert message["content"] == "Let me see. Done."
    assert [call["id"] for call in message["toolCalls"]] == ["call_1"]


def test_ids_that_the_conversation_has_are_not_used_again() -> None:
    encoder = AGUIEncoder("thread", "run", used_ids=frozenset({"call_1", "answer-7"}))
    chunk = AIMessageChunk([CALL], id="answer-7", response_metadata=CALLED)
    events = ag_ui([*answer_events([chunk]), *tool_run(CALL, ToolMessage("x", "call_1"))], encoder)
    start = next(each for each in events if each["type"] == "TOOL_CALL_START")
    assert start["toolCallId"] == "call_1-1"
    assert start["parentMessageId"] == "run-answer-1"
    result = next(each for each in events if each["type"] == "TOOL_CALL_RESULT")
    assert result["toolCallId"] == "call_1-1"


def test_a_page_that_is_cited_twice_is_one_source() -> None:
    cited = [Citation(url="https://a.org", title="A"), Citation(title="Book")]
    text = TextBlock("x", [*cited, *cited])
    parts = vercel(answer_events([AIMessageChunk([text], response_metadata=DONE)]))
    assert [part for part in parts if part["type"].startswith("source")] == [
        {"type": "source-url", "sourceId": "source-1", "url": "https://a.org", "title": "A"},
        {
            "type": "source-document",
            "sourceId": "source-2",
            "mediaType": "text/plain",
            "title": "Book",
        },
    ]


def test_offsets_of_citations_count_from_the_start_of_the_message_of_ag_ui() -> None:
    blocks = [
        TextBlock("Bern. ", index=0),
        TextBlock("Sunny.", [Citation(url="https://a.org", start_index=0, end_index=5)], index=1),
    ]
    (message,) = messages_of(ag_ui(answer_events([AIMessageChunk(blocks)])))
    (citation,) = message["metadata"]["chat"]["citations"]
    assert message["content"][citation["start_index"] : citation["end_index"]] == "Sunny"


def test_media_that_come_in_pieces_are_one_file_at_the_end_of_the_answer() -> None:
    pieces = [
        AIMessageChunk([ImageBlock(base64="aGVs", mime_type="image/png", index=0)]),
        AIMessageChunk([ImageBlock(base64="bG8=", mime_type="image/png", index=0)]),
    ]
    parts = vercel(answer_events(pieces))
    (file,) = [part for part in parts if part["type"] == "file"]
    assert file["url"] == "data:image/png;base64,aGVsbG8="


def test_a_tool_of_the_vendor_is_marked_and_its_result_comes_with_it() -> None:
    blocks: list[Block] = [
        ServerToolCall("web_search", {"query": "fish"}, "srv_1"),
        ServerToolResult([{"title": "Fish"}], "srv_1", "web_search"),
    ]
    facts = {**DONE, "model_provider": "groq"}
    message = message_of(vercel(answer_events([AIMessageChunk(blocks, response_metadata=facts)])))
    call = message["parts"][1]
    assert call["providerExecuted"] is True
    assert call["callProviderMetadata"] == {"chat": {"server": True, "provider": "groq"}}
    assert call["output"] == [{"title": "Fish"}]


def test_usage_of_all_calls_is_added_and_listed_by_model() -> None:
    def answered(run_id: str, model: str) -> list[StreamEvent]:
        usage = UsageMetadata(input_tokens=10, output_tokens=5)
        usage["cost"] = 0.25
        facts = {**DONE, "model_provider": "groq", "model_name": model}
        chunk = AIMessageChunk("x", usage_metadata=usage, response_metadata=facts)
        return answer_events([chunk], run_id)

    events = [*answered("run-1", "big"), *answered("run-2", "small"), *answered("run-3", "big")]
    assert vercel(events)[-1]["messageMetadata"] == {
        "finishReason": "stop",
        "model": "big",
        "provider": "groq",
        "usage": {"inputTokens": 30, "outputTokens": 15, "cost": 0.75},
    }
    assert ag_ui(events)[-1]["usage"] == [
        {"provider": "groq", "model": "big", "inputTokens": 20, "outputTokens": 10},
        {"provider": "groq", "model": "small", "inputTokens": 10, "outputTokens": 5},
    ]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("refusal", "content-filter"), ("pause", "other"), ("tool_calls", "tool-calls")],
)
def test_finish_reasons_are_those_of_the_protocol(ours: str, theirs: str) -> None:
    chunk = AIMessageChunk("x", response_metadata={"finish_reason": ours})
    assert vercel(answer_events([chunk]))[-1]["finishReason"] == theirs


def _broken_off() -> list[StreamEvent]:
    return answer_events([AIMessageChunk([ReasoningBlock("Hm"), TextBlock("Gold")])])[:-1]


def test_an_error_comes_after_all_that_was_said_and_has_no_word_of_the_vendor() -> None:
    error: ChatError = public_error(RateLimitError("sk-secret", retry_after=3))
    encoder = VercelEncoder()
    frames = [f for each in _broken_off() for f in encoder.feed(each)]
    parts = read_parts([*encoder.start(), *frames, *encoder.error(error)])
    check_parts(parts)
    assert types(parts)[-4:] == ["text-end", "error", "finish-step", "finish"]
    assert parts[-3]["errorText"] == (
        "The model has too many requests at the moment. Try again in 3 s."
    )
    run = AGUIEncoder("t", "r")
    frames = [f for each in _broken_off() for f in run.feed(each)]
    events = read_events([*run.start(), *frames, *run.error(error)])
    check_events(events)
    assert events[-1]["code"] == "RateLimitError"


@pytest.mark.parametrize("end", ["error", "abort"])
def test_no_call_is_left_running_when_an_answer_fails_or_is_stopped(end: str) -> None:
    start, _ = tool_run(CALL, None)
    ended: Any = RateLimitError("Too many.") if end == "error" else "Stopped."
    encoder = VercelEncoder()
    frames = [f for each in [*ASKS, start] for f in encoder.feed(each)]
    parts = read_parts([*encoder.start(), *frames, *getattr(encoder, end)(ended)])
    check_parts(parts)
    assert message_of(parts)["parts"][1]["state"] == "output-error"
    run = AGUIEncoder("t", "r")
    frames = [f for each in [*ASKS, start] for f in run.feed(each)]
    events = read_events([*run.start(), *frames, *getattr(run, end)(ended)])
    check_events(events)
    assert "TOOL_CALL_RESULT" in types(events)


def test_a_stopped_answer_is_aborted_in_the_one_protocol_and_cancelled_in_the_other() -> None:
    encoder = VercelEncoder()
    frames = [f for each in _broken_off() for f in encoder.feed(each)]
    parts = read_parts([*encoder.start(), *frames, *encoder.abort("Stopped.")])
    check_parts(parts)
    assert parts[-1] == {"type": "abort", "reason": "Stopped."}
    run = AGUIEncoder("t", "r")
    frames = [f for each in _broken_off() for f in run.feed(each)]
    events = read_events([*run.start(), *frames, *run.abort("Stopped.")])
    check_events(events)
    assert events[-1]["outcome"] == {"type": "cancelled"}


def test_custom_events_are_data_parts_and_custom_events() -> None:
    custom = event("custom_event", "run", {"percent": 10}, title="progress")
    assert {"type": "data-progress", "data": {"percent": 10}} in vercel([custom])
    assert {"type": "CUSTOM", "name": "progress", "value": {"percent": 10}} in ag_ui([custom])


def test_custom_events_that_name_the_state_set_it() -> None:
    patch = [{"op": "replace", "path": "/page", "value": 2}]
    delta = event("custom_event", "run", patch, title="STATE_DELTA")
    snapshot = event("custom_event", "run", {"page": 1}, title="STATE_SNAPSHOT")
    found = ag_ui([snapshot, delta])
    assert {"type": "STATE_SNAPSHOT", "snapshot": {"page": 1}} in found
    assert {"type": "STATE_DELTA", "delta": patch} in found


@pytest.mark.parametrize("patch", [{"op": "add"}, [{"op": "add", "path": "/a"}], [{"path": "a"}]])
def test_a_state_delta_that_is_no_json_patch_is_a_custom_event(patch: Any) -> None:
    found = ag_ui([event("custom_event", "run", patch, title="STATE_DELTA")])
    assert {"type": "CUSTOM", "name": "STATE_DELTA", "value": patch} in found


def test_text_of_a_chain_without_events_of_models_is_the_answer() -> None:
    events = [event("chain_stream", "chain", {"chunk": text}) for text in ("Gold", "fish")]
    assert message_of(vercel(events))["parts"][1]["text"] == "Goldfish"


def test_text_of_a_chain_is_not_shown_again_after_that_of_its_model() -> None:
    events = [*SAYS, event("chain_stream", "chain", {"chunk": "Sunny."})]
    assert types(vercel(events)).count("text-start") == 1
