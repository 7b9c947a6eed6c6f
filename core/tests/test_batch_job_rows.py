"""Rows of a vendor's batch job: their bodies, and what their answers mean."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core.errors import (
    ChatError,
    InvalidParameterError,
    MalformedResponseError,
    RateLimitError,
)
from chat_core.models.batch_jobs import JobAnswer, JobState, decode_answer, encode_row, read_line
from letters_model import LettersModel


def model(**options: Any) -> LettersModel:
    return LettersModel(model="letters").bind(**options) if options else LettersModel()


def test_a_row_has_the_body_that_invoke_would_send() -> None:
    asked = model(extra_body={"tier": "batch"})
    assert encode_row(asked, "hi") == {"text": "hi", "stream": False, "tier": "batch"}


@pytest.mark.parametrize("name", ["extra_headers", "extra_query"])
def test_a_row_refuses_what_only_a_request_of_its_own_could_carry(name: str) -> None:
    with pytest.raises(InvalidParameterError, match=name):
        encode_row(model(**{name: {"x": "1"}}), "hi")


def test_an_answer_is_the_message_that_the_same_request_would_bring() -> None:
    answer = JobAnswer("a", {"t": "Trout.", "end": "stop"}, request_id="req-1")
    message = decode_answer(model(), answer)
    assert message.content == "Trout."
    assert message.response_metadata["request_id"] == "req-1"


def test_an_answer_with_an_error_status_is_the_error_of_that_status() -> None:
    with pytest.raises(RateLimitError) as raised:
        decode_answer(model(), JobAnswer("a", {}, status=429, request_id="req-1"))
    assert raised.value.request_id == "req-1"


def test_an_error_that_the_vendor_names_without_a_body_is_raised_as_it_is() -> None:
    error = RateLimitError("expired")
    with pytest.raises(ChatError) as raised:
        decode_answer(model(), JobAnswer("a", error=error))
    assert raised.value is error


@pytest.mark.parametrize("line", [b"{", b"[1]", b"7"])
def test_a_line_that_is_no_json_object_is_named(line: bytes) -> None:
    with pytest.raises(MalformedResponseError, match="line of the results"):
        read_line(line)


def test_a_line_is_its_json_object() -> None:
    assert read_line(b'{"id": "a"}') == {"id": "a"}


def test_a_job_is_over_unless_it_waits_runs_or_is_being_cancelled() -> None:
    assert [state.value for state in JobState if not state.is_over] == [
        "waiting",
        "running",
        "cancelling",
    ]
