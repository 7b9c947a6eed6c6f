"""Fireworks' own facts, by frames written after its documentation: tools, reasoning, errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_completions.decode import CompletionsDecoder
from chat_core import (
    AIMessage,
    APIError,
    AuthenticationError,
    ContextLengthExceededError,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ReasoningBlock,
    ServerError,
    TextBlock,
    ToolCall,
    ToolMessage,
    VideoBlock,
)
from chat_core.provider import CallOptions, MessageBuilder, StreamReader, WireModel, decode_reply
from chat_fireworks import ChatFireworks
from chat_fireworks.dialect import FireworksDialect
from chat_fireworks.errors import error_from_response

MODEL = "accounts/fireworks/models/gpt-oss-20b"


def frame(delta: dict[str, Any] | None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "x", "object": "chat.completion.chunk", "choices": [choice], **fields}


def decode(*frames: dict[str, Any]) -> AIMessage:
    reader = StreamReader(CompletionsDecoder(FireworksDialect()))
    wire = b"".join(b"data: " + json.dumps(f).encode() + b"\n\n" for f in frames)
    builder = MessageBuilder()
    for chunk in reader.feed(wire + b"data: [DONE]\n\n"):
        builder.add(chunk)
    if reader.failure is not None:
        raise reader.failure
    return builder.message()


def test_tool_calls_stream_piece_by_piece() -> None:
    def piece(arguments: str, **more: Any) -> dict[str, Any]:
        return {"index": 0, "function": {"arguments": arguments}, **more}

    begun = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather"}}
    message = decode(
        frame({"role": "assistant"}),
        frame({"tool_calls": [begun]}),
        frame({"tool_calls": [piece('{"city": ')]}),
        frame({"tool_calls": [piece('"Ulm"}')]}),
        frame({}, "tool_calls"),
    )
    assert message.tool_calls == [ToolCall("weather", {"city": "Ulm"}, "call_1")]
    assert message.finish_reason == "tool_calls"


def test_reasoning_comes_beside_the_answer_and_goes_back_with_it() -> None:
    message = decode(
        frame({"role": "assistant", "reasoning_content": "Let me "}),
        frame({"reasoning_content": "see."}),
        frame({"content": "42"}),
        frame({}, "stop"),
    )
    assert (message.reasoning, message.content) == ("Let me see.", "42")
    sent = body(ChatFireworks(model=MODEL), [HumanMessage("?"), message, HumanMessage("Sure?")])
    assert sent["messages"][1] == {
        "role": "assistant",
        "content": "42",
        "reasoning_content": "Let me see.",
    }


def test_usage_on_every_chunk_is_a_snapshot() -> None:
    def usage(output: int) -> dict[str, Any]:
        details = {"prompt_tokens_details": {"cached_tokens": 4}}
        return {"prompt_tokens": 10, "completion_tokens": output, "total_tokens": 10 + output} | (
            details if output == 2 else {}
        )

    found = decode(
        frame({"content": "a"}, usage=usage(1)),
        frame({"content": "b"}, usage=usage(2)),
        frame({}, "stop", usage=usage(3)),
    ).usage_metadata
    assert found is not None
    assert (found.input_tokens, found.output_tokens, found.total_tokens) == (10, 3, 13)
    assert found.input_token_details.cache_read == 4


def test_performance_metrics_and_raw_output_are_kept() -> None:
    metrics = {"prompt-tokens": 9, "server-time-to-first-token": 0.1}
    raw = {"completion": "hi", "prompt_fragments": ["<s>"]}
    streamed = decode(frame({"content": "hi"}), frame({}, "stop", perf_metrics=metrics))
    assert streamed.response_metadata["perf_metrics"] == metrics
    reply = {
        "id": "x",
        "choices": [{"message": {"content": "hi"}, "finish_reason": "stop", "raw_output": raw}],
        "perf_metrics": metrics,
    }
    decoder = CompletionsDecoder(FireworksDialect())
    whole = decode_reply(decoder, json.dumps(reply).encode()).to_message()
    assert whole.response_metadata["perf_metrics"] == metrics
    assert whole.response_metadata["raw_output"] == raw


# --- errors


def refusal(code: str, message: str) -> bytes:
    envelope = {"object": "error", "type": "invalid_request_error", "code": code}
    return json.dumps({"error": {**envelope, "message": message}}).encode()


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, "invalid_request_error", "Extra inputs are not permitted", InvalidRequestError),
        (
            400,
            "invalid_request_error",
            "The prompt is too long: 40177, model maximum context length: 32767",
            ContextLengthExceededError,
        ),
        (401, "UNAUTHORIZED", "The API key you provided is invalid.", AuthenticationError),
        (402, "PAYMENT_REQUIRED", "No credits", PermissionDeniedError),
        (403, "FORBIDDEN", "No access", PermissionDeniedError),
        (
            404,
            "NOT_FOUND",
            "Model not found, inaccessible, and/or not deployed",
            ModelNotFoundError,
        ),
        (412, "PRECONDITION_FAILED", "Account is suspended", PermissionDeniedError),
        (
            412,
            "PRECONDITION_FAILED",
            "Account a is suspended, possibly due to reaching the monthly spending limit",
            QuotaExceededError,
        ),
        (429, "RATE_LIMIT_EXCEEDED", "Slow down", RateLimitError),
        (500, "INTERNAL_SERVER_ERROR", "Oops", ServerError),
        (503, "SERVICE_UNAVAILABLE", "Full", OverloadedError),
    ],
)
def test_the_error_envelope_becomes_our_tree(
    status: int, code: str, message: str, kind: type[APIError]
) -> None:
    error = error_from_response(status, {}, refusal(code, message), FireworksDialect())
    assert type(error) is kind
    assert (error.status, error.code, error.message) == (status, code, message)
    assert error.provider == "fireworks"


def test_an_error_inside_a_stream_is_raised_not_swallowed() -> None:
    error = json.loads(refusal("rate_limit_exceeded", "Slow down"))
    with pytest.raises(RateLimitError, match="Slow down"):
        decode(frame({"content": "a"}), error)


# --- requests


def body(model: ChatFireworks, input: Any = "hi", *, stream: bool = False) -> dict[str, Any]:
    """The request that ``model`` would send, without sending it."""
    return model._encode(model._read(input), CallOptions(**model._options), stream=stream)


@pytest.mark.parametrize("name", [MODEL, "accounts/fireworks/models/x#accounts/me/deployments/y"])
def test_model_names_with_slashes_and_hashes_go_out_as_they_are(name: str) -> None:
    assert body(ChatFireworks(model=name))["model"] == name


def test_documented_parameters_go_out_under_their_names() -> None:
    settings: dict[str, Any] = {
        "max_tokens": 9,
        "top_k": 40,
        "min_p": 0.1,
        "repetition_penalty": 1.1,
        "mirostat_target": 5.0,
        "reasoning_effort": "low",
        "reasoning_history": "preserved",
        "context_length_exceeded_behavior": "error",
        "prompt_cache_isolation_key": "tenant",
        "perf_metrics_in_response": True,
        "response_format": {"type": "grammar", "grammar": 'root ::= "a"'},
        "logprobs": True,
        "top_logprobs": 3,
        "stop": ["x"],
        "seed": 7,
    }
    sent = body(ChatFireworks(model=MODEL, **settings))
    assert {name: sent[name] for name in settings} == settings
    assert sent.keys() == settings.keys() | {"model", "messages"}


def test_every_field_but_stream_usage_is_a_parameter_and_reaches_the_wire() -> None:
    own = set(ChatFireworks.model_fields) - set(WireModel.model_fields) - {"n"}
    for name in sorted(own):
        model = ChatFireworks(model=MODEL).model_copy(update={name: {"x": 1}})
        sent = body(model, stream=True)
        if name == "stream_usage":
            assert name not in sent
        else:
            assert sent[name]["x"] == 1, name


def test_a_field_of_a_users_subclass_is_no_parameter() -> None:
    class Ours(ChatFireworks):
        team: str = "blue"

    assert "team" not in body(Ours(model=MODEL))


def test_a_stream_asks_for_its_usage_unless_that_is_switched_off() -> None:
    assert body(ChatFireworks(model=MODEL), stream=True)["stream_options"] == {
        "include_usage": True
    }
    quiet = ChatFireworks(model=MODEL, stream_usage=False)
    assert "stream_options" not in body(quiet, stream=True)


def test_more_than_one_candidate_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="batch"):
        body(ChatFireworks(model=MODEL, n=2))


def test_images_go_in_and_videos_are_refused_by_name() -> None:
    seen = HumanMessage([TextBlock("what?"), ImageBlock(base64="aGk=", mime_type="image/png")])
    part = body(ChatFireworks(model=MODEL), [seen])["messages"][0]["content"][1]
    assert part == {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    with pytest.raises(InvalidParameterError, match="VideoBlock"):
        body(ChatFireworks(model=MODEL), [HumanMessage([VideoBlock("https://x/v.mp4")])])


def test_a_turn_of_another_vendor_keeps_text_and_calls_alone() -> None:
    said = AIMessage(
        [
            ReasoningBlock("hm", extras={"signature": "secret"}),
            TextBlock("a", extras={"item_id": "odd"}),
            ToolCall("f", {}, "toolu_1"),
        ],
        response_metadata={"model_provider": "anthropic"},
    )
    history = [HumanMessage("?"), said, ToolMessage("1", "toolu_1")]
    turn = body(ChatFireworks(model=MODEL), history)["messages"][1]
    assert turn["content"] == "a"
    assert "secret" not in json.dumps(turn)
    assert turn["tool_calls"][0]["id"] == "toolu_1"
