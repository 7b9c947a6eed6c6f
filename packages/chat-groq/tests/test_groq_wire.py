"""What Groq says otherwise: ``x_groq``, executed tools, refused generations, reasoning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_completions import CompletionsDecoder
from chat_completions.encode_messages import encode_messages
from chat_core import (
    AIMessage,
    APIError,
    AudioBlock,
    Citation,
    ContextLengthExceededError,
    HumanMessage,
    InvalidParameterError,
    InvalidRequestError,
    OverloadedError,
    RateLimitError,
    ReasoningBlock,
    RefusalBlock,
    ServerError,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    merge_chunks,
)
from chat_core.provider import StreamReader, decode_reply
from chat_groq.dialect import GroqDialect, refuse_unknown_fields
from chat_groq.errors import error_from_response

MODEL = "openai/gpt-oss-120b"


def event(delta: dict[str, Any], finish: str | None = None, **top: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "model": MODEL, "choices": [choice], **top}


def answer(*objects: dict[str, Any]) -> AIMessage:
    data = "".join(f"data: {json.dumps(o)}\n\n" for o in objects) + "data: [DONE]\n\n"
    reader = StreamReader(CompletionsDecoder(GroqDialect(MODEL)))
    chunks = reader.feed(data.encode())
    if reader.failure is not None:
        raise reader.failure
    return merge_chunks(chunks).to_message()


def reply(wire: dict[str, Any]) -> AIMessage:
    body = json.dumps(wire).encode()
    return decode_reply(CompletionsDecoder(GroqDialect(MODEL)), body).to_message()


def refused(status: int, **error: Any) -> APIError:
    body = json.dumps({"error": error}).encode()
    return error_from_response(status, {"retry-after": "2"}, body, GroqDialect(MODEL))


# --- x_groq


SEARCH = {"type": "search"}
"""What the blocks of a web search keep of Groq's word for it."""


def test_usage_sits_in_x_groq_of_the_last_chunk() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "queue_time": 0.5}
    message = answer(
        event({"role": "assistant", "content": ""}, x_groq={"id": "req_1", "seed": 7}),
        event({"content": "a"}),
        event({}, "stop", x_groq={"id": "req_1", "usage": usage}),
    )
    assert message.usage_metadata is not None
    assert message.usage_metadata.total_tokens == 3
    said = message.response_metadata
    assert (said["request_id"], said["seed"]) == ("req_1", 7)
    assert said["token_usage"]["queue_time"] == 0.5


def test_cache_counters_in_x_groq_of_a_whole_answer_are_not_its_usage() -> None:
    message = reply(
        {
            "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
            "x_groq": {"id": "req_1", "usage": {"dram_cached_tokens": 0}},
        }
    )
    assert message.usage_metadata is not None
    assert message.usage_metadata.output_tokens == 2


def test_a_compound_systems_usage_by_model_is_kept() -> None:
    models = {"models": [{"model": "m", "usage": {"prompt_tokens": 1}}]}
    streamed = answer(
        event({"content": "a"}), event({}, "stop", x_groq={"usage_breakdown": models})
    )
    whole = reply(
        {
            "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}],
            "usage_breakdown": models,
        }
    )
    for message in (streamed, whole):
        assert message.response_metadata["usage_breakdown"] == models


def test_an_error_in_x_groq_ends_the_stream_as_one() -> None:
    with pytest.raises(ServerError, match="over capacity"):
        answer(event({"content": "a"}), event({}, x_groq={"id": "req_1", "error": "over capacity"}))


# --- executed tools


def test_an_executed_tool_is_a_server_tools_call_and_result() -> None:
    started = {
        "index": 0,
        "type": "search",
        "arguments": '{"query": "weather"}',
        "search_results": {"results": []},
    }
    ended = {**started, "output": "sunny", "search_results": {"results": [{"url": "u"}]}}
    streamed = answer(
        event({"executed_tools": [started]}),
        event({"executed_tools": [ended]}),
        event({"content": "It is sunny."}),
        event({}, "stop"),
    )
    choice = {
        "message": {"executed_tools": [ended], "content": "It is sunny."},
        "finish_reason": "stop",
    }
    for message in (streamed, reply({"choices": [choice]})):
        calls = [b for b in message.blocks if isinstance(b, ServerToolCall)]
        results = [b for b in message.blocks if isinstance(b, ServerToolResult)]
        assert calls == [ServerToolCall("web_search", {"query": "weather"}, extras=SEARCH)]
        assert results == [
            ServerToolResult(
                {"output": "sunny", "search_results": {"results": [{"url": "u"}]}},
                name="web_search",
                extras=SEARCH,
            )
        ]
        assert message.content == "It is sunny."
        assert message.tool_calls == []


def test_a_search_that_has_only_begun_has_no_result() -> None:
    begun = {"index": 0, "type": "search", "arguments": "", "search_results": {"results": []}}
    message = answer(event({"executed_tools": [begun]}), event({}, "stop"))
    assert message.blocks == (ServerToolCall("web_search", {}, extras=SEARCH),)


