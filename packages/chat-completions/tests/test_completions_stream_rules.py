"""What every stream must survive: an end without proof, errors inside it, nulls, repeats."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from chat_core import (
    AuthenticationError,
    ContextLengthExceededError,
    InvalidRequestError,
    MalformedResponseError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from completions_wire import (
    DIALECTS,
    GATEWAY,
    answer,
    body,
    call,
    event,
    merged,
    read,
    reply,
    reply_body,
    stop,
    text,
)

# --- the end needs proof


def test_a_finish_reason_alone_proves_the_end() -> None:
    message = answer(text("hi"), stop(), done=False)
    assert (message.content, message.finish_reason) == ("hi", "stop")


def test_done_alone_proves_the_end_for_reasons_unknown() -> None:
    message = answer(text("hi"))
    assert message.finish_reason == "other"
    assert message.response_metadata["raw_finish_reason"] is None


def test_a_body_that_ends_without_proof_is_an_interruption_with_what_arrived() -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        read(body(text("half an ans"), done=False))
    assert caught.value.partial is not None
    assert caught.value.partial.content == "half an ans"
    assert caught.value.partial.finish_reason is None


def test_a_stream_that_never_says_anything_but_its_end_is_whole_and_empty() -> None:
    assert answer(stop()).blocks == ()


# --- errors inside a 200 stream


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"error": {"message": "busy", "code": "overloaded"}}, OverloadedError, 503),
        ({"error": {"message": "slow down", "code": 429}}, RateLimitError, 429),
        ({"error": {"message": "slow down", "code": "429"}}, RateLimitError, 429),
        ({"error": {"message": "pay", "code": "insufficient_quota"}}, QuotaExceededError, 429),
        ({"error": {"message": "no", "type": "invalid_request_error"}}, InvalidRequestError, 400),
        ({"error": {"message": "bad tool", "status_code": 400}}, InvalidRequestError, 400),
        ({"error": {"message": "key", "type": "authentication_error"}}, AuthenticationError, 401),
        ({"error": {"message": "boom"}}, ServerError, 500),
        ({"error": "boom"}, ServerError, 500),
        ({"object": "error", "message": "boom", "type": "internal", "code": 500}, ServerError, 500),
        (
            {"message": "too long", "code": "context_length_exceeded"},
            ContextLengthExceededError,
            400,
        ),
        ({"detail": "boom"}, ServerError, 500),
    ],
)
def test_an_error_inside_a_stream_is_the_class_and_status_of_its_http_twin(
    error: dict[str, object], kind: type[ServerError], status: int
) -> None:
    for before in ([], [event({"role": "assistant", "content": ""})], [text("par"), text("tial")]):
        with pytest.raises(kind) as caught:
            read(body(*before, error, done=False))
        assert (caught.value.status, caught.value.provider) == (status, "openai")
        assert caught.value.partial is not None
        assert caught.value.partial.content == ("partial" if len(before) == 2 else "")


def test_an_error_event_is_an_error_whatever_its_object_looks_like() -> None:
    data = b'event: error\ndata: {"reason": "gone"}\n\n'
    with pytest.raises(ServerError, match="gone"):
        read(data)


def test_an_error_beside_choices_is_an_error() -> None:
    broken = event({"content": ""}, finish="error", error={"code": 502, "message": "upstream"})
    with pytest.raises(ServerError, match="upstream"):
        read(body(text("a"), broken))


def test_an_error_beside_text_is_an_error() -> None:
    with pytest.raises(ServerError, match="upstream"):
        read(body(text("a"), event({"content": "b"}, error={"code": 502, "message": "upstream"})))


def test_an_error_inside_the_choice_is_an_error() -> None:
    broken = event({"content": ""}, finish="error")
    broken["choices"][0]["error"] = {"code": 429, "message": "upstream is full"}
    with pytest.raises(RateLimitError, match="upstream is full"):
        read(body(text("a"), broken))
    with pytest.raises(RateLimitError):
        reply({"content": ""}, finish="error", choice=broken["choices"][0])


def test_words_beside_choices_that_an_error_would_use_are_no_error() -> None:
    said: dict[str, Any] = {"message": "m", "type": "t", "code": 1, "detail": "d"}
    assert answer(event({}, **said), text("a"), stop()).content == "a"


def test_an_error_field_that_is_null_is_no_error() -> None:
    assert answer(event({"content": "a"}, error=None), stop()).content == "a"


def test_an_error_object_as_a_whole_answer_with_status_200_is_an_error() -> None:
    with pytest.raises(RateLimitError):
        reply_body(b'{"error": {"message": "wait", "type": "rate_limit_error"}}')


def test_a_finish_reason_of_error_without_an_error_is_kept() -> None:
    assert answer(text("a"), stop("error")).finish_reason == "error"


# --- null and emptiness


def test_empty_and_null_fields_bring_nothing_and_break_nothing() -> None:
    message = answer(
        {"id": "", "model": "", "choices": []},
        {"id": None, "model": None, "choices": None},
        {"choices": [{"index": 0, "delta": None, "finish_reason": None}]},
        {"choices": [{"delta": {"role": "", "content": None, "tool_calls": None}}]},
        event({"role": "assistant", "content": "", "refusal": None, "reasoning": None}),
        text("a"),
        {"choices": [None]},
        stop(""),
        stop(),
    )
    assert message.content == "a"
    assert (message.id, message.response_metadata["model_name"]) == ("chatcmpl-1", "m-1")
    assert [block.type for block in message.blocks] == ["text"]


EVERYTHING: dict[str, Any] = {
    "id": "x",
    "model": "m",
    "created": 1,
    "service_tier": "flex",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": {"content": [{"token": "a"}]},
            "content_filter_results": {"hate": {"filtered": False}},
            "delta": {
                "role": "assistant",
                "content": [{"type": "text", "text": "a"}],
                "reasoning": "hm",
                "reasoning_details": [{"type": "reasoning.text", "text": "hm", "index": 0}],
                "refusal": "no",
                "annotations": [{"type": "url_citation", "url_citation": {"url": "u"}}],
                "audio": {"id": "au", "data": "AAA=", "transcript": "t"},
                "images": [{"type": "image_url", "image_url": {"url": "u"}}],
                "function_call": {"name": "f", "arguments": "{}"},
                "tool_calls": [
                    {"index": 0, "id": "1", "function": {"name": "f", "arguments": "{}"}},
                    {"index": 1, "id": "2", "custom": {"name": "f", "input": "x"}},
                ],
            },
        }
    ],
    "usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}},
}


def places(wire: Any, *so_far: Any) -> list[tuple[Any, ...]]:
    if not isinstance(wire, dict | list):
        return []
    keys = list(wire) if isinstance(wire, dict) else list(range(len(wire)))
    return [p for key in keys for p in [(*so_far, key), *places(wire[key], *so_far, key)]]


@pytest.mark.parametrize("place", places(EVERYTHING), ids=lambda p: ".".join(map(str, p)))
def test_null_may_stand_anywhere(place: tuple[Any, ...]) -> None:
    wire = inner = deepcopy(EVERYTHING)
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = None
    answer(wire, stop())
    choice = wire["choices"] and wire["choices"][0]
    if choice and choice["delta"]:
        reply(choice["delta"], usage=wire["usage"])


def test_an_object_that_brings_nothing_gives_no_chunk() -> None:
    chunks = read(body(text("a"), event({"role": "assistant"}), event({"content": None}), stop()))
    assert len(chunks) == 2


def test_identity_goes_out_once() -> None:
    chunks = read(body(text("a"), text("b"), stop()))
    assert [chunk.id for chunk in chunks] == ["chatcmpl-1", None, None]
    assert ["model_provider" in chunk.response_metadata for chunk in chunks] == [True, False, False]


def test_a_fact_goes_out_again_only_when_it_changes() -> None:
    chunks = read(body(*[event(service_tier="flex") for _ in range(3)]))
    assert [c.response_metadata.get("service_tier") for c in chunks] == ["flex", None]


def test_an_answer_without_choices_is_malformed() -> None:
    for data in (b'{"choices": []}', b'{"choices": null}', b'{"ok": true}', b"[]", b"null"):
        with pytest.raises(MalformedResponseError):
            reply_body(data)


def test_a_page_or_an_empty_body_is_malformed() -> None:
    for data in (b"<html>sign in</html>", b""):
        with pytest.raises(MalformedResponseError):
            reply_body(data)
        with pytest.raises(MalformedResponseError):
            read(data)


# --- repeats


def test_a_finish_reason_that_comes_twice_is_replaced() -> None:
    message = answer(text("a"), stop(), stop())
    assert message.response_metadata["raw_finish_reason"] == "stop"


@pytest.mark.parametrize("where", ["top", "choice", "x_groq"])
def test_usage_is_a_snapshot_wherever_it_sits_and_never_a_sum(where: str) -> None:
    def with_usage(words: str, count: int | None, finish: str | None = None) -> dict[str, object]:
        usage = {"prompt_tokens": 5, "completion_tokens": count, "total_tokens": None}
        wire = event({"content": words}, finish=finish)
        if where == "choice":
            wire["choices"][0]["usage"] = usage
        elif where == "top":
            wire["usage"] = usage
        else:
            wire["x_groq"] = {"usage": usage}
        return wire

    message = answer(
        with_usage("a", 1), with_usage("b", 2), with_usage("", 3, "stop"), dialect=DIALECTS["groq"]
    )
    assert message.usage_metadata is not None
    assert message.usage_metadata.input_tokens == 5
    assert message.usage_metadata.output_tokens == 3
    assert message.usage_metadata.total_tokens is None
    assert message.content == "ab"


def test_usage_comes_last_with_no_choices() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    message = answer(text("a"), stop(), {"choices": [], "usage": usage})
    assert message.usage_metadata is not None
    assert message.usage_metadata.total_tokens == 3


def test_cached_tokens_are_found_in_every_spelling() -> None:
    for said in (
        {"prompt_tokens_details": {"cached_tokens": 7}},
        {"prompt_token_details": {"cached_tokens": 7}},
        {"prompt_cache_hit_tokens": 7},
        {"num_cached_tokens": 7},
        {"cached_tokens": 7},
    ):
        usage = reply({"content": "a"}, usage={"prompt_tokens": 9, **said}).usage_metadata
        assert usage is not None
        assert usage.input_token_details.cache_read == 7
        assert usage.output_token_details.reasoning is None


def test_the_servers_usage_is_kept_as_it_was() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "cost": 0.5}
    assert reply({"content": "a"}, usage=usage).response_metadata["token_usage"] == usage


# --- other candidates, other shapes


def test_only_the_first_candidate_is_read() -> None:
    other = event({"content": "OTHER"})
    other["choices"][0]["index"] = 1
    assert answer(text("a"), other, text("b"), stop()).content == "ab"


def test_a_whole_answer_put_into_one_event_is_read() -> None:
    wire = {"id": "x", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
    assert answer(wire).content == "hi"


def test_a_server_that_ignores_stream_is_read_as_a_whole_answer() -> None:
    data = b'{"id": "x", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}'
    assert merged(read(data)).content == "hi"


def test_unknown_fields_and_events_change_no_block_and_no_reason() -> None:
    plain = [text("a"), call("{}", id="1", name="f"), stop()]
    noisy = [
        {**wire, "x": {"y": [1]}, "choices": [{**wire["choices"][0], "z": 1}]} for wire in plain
    ]
    for wire in noisy:
        wire["choices"][0]["delta"] = {**wire["choices"][0]["delta"], "unheard_of": {"a": "b"}}
    kept, expected = answer(*noisy), answer(*plain)
    assert (kept.blocks, kept.finish_reason) == (expected.blocks, expected.finish_reason)
    assert answer({"type": "ping"}, *plain) == answer(*plain)


def test_think_tags_inside_content_stay_in_the_text() -> None:
    message = answer(text("<thi"), text("nk>hm</think>"), text("yes"), stop())
    assert message.content == "<think>hm</think>yes"
    assert message.reasoning == ""


def test_a_gateways_own_dialect_names_itself() -> None:
    message = answer(text("a"), stop(), dialect=GATEWAY)
    assert message.response_metadata["model_provider"] == "openai-compatible"
