"""The Responses wire, event by event: each quirk that it is known for is one test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    APIError,
    ChatError,
    ContentFilterError,
    ImageBlock,
    InvalidRequestError,
    MalformedResponseError,
    NonStandardBlock,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ReasoningBlock,
    RefusalBlock,
    ServerError,
    ServerToolCall,
    ServerToolResult,
    StreamInterruptedError,
    TextBlock,
)
from chat_core.provider import MessageBuilder, StreamReader, decode_reply
from chat_openai.dialect import OpenAIDialect
from chat_openai.responses_decode import ResponsesDecoder

if TYPE_CHECKING:
    from chat_core import AIMessage

Event = dict[str, Any]


def event(kind: str, **fields: Any) -> Event:
    return {"type": f"response.{kind}", **fields}


def text(delta: str | None, output: int | None = 0, part: int | None = 0, **more: Any) -> Event:
    where = {"output_index": output, "content_index": part}
    return event("output_text.delta", delta=delta, **where, **more)


def added(item: Event, output: int | None = 0) -> Event:
    return event("output_item.added", output_index=output, item=item)


def done(item: Event, output: int | None = 0) -> Event:
    return event("output_item.done", output_index=output, item=item)


def completed(*output: Event, **fields: Any) -> Event:
    return event("completed", response={"status": "completed", "output": list(output), **fields})


def said(*parts: str, **fields: Any) -> Event:
    content = [{"type": "output_text", "text": part, "annotations": []} for part in parts]
    return {"type": "message", "status": "completed", "content": content, **fields}


def call(arguments: str = "", **fields: Any) -> Event:
    known = {"id": "fc_1", "call_id": "call_1", "name": "f", "status": "completed"}
    return {"type": "function_call", **known, "arguments": arguments, **fields}


def read(*events: Event, tail: bytes = b"") -> tuple[AIMessage, ChatError | None]:
    builder = MessageBuilder()
    reader = StreamReader(ResponsesDecoder(OpenAIDialect()))
    wire = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    for chunk in reader.feed(wire + tail):
        builder.add(chunk)
    if not reader.ended and reader.failure is None:
        for chunk in reader.finish():
            builder.add(chunk)
    return builder.message(), reader.failure


def decode(*events: Event) -> AIMessage:
    message, failure = read(*events)
    assert failure is None
    return message


def failure(*events: Event) -> ChatError:
    _, error = read(*events)
    assert error is not None
    return error


def reply(response: Event) -> AIMessage:
    decoder = ResponsesDecoder(OpenAIDialect())
    return decode_reply(decoder, json.dumps(response).encode()).to_message()


# --- which item an event belongs to


def test_items_are_kept_apart_by_output_index_because_ids_may_rotate() -> None:
    message = decode(
        added({"type": "message", "id": "a1"}, 0),
        text("one", 0, item_id="a2"),
        added({"type": "message", "id": "b1"}, 1),
        text("two", 1, item_id="b2"),
        text(" more", 0, item_id="a3"),
        done(said("one more", id="a4"), 0),
        done(said("two", id="b4"), 1),
        completed(said("one more", id="a5"), said("two", id="b5")),
    )
    assert [block.text for block in message.blocks if isinstance(block, TextBlock)] == [
        "one more",
        "two",
    ]


def test_without_output_index_the_item_id_decides_and_then_the_latest_item() -> None:
    message = decode(
        added(call(id="fc_a", call_id="a", name="f"), None),
        added(call(id="fc_b", call_id="b", name="g"), None),
        event("function_call_arguments.delta", item_id="fc_a", delta='{"x":'),
        event("function_call_arguments.delta", item_id="fc_b", delta='{"y":2}'),
        event("function_call_arguments.delta", item_id="fc_a", delta="1}"),
        completed(),
    )
    assert [(c.name, c.args) for c in message.tool_calls] == [("f", {"x": 1}), ("g", {"y": 2})]


def test_the_id_of_a_call_is_its_call_id_not_the_items() -> None:
    message = decode(added(call()), done(call("{}")), completed(call("{}")))
    assert [c.id for c in message.tool_calls] == ["call_1"]
    assert message.tool_calls[0].extras["item_id"] == "fc_1"


def test_each_text_part_and_each_summary_is_a_block_of_its_own() -> None:
    item = {"type": "reasoning", "id": "rs", "summary": [{"text": "s1"}, {"text": "s2"}]}
    message = decode(
        event("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="s1"),
        event("reasoning_summary_text.delta", output_index=0, summary_index=1, delta="s2"),
        done(item),
        text("a", 1, 0),
        text("b", 1, 1),
        done(said("a", "b"), 1),
        completed(),
    )
    assert [type(block) for block in message.blocks] == [ReasoningBlock] * 2 + [TextBlock] * 2
    assert (message.reasoning, message.content) == ("s1s2", "ab")


# --- deltas that are missing, null or repeated


@pytest.mark.parametrize(
    "events",
    [
        [added(call()), event("function_call_arguments.done", output_index=0, arguments='{"x":1}')],
        [added(call()), done(call('{"x":1}'))],
        [done(call('{"x":1}'))],
        [added(call())],
        [],
    ],
    ids=["arguments.done", "item.done", "item.done alone", "completed", "completed alone"],
)
def test_arguments_may_come_without_any_delta(events: list[Event]) -> None:
    (found,) = decode(*events, completed(call('{"x":1}'))).tool_calls
    assert (found.name, found.args, found.id) == ("f", {"x": 1}, "call_1")


def test_arguments_that_came_as_deltas_are_not_repeated_at_the_end() -> None:
    message = decode(
        added(call()),
        event("function_call_arguments.delta", output_index=0, delta='{"x":'),
        event("function_call_arguments.delta", output_index=0, delta=None),
        event("function_call_arguments.delta", output_index=0, delta="1}"),
        event("function_call_arguments.done", output_index=0, arguments='{"x":1}'),
        done(call('{"x":1}')),
        completed(call('{"x":1}')),
    )
    assert message.tool_calls[0].args == {"x": 1}


def test_arguments_that_are_spelled_anew_at_the_end_are_not_appended() -> None:
    message = decode(
        added(call()),
        event("function_call_arguments.delta", output_index=0, delta='{"x":1}'),
        event("function_call_arguments.done", output_index=0, arguments='{ "x": 1 }'),
        done(call('{ "x": 1 }')),
        completed(),
    )
    assert message.tool_calls[0].args == {"x": 1}


def test_an_item_that_is_done_twice_is_told_once() -> None:
    item = said("Hi")
    item["content"][0]["annotations"] = [NOTE]
    (block,) = decode(text("Hi"), done(item), done(item), completed(item)).blocks
    assert isinstance(block, TextBlock)
    assert (block.text, len(block.citations)) == ("Hi", 1)


def test_what_deltas_left_out_is_said_by_done() -> None:
    message = decode(text("Hel"), text(None), done(said("Hello")), completed(said("Hello")))
    assert message.content == "Hello"


def test_text_that_is_only_in_the_final_response_is_not_lost() -> None:
    assert decode(completed(said("Hello", id="m"))).content == "Hello"


def test_an_item_that_was_done_is_not_told_again_by_the_final_response() -> None:
    message = decode(text("Hi"), done(said("Hi", id="m1")), completed(said("Hi", id="m1"), call()))
    assert message.content == "Hi"
    assert len(message.tool_calls) == 1


def test_a_refusal_needs_no_done_event_and_ends_the_answer_as_refusal() -> None:
    refused = event("refusal.delta", output_index=0, content_index=0, delta="No.")
    message = decode(refused, completed())
    assert (message.refusal, message.content, message.finish_reason) == ("No.", "", "refusal")


def test_a_refusal_may_come_whole() -> None:
    part = {"type": "refusal", "refusal": "No."}
    item = {"type": "message", "content": [part], "status": "completed"}
    message = decode(done(item), completed(item))
    assert [type(b) for b in message.blocks] == [RefusalBlock]
    assert (message.refusal, message.finish_reason) == ("No.", "refusal")


def test_null_stands_for_missing_everywhere() -> None:
    message = decode(
        event("created", response=None),
        added({"type": "message", "id": None, "content": None}, None),
        text(None, None, None),
        text("Hi", None, None, logprobs=None),
        done({"type": "message", "id": None, "content": None, "status": None}, None),
        done({"type": "reasoning", "id": None, "summary": None, "content": None}, 1),
        event("completed", response={"status": None, "output": None, "usage": None, "id": None}),
    )
    assert (message.content, message.finish_reason) == ("Hi", "stop")


# --- reasoning


def test_encrypted_reasoning_is_read_when_the_item_is_done_not_when_it_is_added() -> None:
    item = {"type": "reasoning", "id": "rs", "summary": []}
    message = decode(
        added({**item, "encrypted_content": "half"}),
        done({**item, "encrypted_content": "whole"}),
        completed(),
    )
    (block,) = message.blocks
    assert isinstance(block, ReasoningBlock)
    assert block.extras == {"item_id": "rs", "encrypted_content": "whole"}


def test_reasoning_text_counts_after_the_summaries() -> None:
    content = [{"type": "reasoning_text", "text": "raw"}]
    summary = [{"type": "summary_text", "text": "short "}]
    item = {"type": "reasoning", "id": "rs", "summary": summary, "content": content}
    assert decode(done(item), completed()).reasoning == "short raw"


# --- why it ended


def test_the_finish_reason_of_tool_calls_is_derived() -> None:
    message = decode(done(call("{}")), completed(call("{}")))
    assert (message.finish_reason, message.response_metadata["raw_finish_reason"]) == (
        "tool_calls",
        "completed",
    )


@pytest.mark.parametrize(
    "item",
    [
        {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "SELECT 1"},
        {"type": "local_shell_call", "call_id": "c", "action": {"command": ["ls"]}},
        {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}},
        {"type": "apply_patch_call", "call_id": "c", "operation": {"type": "delete_file"}},
        {"type": "computer_call", "call_id": "c", "action": {"type": "screenshot"}},
        {"type": "mcp_approval_request", "id": "c", "name": "f", "arguments": "{}"},
        {"type": "tool_search_call", "call_id": "c", "execution": "client", "arguments": {}},
    ],
    ids=lambda item: str(item["type"]),
)
def test_a_call_that_waits_for_the_caller_ends_the_answer_as_tool_calls(item: Event) -> None:
    assert decode(done(item), completed(item)).finish_reason == "tool_calls"


@pytest.mark.parametrize(
    "item",
    [
        {"type": "shell_call", "call_id": "c", "environment": {"type": "container_reference"}},
        {"type": "tool_search_call", "execution": "server", "arguments": {}},
        {"type": "web_search_call", "id": "ws", "action": {"type": "search", "query": "q"}},
    ],
    ids=lambda item: str(item["type"]),
)
def test_a_call_that_the_vendor_runs_does_not(item: Event) -> None:
    assert decode(done(item), completed(item)).finish_reason == "stop"


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ("max_output_tokens", "length"),
        ("content_filter", "content_filter"),
        ("another_day", "other"),
    ],
)
def test_an_incomplete_response_ends_for_its_stated_reason(reason: str, ours: str) -> None:
    response = {"status": "incomplete", "incomplete_details": {"reason": reason}}
    message = decode(text("Hal"), event("incomplete", response=response))
    assert (message.content, message.finish_reason) == ("Hal", ours)
    assert message.response_metadata["raw_finish_reason"] == reason


def test_a_call_that_was_cut_off_is_not_valid_even_if_its_json_is() -> None:
    response = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    cut = event("function_call_arguments.delta", output_index=0, delta='{"path":"/"}')
    message = decode(added(call()), cut, event("incomplete", response=response))
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0].args == '{"path":"/"}'


@pytest.mark.parametrize("tail", [b"", b"data: [DONE]\n\n"], ids=["end of body", "[DONE]"])
def test_only_a_terminal_event_proves_the_end(tail: bytes) -> None:
    message, error = read(text("Hal"), tail=tail)
    assert isinstance(error, StreamInterruptedError)
    assert (message.content, message.finish_reason) == ("Hal", None)


def test_nothing_is_read_after_the_terminal_event() -> None:
    message, error = read(text("Hi"), completed(), text(" again"), event("failed"))
    assert error is None
    assert message.content == "Hi"


def test_a_background_response_is_told_as_it_stands() -> None:
    message = reply({"object": "response", "id": "r", "status": "queued", "output": []})
    assert (message.id, message.finish_reason) == ("r", "other")
    assert message.response_metadata["raw_finish_reason"] == "queued"


# --- errors


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("insufficient_quota", QuotaExceededError, 429),
        ("rate_limit_exceeded", RateLimitError, 429),
        ("server_error", ServerError, 500),
        ("slow_down", OverloadedError, 503),
        ("invalid_prompt", ContentFilterError, 400),
        ("image_content_policy_violation", ContentFilterError, 400),
        ("invalid_image_url", InvalidRequestError, 400),
    ],
)
@pytest.mark.parametrize("shape", ["failed", "error", "nested error", "reply"])
def test_an_error_inside_an_answer_is_what_its_http_twin_is(
    code: str, kind: type[APIError], status: int, shape: str
) -> None:
    facts = {"code": code, "message": "It broke."}
    if shape == "reply":
        with pytest.raises(APIError) as caught:
            reply({"object": "response", "status": "failed", "error": facts, "output": []})
        error: ChatError = caught.value
    elif shape == "failed":
        error = failure(text("Hal"), event("failed", response={"status": "failed", "error": facts}))
    elif shape == "error":
        error = failure(text("Hal"), {"type": "error", "sequence_number": 3, **facts})
    else:
        error = failure(text("Hal"), {"type": "error", "error": facts})
    assert type(error) is kind
    assert (error.status, error.code, error.message) == (status, code, "It broke.")
    assert error.provider == "openai"


def test_a_response_that_says_failed_raises_whatever_the_event_is_called() -> None:
    assert isinstance(failure(event("completed", response={"status": "failed"})), ServerError)
    with pytest.raises(ServerError):
        reply({"object": "response", "status": "failed", "output": [said("Hal")]})


def test_a_failed_response_that_does_not_say_why_is_a_server_error() -> None:
    error = failure(event("failed", response={"status": "failed", "error": None, "output": []}))
    assert isinstance(error, ServerError)


FACTS = {"code": "rate_limit_exceeded", "message": "Slow down."}


@pytest.mark.parametrize(
    "wire",
    [
        {"error": FACTS},
        {"object": "error", **FACTS},
        {"detail": "Slow down."},
        {"type": "response.error", "error": FACTS},
        {"type": "response.failed", "error": FACTS, "response": {"status": "failed"}},
        {"type": "response.failed", **FACTS},
        {"type": "response.completed", "response": {"error": FACTS, "output": []}},
    ],
    ids="-".join,
)
def test_an_error_in_any_shape_ends_the_stream_as_that_error(wire: Event) -> None:
    error = failure(wire)
    assert isinstance(error, APIError)
    assert error.message == "Slow down."
    assert "detail" in wire or isinstance(error, RateLimitError)


@pytest.mark.parametrize(
    "body", [{"error": "Slow down."}, {"object": "error", **FACTS}, {"detail": "Slow down."}]
)
def test_an_error_in_any_shape_is_no_answer(body: Event) -> None:
    with pytest.raises(APIError, match=r"Slow down\."):
        reply(body)


CHUNK = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "x"}}]}


def test_chat_completions_chunks_are_recognised_and_said() -> None:
    error = failure(CHUNK)
    assert isinstance(error, MalformedResponseError)
    assert 'api="chat-completions"' in error.message
    assert "base_url" in error.message


def test_a_chat_completions_reply_is_recognised_and_said() -> None:
    with pytest.raises(MalformedResponseError, match="chat-completions"):
        reply({"object": "chat.completion", "choices": [{"message": {"content": "x"}}]})


def test_any_other_json_is_no_response() -> None:
    with pytest.raises(MalformedResponseError, match="response object"):
        reply({"ok": True})


# --- tools of the vendor's

WEB = {
    "type": "web_search_call",
    "id": "ws",
    "action": {"type": "search", "query": "q", "sources": [{"url": "u"}]},
}
CODE = {
    "type": "code_interpreter_call",
    "id": "ci",
    "code": "1+1",
    "container_id": "c",
    "outputs": [{"type": "logs", "logs": "2"}],
}
MCP = {"type": "mcp_call", "id": "m", "name": "ask", "arguments": '{"q":1}', "output": "yes"}
BROKEN_MCP = {**MCP, "output": None, "error": {"type": "http_error", "code": 500}}
FILES = {"type": "file_search_call", "id": "fs", "queries": ["q"], "results": [{"file_id": "f"}]}
SHELL = {"type": "shell_call_output", "call_id": "sh", "id": "o", "output": [{"stdout": "x"}]}
XAI = {"type": "x_search_call", "id": "x", "name": "x_search", "arguments": '{"query":"q"}'}


@pytest.mark.parametrize(
    ("item", "name", "args", "content", "status"),
    [
        (WEB, "web_search", WEB["action"], [{"url": "u"}], "success"),
        (
            CODE,
            "code_execution",
            {"code": "1+1", "container_id": "c"},
            CODE["outputs"],
            "success",
        ),
        (MCP, "ask", {"q": 1}, "yes", "success"),
        (BROKEN_MCP, "ask", {"q": 1}, BROKEN_MCP["error"], "error"),
        (FILES, "file_search", {"queries": ["q"]}, FILES["results"], "success"),
        (SHELL, None, None, SHELL["output"], "success"),
        (XAI, "x_search", {"query": "q"}, None, None),
    ],
    ids=["web", "code", "mcp", "broken mcp", "files", "shell output", "xai"],
)
def test_the_vendors_tools_are_calls_and_results(
    item: Event, name: str | None, args: Any, content: Any, status: str | None
) -> None:
    blocks = decode(done(item), completed(item)).blocks
    calls = [b for b in blocks if isinstance(b, ServerToolCall)]
    results = [b for b in blocks if isinstance(b, ServerToolResult)]
    assert [(b.name, b.args) for b in calls] == ([(name, args)] if name else [])
    assert [(b.content, b.status) for b in results] == ([(content, status)] if status else [])
    assert blocks[0].extras["item"] == item
    if calls and results:
        assert results[0].tool_call_id == calls[0].id


def test_a_tool_of_the_vendors_is_told_as_soon_as_it_starts_and_once() -> None:
    message, _ = read(added({"type": "web_search_call", "id": "ws", "status": "in_progress"}))
    assert [b.name for b in message.blocks if isinstance(b, ServerToolCall)] == ["web_search"]
    message = decode(added({"type": "web_search_call", "id": "ws"}), done(WEB), completed(WEB))
    assert [type(b) for b in message.blocks] == [ServerToolCall, ServerToolResult]


def test_a_picture_is_an_image_block_after_its_call() -> None:
    item = {"type": "image_generation_call", "id": "ig", "result": "aGk=", "output_format": "webp"}
    _, image = decode(done(item), completed(item)).blocks
    assert isinstance(image, ImageBlock)
    assert (image.base64, image.mime_type) == ("aGk=", "image/webp")


def test_unknown_items_stay_verbatim_and_in_their_place() -> None:
    odd = {"type": "telepathy", "id": "t", "waves": [1, 2]}
    message = decode(
        text("a", 0),
        done(said("a"), 0),
        done(odd, 1),
        text("b", 2),
        done(said("b"), 2),
        completed(said("a"), odd, said("b")),
    )
    kinds = [type(block) for block in message.blocks]
    assert kinds == [TextBlock, NonStandardBlock, TextBlock]
    assert message.blocks[1].value == odd  # type: ignore[union-attr]


def test_unknown_events_and_fields_change_nothing() -> None:
    plain = [text("Hi"), done(said("Hi", id="m")), completed(said("Hi", id="m"), id="r", model="g")]
    noisy = [{**e, "obfuscation": "xyz", "sequence_number": 7, "new": {}} for e in plain]
    with_events = [event("telepathy.started"), *noisy[:2], {"type": "ping"}, *noisy[2:]]
    assert decode(*with_events) == decode(*plain)


# --- citations, log probabilities, usage, origin

NOTE = {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 2}


@pytest.mark.parametrize("streamed", [True, False])
def test_citations_come_by_event_or_with_the_item_and_never_twice(streamed: bool) -> None:
    item = said("Hi")
    item["content"][0]["annotations"] = [NOTE]
    by_event = event(
        "output_text.annotation.added", output_index=0, content_index=0, annotation=NOTE
    )
    message = decode(text("Hi"), *([by_event] if streamed else []), done(item), completed(item))
    (block,) = message.blocks
    assert isinstance(block, TextBlock)
    (cited,) = block.citations
    assert (cited.url, cited.title, cited.start_index, cited.end_index) == ("u", "t", 0, 2)


def test_log_probabilities_are_joined_over_deltas_and_equal_those_of_a_reply() -> None:
    tokens = [{"token": "H", "logprob": -1}, {"token": "i", "logprob": -2}]
    streamed = decode(
        text("H", logprobs=tokens[:1]), text("i", logprobs=tokens[1:]), completed(said("Hi"))
    )
    item = said("Hi")
    item["content"][0]["logprobs"] = tokens
    whole = reply({"status": "completed", "output": [item]})
    expected = [{**token, "bytes": None, "top": []} for token in tokens]
    assert streamed.response_metadata["logprobs"] == expected
    assert whole.response_metadata["logprobs"] == expected


def test_usage_is_what_the_final_response_says_and_unknown_is_none() -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 5,
        "total_tokens": 15,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": None,
    }
    found = decode(text("Hi"), completed(usage=usage)).usage_metadata
    assert found is not None
    assert (found.input_tokens, found.output_tokens, found.total_tokens) == (10, 5, 15)
    assert found.input_token_details == {"cache_read": 4, "cache_creation": None, "audio": None}
    assert found.output_token_details == {"reasoning": None, "audio": None}


def test_the_first_chunk_says_where_the_answer_comes_from() -> None:
    decoder = ResponsesDecoder(OpenAIDialect())
    first = decoder.feed(event("created", response={"id": "r", "model": "gpt-5"}))
    assert first is not None
    assert first.id == "r"
    assert first.blocks == ()
    assert first.response_metadata == {
        "model_provider": "openai",
        "api": "responses",
        "model_name": "gpt-5",
    }


def test_the_id_of_the_final_response_is_the_one_to_refer_to() -> None:
    created = event("created", response={"id": "r1", "model": "m"})
    assert decode(created, completed(id="r9", model="m")).id == "r9"


def test_a_text_delta_is_one_block_and_nothing_else() -> None:
    decoder = ResponsesDecoder(OpenAIDialect())
    decoder.feed(text("a"))
    chunk = decoder.feed(text("b"))
    assert chunk is not None
    assert [b.text for b in chunk.blocks if isinstance(b, TextBlock)] == ["b"]
    assert (chunk.id, chunk.response_metadata, chunk.usage_metadata) == (None, {}, None)
