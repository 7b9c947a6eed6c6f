"""Answers and errors as servers spell them that imitate Google's API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    APIError,
    ContentFilterError,
    ContextLengthExceededError,
    MalformedResponseError,
    NonStandardBlock,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    StreamInterruptedError,
)
from gemini_wire import STOP, Wire, call, streamed, text, whole, wire_of

DECODERS: list[Callable[..., AIMessage]] = [streamed, whole]


def calls(message: AIMessage) -> list[tuple[str, dict[str, Any]]]:
    assert message.invalid_tool_calls == []
    return [(made.name, made.args) for made in message.tool_calls]


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    "candidates",
    [
        {"content": {"parts": [{"text": "Salut"}]}, "finishReason": "STOP"},
        [{"content": {"parts": {"text": "Salut"}}, "finishReason": "STOP"}],
        [{"content": {"parts": ["Salut"]}, "finishReason": "STOP"}],
        [{"content": [{"text": "Salut"}], "finishReason": "STOP"}],
        [{"content": "Salut", "finishReason": "STOP"}],
        [{"index": 1, "content": {"parts": [{"text": "Salut"}]}, "finishReason": "STOP"}],
    ],
)
def test_an_object_or_text_in_the_place_of_a_list_is_read(decode: Any, candidates: Any) -> None:
    message = decode({"candidates": candidates})
    assert (message.content, message.finish_reason) == ("Salut", "stop")


def test_text_goes_on_whatever_spelling_the_next_object_has() -> None:
    odd: list[Wire] = [{"candidates": [{"content": "b"}]}, {"candidates": [None]}]
    assert streamed(text("a"), *odd, text("c"), STOP).content == "abc"


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    "part",
    [
        {"functionCall": {"name": "look", "args": '{"city": "Bern"}'}},
        {"function_call": {"name": "look", "args": {"city": "Bern"}}},
    ],
)
def test_arguments_as_text_and_names_with_underscores_are_read(decode: Any, part: Wire) -> None:
    message = decode(wire_of(part, finish="STOP"))
    assert calls(message) == [("look", {"city": "Bern"})]


def test_arguments_that_are_other_text_make_the_call_invalid() -> None:
    message = streamed(call("look", args='{"city": "Be', finish="STOP"))
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0].args == '{"city": "Be'


def test_a_call_that_comes_again_is_one_call() -> None:
    made = call("pay", id="c1", args={"sum": 5})
    assert calls(streamed(made, made, STOP)) == [("pay", {"sum": 5})]


@pytest.mark.parametrize("again", [{"id": "c2"}, {"id": "c1", "args": {"sum": 6}}, {"id": None}])
def test_a_call_with_another_id_or_other_arguments_is_another(again: Wire) -> None:
    first: dict[str, Any] = {"id": "c1", "args": {"sum": 5}}
    found = streamed(call("pay", **first), call("pay", **{**first, **again}), STOP)
    assert len(found.tool_calls) == 2


def test_a_thought_may_hold_its_text() -> None:
    message = streamed(wire_of({"thought": "Hm."}), text("Yes", "STOP"))
    assert (message.reasoning, message.content) == ("Hm.", "Yes")


@pytest.mark.parametrize("part", [{"fileData": {"mimeType": "image/png"}}, {"executableCode": "1"}])
def test_a_part_that_lacks_its_content_is_kept_as_it_came(part: Wire) -> None:
    (block, _) = streamed(wire_of(part, {"text": "Yes"}, finish="STOP")).blocks
    assert isinstance(block, NonStandardBlock)
    assert block.value == part


# --- ends


def test_an_unspecified_finish_reason_proves_no_end() -> None:
    with pytest.raises(StreamInterruptedError):
        streamed(text("a", "FINISH_REASON_UNSPECIFIED"), text("b", "FINISH_REASON_UNSPECIFIED"))
    message = streamed(text("a", "FINISH_REASON_UNSPECIFIED"), text("b", "STOP"))
    assert (message.content, message.finish_reason) == ("ab", "stop")


@pytest.mark.parametrize(
    ("word", "ours"), [("stop", "stop"), ("max_tokens", "length"), ("length", "length")]
)
def test_a_finish_reason_may_be_in_lower_case(word: str, ours: str) -> None:
    assert streamed(text("a", word)).finish_reason == ours


@pytest.mark.parametrize("decode", DECODERS)
def test_a_blocked_prompt_may_come_with_an_empty_candidate(decode: Any) -> None:
    with pytest.raises(ContentFilterError, match="SAFETY"):
        decode({"candidates": [{"index": 0}], "promptFeedback": {"blockReason": "SAFETY"}})


def test_a_candidate_without_parts_and_reason_is_no_answer() -> None:
    with pytest.raises(MalformedResponseError) as seen:
        whole({"candidates": [{"content": {"role": "model"}}]})
    assert seen.value.is_retryable


# --- counts and citations


def test_counts_may_be_text_or_floats() -> None:
    usage = {"promptTokenCount": "3", "candidatesTokenCount": 2.0, "promptTokensDetails": {}}
    found = streamed(text("a", "STOP", usageMetadata=usage)).usage_metadata
    assert found is not None
    assert (found.input_tokens, found.output_tokens) == (3, 2)


@pytest.mark.parametrize(("total", "output"), [(30, 20), (35, 25), (None, 25)])
def test_thoughts_are_added_unless_the_total_counts_them_among_the_candidates(
    total: int | None, output: int
) -> None:
    counts = {"promptTokenCount": 10, "candidatesTokenCount": 20, "thoughtsTokenCount": 5}
    usage = {**counts, "totalTokenCount": total}
    found = streamed(text("a", "STOP", usageMetadata=usage)).usage_metadata
    assert found is not None
    assert (found.output_tokens, found.output_token_details.reasoning) == (output, 5)


def test_nulls_and_text_in_grounding_are_survived() -> None:
    segment = {"startIndex": "0", "endIndex": "3", "text": "Yes"}
    grounding = {
        "groundingChunks": [{"web": {"uri": "http://source"}}, None],
        "groundingSupports": [
            None,
            {"segment": None, "groundingChunkIndices": None},
            {"segment": segment, "groundingChunkIndices": [0, 1]},
        ],
    }
    wire = text("Yes", "STOP")
    wire["candidates"][0]["groundingMetadata"] = grounding
    wire["candidates"][0]["citationMetadata"] = {"citations": [None]}
    (block,) = streamed(wire).blocks
    (citation,) = block.citations  # type: ignore[union-attr]
    assert (citation.url, citation.start_index, citation.end_index) == ("http://source", 0, 3)


# --- errors


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ({"detail": "broken"}, APIError, "broken"),
        ({"detail": [{"msg": "broken"}]}, APIError, "broken"),
        ({"error_code": 17, "error_msg": "broken"}, APIError, "broken"),
        ({"base_resp": {"status_code": 1008, "status_msg": "no credit"}}, QuotaExceededError, "no"),
        ({"base_resp": {"status_code": 1002, "status_msg": "slow"}}, RateLimitError, "slow"),
        ({"error": {"type": "overloaded_error", "message": "full"}}, OverloadedError, "full"),
        (
            {"error": {"code": "context_length_exceeded", "message": "long"}},
            ContextLengthExceededError,
            "long",
        ),
        (
            {"error": {"code": "insufficient_quota", "message": "spent"}},
            QuotaExceededError,
            "spent",
        ),
        ({"error": {"code": "content_filter", "message": "bad"}}, ContentFilterError, "bad"),
    ],
)
def test_errors_of_other_servers_have_their_class_and_message(
    decode: Any, body: Wire, kind: type[APIError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        decode(body)


@pytest.mark.parametrize(
    ("code", "word", "message", "kind"),
    [
        (429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.", QuotaExceededError),
        (
            400,
            "INVALID_ARGUMENT",
            "The input token count is 9 but model only supports up to 8.",
            ContextLengthExceededError,
        ),
    ],
)
def test_causes_that_have_no_code_are_found_by_their_words(
    code: int, word: str, message: str, kind: type[APIError]
) -> None:
    with pytest.raises(kind):
        whole({"error": {"code": code, "status": word, "message": message}})


@pytest.mark.parametrize("decode", DECODERS)
def test_what_other_servers_tell_beside_the_answer_is_kept(decode: Any) -> None:
    facts = {"citations": ["http://source"], "search_results": [{"url": "u"}], "timings": {"n": 1}}
    metadata = decode({**text("Yes", "STOP"), **facts}).response_metadata
    assert {name: metadata[name] for name in facts} == facts


def test_a_base_resp_of_success_is_no_error() -> None:
    base = {"status_code": 0, "status_msg": "success"}
    assert whole({**text("Yes", "STOP"), "base_resp": base}).content == "Yes"
