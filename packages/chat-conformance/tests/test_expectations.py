"""``compare`` and ``compare_error`` report every difference from a recording."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from chat_conformance.expectations import compare, compare_error, output_tokens_of
from chat_conformance.recordings import FOLDER_VARIABLE, Recording, load, recordings_dir
from chat_core import (
    AIMessage,
    APIError,
    AuthenticationError,
    Block,
    ContentFilterError,
    ContextLengthExceededError,
    InputTokenDetails,
    InvalidRequestError,
    InvalidToolCall,
    OutputTokenDetails,
    QuotaExceededError,
    RateLimitError,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCall,
    UsageMetadata,
)

EXPECTED: dict[str, Any] = {
    "text": "It is sunny.",
    "reasoning": "Look outside.",
    "tool_calls": [
        {"id": "c1", "name": "look", "args": {"where": "out"}},
        {"id": None, "name": "look", "args": {}},
    ],
    "finish_reason_raw": "tool_calls",
    "usage": {
        "input_tokens": 10,
        "output_tokens": 5,
        "total_tokens": None,
        "cached_input_tokens": 4,
        "reasoning_tokens": None,
    },
    "model": "m-1",
    "response_id": "r-1",
}


def answer(**changes: Any) -> Recording:
    expected = EXPECTED | changes
    return Recording({"id": "an-answer", "response": {"status": 200}, "expected": expected})


def failure(status: int = 400, expected: dict[str, Any] | None = None, **error: Any) -> Recording:
    wanted = {"status": status, "kind": "invalid_request", "message": "No."} | error
    wire = {"id": "a-failure", "response": {"status": status}, "expected_error": wanted}
    return Recording(wire | ({"expected": expected} if expected else {}))


def ideal(expected: dict[str, Any]) -> AIMessage:
    """The message that an ideal decoder makes of ``expected``."""
    usage = expected["usage"]
    calls = [
        ToolCall(call["name"], call["args"], id=call["id"] or f"made-{number}")
        for number, call in enumerate(expected["tool_calls"])
    ]
    texts: list[Block] = [
        ReasoningBlock(expected["reasoning"] or ""),
        TextBlock(expected["text"]),
        RefusalBlock(expected.get("refusal") or ""),
    ]
    return AIMessage(
        [*texts, *calls],
        id=expected["response_id"],
        response_metadata={
            "raw_finish_reason": expected["finish_reason_raw"],
            "model_name": expected["model"],
        },
        usage_metadata=UsageMetadata(
            input_tokens=usage["input_tokens"],
            output_tokens=output_tokens_of(usage),
            total_tokens=usage["total_tokens"],
            input_token_details=InputTokenDetails(cache_read=usage["cached_input_tokens"]),
            output_token_details=OutputTokenDetails(reasoning=usage["reasoning_tokens"]),
        ),
    )


def test_what_is_as_recorded_has_no_differences() -> None:
    assert compare(ideal(EXPECTED), answer()) == []


@pytest.mark.skipif(recordings_dir() is None, reason=f"no recordings; set {FOLDER_VARIABLE}")
def test_every_recorded_answer_can_be_met() -> None:
    met = [r for r in load() if r.expected and not r.raises]
    assert met
    assert [
        (r.id, found) for r in met if (found := compare(ideal(dict(r.expected or {})), r))
    ] == []


@pytest.mark.parametrize(
    ("field", "value", "reported"),
    [
        ("text", "It is sunny", "content: got 'It is sunny.', expected 'It is sunny'"),
        ("reasoning", None, "reasoning: got 'Look outside.', expected None"),
        ("refusal", "I will not.", "refusal: got None, expected 'I will not.'"),
        ("finish_reason_raw", None, "raw_finish_reason: got 'tool_calls', expected None"),
        ("model", "m-2", "model_name: got 'm-1', expected 'm-2'"),
        ("response_id", "r-2", "id: got 'r-1', expected 'r-2'"),
    ],
)
def test_each_field_that_differs_is_reported(field: str, value: str | None, reported: str) -> None:
    assert compare(ideal(EXPECTED), answer(**{field: value})) == [reported]


@pytest.mark.parametrize(
    ("field", "reported"),
    [
        ("input_tokens", "usage.input_tokens: got 10, expected 7"),
        ("output_tokens", "usage.output_tokens: got 5, expected 7"),
        ("total_tokens", "usage.total_tokens: got None, expected 7"),
        ("cached_input_tokens", "usage.input_token_details.cache_read: got 4, expected 7"),
        ("reasoning_tokens", "usage.output_token_details.reasoning: got None, expected 7"),
    ],
)
def test_each_count_that_differs_is_reported(field: str, reported: str) -> None:
    usage = EXPECTED["usage"] | {field: 7}
    assert compare(ideal(EXPECTED), answer(usage=usage)) == [reported]


def test_zero_tokens_are_not_unknown_tokens() -> None:
    zero = EXPECTED["usage"] | {"reasoning_tokens": 0}
    assert len(compare(ideal(EXPECTED | {"usage": zero}), answer())) == 1


def test_no_usage_at_all_differs_from_reported_usage() -> None:
    message = ideal(EXPECTED)
    message.usage_metadata = None
    assert len(compare(message, answer())) == 3


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ({"args": {"where": "in"}}, "tool_calls[0].args"),
        ({"id": "c2"}, "tool_calls[0].id"),
        ({"name": "see"}, "tool calls"),
    ],
)
def test_each_part_of_a_tool_call_that_differs_is_reported(
    change: dict[str, Any], reported: str
) -> None:
    message = ideal(EXPECTED)
    first, second = message.tool_calls
    message.blocks = (*message.blocks[:3], replace(first, **change), second)
    (difference,) = compare(message, answer())
    assert difference.startswith(f"{reported}:")


@pytest.mark.parametrize("made", [None, "", "c1"])
def test_a_call_without_a_recorded_id_needs_one_of_its_own(made: str | None) -> None:
    message = ideal(EXPECTED)
    message.blocks = (*message.blocks[:4], replace(message.tool_calls[1], id=made))
    (difference,) = compare(message, answer())
    assert difference.startswith("tool calls without an id of their own:")


def test_an_invalid_call_is_not_the_recorded_call() -> None:
    message = ideal(EXPECTED)
    message.blocks = (*message.blocks[:4], InvalidToolCall("look", "{"))
    reported = [difference.partition(":")[0] for difference in compare(message, answer())]
    assert reported == ["tool calls", "invalid tool calls"]


def test_a_long_difference_is_shown_where_it_is() -> None:
    long = "a" * 500
    (reported,) = compare(ideal(EXPECTED | {"text": f"{long}bc"}), answer(text=f"{long}xc"))
    assert "character 500 of 502" in reported
    assert len(reported) < 250


def test_the_right_error_has_no_differences() -> None:
    error = InvalidRequestError("The vendor: No.", status=400, code="bad")
    assert compare_error(error, failure(code="bad")) == []


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ({"status": 422}, "status: got 422, expected 400"),
        ({"code": None}, "code: got 'None', expected 'bad'"),
        ({"message": "Nay."}, "message: 'No.' is not in 'Nay.'"),
    ],
)
def test_each_part_of_an_error_that_differs_is_reported(
    change: dict[str, Any], reported: str
) -> None:
    facts: dict[str, Any] = {"message": "No.", "status": 400, "code": "bad"} | change
    assert compare_error(InvalidRequestError(**facts), failure(code="bad")) == [reported]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("invalid_request", ContextLengthExceededError("No.", status=400)),
        ("context_length", InvalidRequestError("No.", status=400)),
        ("authentication", InvalidRequestError("No.", status=400)),
        ("rate_limit", APIError("No.", status=400)),
        ("server_error", ValueError("No.")),
    ],
)
def test_the_class_is_that_of_the_kind_and_no_other(kind: str, wrong: Exception) -> None:
    (reported,) = compare_error(wrong, failure(kind=kind))
    assert reported.startswith(f"class: got {type(wrong).__name__}")


def test_a_used_up_quota_is_a_rate_limit() -> None:
    error = QuotaExceededError("No.", status=429)
    assert compare_error(error, failure(429, kind="rate_limit")) == []


def test_a_code_that_repeats_the_status_asks_for_nothing() -> None:
    error = AuthenticationError("No.", status=401, code="UNAUTHENTICATED")
    assert compare_error(error, failure(401, kind="authentication", code="401")) == []


def test_a_list_of_problems_is_compared_one_by_one() -> None:
    recording = failure(422, message='[{"msg": "Field required"}, {"msg": "Too long"}]')
    (reported,) = compare_error(InvalidRequestError("Field required", status=422), recording)
    assert "'Too long'" in reported


@pytest.mark.parametrize(
    ("status", "right"), [(429, True), (400, True), (200, False), (503, False)]
)
def test_an_error_inside_an_answer_has_the_status_of_its_http_twin(
    status: int, right: bool
) -> None:
    recording = failure(200, kind="rate_limit", expected=EXPECTED | {"reasoning": None})
    reported = compare_error(RateLimitError("No.", status=status), recording)
    assert [difference.partition(":")[0] for difference in reported] == (
        [] if right else ["status"]
    )


def test_an_error_inside_an_answer_carries_what_came_before() -> None:
    recording = failure(200, expected=EXPECTED, partial_text="It is")
    reported = compare_error(InvalidRequestError("No.", status=400), recording)
    assert [line.partition(":")[0] for line in reported] == ["partial.content", "partial.reasoning"]
    partial = AIMessage([ReasoningBlock("Look outside."), TextBlock("It is")])
    assert compare_error(InvalidRequestError("No.", status=400, partial=partial), recording) == []


def test_a_blocked_prompt_names_the_reason() -> None:
    recording = answer(block_reason="MODEL_ARMOR", reasoning=None)
    assert compare_error(ContentFilterError("prompt blocked: MODEL_ARMOR"), recording) == []
    assert len(compare_error(ContentFilterError("prompt blocked"), recording)) == 1


def test_answers_and_errors_are_not_mixed_up() -> None:
    with pytest.raises(ValueError, match="compare_error"):
        compare(ideal(EXPECTED), failure())
    with pytest.raises(ValueError, match="must not raise"):
        compare_error(InvalidRequestError("No."), answer())