def test_arguments_that_are_no_json_are_kept_as_text() -> None:
    tool = {"index": 0, "type": "python", "arguments": "print(1)", "output": "1"}
    message = answer(event({"executed_tools": [tool]}), event({}, "stop"))
    assert message.blocks[0] == ServerToolCall(
        "code_execution", {"input": "print(1)"}, extras={"type": "python"}
    )


def test_citations_of_documents_keep_what_they_cite() -> None:
    annotation = {
        "type": "document_citation",
        "document_citation": {"document_id": "d1", "start_index": 0, "end_index": 2},
    }
    message = answer(
        event({"content": "ab"}), event({"annotations": [annotation]}), event({}, "stop")
    )
    (block,) = message.blocks
    assert isinstance(block, TextBlock)
    (citation,) = block.citations
    assert (citation.start_index, citation.end_index) == (0, 2)
    assert citation.extras["annotation"]["document_citation"]["document_id"] == "d1"


# --- errors


@pytest.mark.parametrize("code", ["tool_use_failed", "json_validate_failed"])
def test_a_refused_generation_stays_on_the_error(code: str) -> None:
    said = {"message": "m", "code": code, "failed_generation": '{"name'}
    over_http = refused(400, **said)
    with pytest.raises(InvalidRequestError) as caught:
        answer(event({"content": "a"}), {"error": {**said, "type": "invalid_request_error"}})
    for error in (over_http, caught.value):
        assert isinstance(error, InvalidRequestError)
        assert error.status == 400
        assert error.code == code
        assert error.details["failed_generation"] == '{"name'


def test_a_full_flex_tier_is_overload() -> None:
    error = refused(498, message="flex is full", code="capacity_exceeded")
    assert isinstance(error, OverloadedError)
    assert (error.status, error.is_retryable, error.retry_after) == (498, True, 2.0)


def test_codes_choose_the_class() -> None:
    assert isinstance(refused(400, code="context_length_exceeded"), ContextLengthExceededError)
    limit = refused(429, code="rate_limit_exceeded", type="tokens")
    assert type(limit) is RateLimitError
    too_large = refused(413, code="rate_limit_exceeded", type="tokens")
    assert type(too_large) is InvalidRequestError  # more than a minute's tokens at once
    assert not too_large.is_retryable


# --- history


def told(message: AIMessage, model: str = MODEL) -> dict[str, Any]:
    return encode_messages([HumanMessage("q"), message], model, GroqDialect(model))[1]


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("openai/gpt-oss-20b", True),
        ("qwen/qwen3-32b", True),
        ("qwen/qwen3.8-27b", True),
        ("deepseek-r1-distill-llama-70b", True),
        ("llama-3.3-70b-versatile", False),
        ("moonshotai/kimi-k2-instruct", False),
        ("meta-llama/llama-4-scout-17b-16e-instruct", False),
    ],
)
def test_reasoning_goes_back_to_models_that_reason_and_to_no_other(
    model: str, reasons: bool
) -> None:
    wire = told(AIMessage([ReasoningBlock("hm"), TextBlock("a")]), model)
    assert wire.get("reasoning") == ("hm" if reasons else None)
    assert wire["content"] == "a"


def test_an_assistant_message_holds_no_field_that_groq_refuses() -> None:
    wire = told(
        AIMessage(
            [
                ReasoningBlock("hm", extras={"field": "reasoning_content"}),
                TextBlock("a", (Citation(extras={"annotation": {}}),)),
                RefusalBlock("no"),
                ServerToolCall("search"),
            ],
            additional_kwargs={"extra_content": {}},
        )
    )
    assert wire == {"role": "assistant", "content": "ano", "reasoning": "hm"}


def test_a_field_of_an_answer_that_the_caller_wrote_is_sent_or_refused() -> None:
    written = AIMessage("a", additional_kwargs={"prefix": True})
    with pytest.raises(InvalidParameterError, match=r"Message 1.*groq.*'prefix'"):
        refuse_unknown_fields([HumanMessage("q"), written])
    known = AIMessage("a", additional_kwargs={"reasoning": "hm", "extra_content": {}})
    refuse_unknown_fields([HumanMessage("q", additional_kwargs={"any": 1}), known])
    foreign = AIMessage("a", response_metadata={"model_provider": "openai"})
    foreign.additional_kwargs["extra_content"] = {"google": {}}
    refuse_unknown_fields([foreign])


def test_a_turn_that_holds_nothing_that_groq_takes_is_left_out() -> None:
    sound = AIMessage([AudioBlock(base64="aGk=", mime_type="audio/wav", extras={"id": "a"})])
    history: list[Any] = [HumanMessage("q"), sound, HumanMessage("go")]
    wire = encode_messages(history, "m", GroqDialect("m"))
    assert [turn["content"] for turn in wire] == ["q", "go"]
