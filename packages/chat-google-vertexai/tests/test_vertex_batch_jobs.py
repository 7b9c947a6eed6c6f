"""Batch jobs of Vertex AI: who gets the token, and what statuses and lines mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import APIError, AuthenticationError
from chat_core.provider import JobState, Operation, Request
from chat_google_vertexai import ChatVertexAI
from chat_google_vertexai.batch_jobs import VertexJobs
from google.oauth2 import credentials

JOBS = VertexJobs("google-vertexai", "https://storage.googleapis.com")
NAME = "projects/p1/locations/global/batchPredictionJobs/7"


def head(path: str) -> Any:
    make: Any = credentials.Credentials  # which google-auth has not typed
    model = ChatVertexAI(model="gemini-x", project="p1", credentials=make("a-token"))
    transport: Any = model._transport()
    return transport.operation_head(Request({}, operation=Operation(path, str)))


def test_vertex_and_cloud_storage_get_the_token_and_no_other_host() -> None:
    found = {
        path: head(path).headers.get("authorization")
        for path in (
            "batchPredictionJobs",
            "https://storage.googleapis.com/storage/v1/b/pond/o",
            "https://storage.googleapis.com.example/storage/v1/b/pond/o",
            "https://storage.example/storage/v1/b/pond/o",
        )
    }
    assert list(found.values()) == ["Bearer a-token", "Bearer a-token", None, None]
    assert head("batchPredictionJobs").url.endswith(
        "/projects/p1/locations/global/batchPredictionJobs"
    )


def test_an_emulator_of_cloud_storage_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:9")
    assert head("http://127.0.0.1:9/storage/v1/b").headers["authorization"] == "Bearer a-token"
    assert "authorization" not in head("https://storage.googleapis.com/storage/v1/b").headers


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("JOB_STATE_QUEUED", JobState.WAITING),
        ("JOB_STATE_PAUSED", JobState.RUNNING),
        ("JOB_STATE_PARTIALLY_SUCCEEDED", JobState.COMPLETED),
        ("JOB_STATE_EXPIRED", JobState.EXPIRED),
    ],
)
def test_a_state_of_google_is_one_of_ours(word: str, state: JobState) -> None:
    assert JOBS.read_status({"name": NAME, "state": word}).state is state


def test_rows_are_counted_and_an_error_beside_a_success_is_none_of_the_job() -> None:
    stats = {"successfulCount": "3", "failedCount": "1", "incompleteCount": "-1"}
    wire = {"name": NAME, "state": "JOB_STATE_SUCCEEDED", "completionStats": stats}
    status = JOBS.read_status({**wire, "error": {"code": 3, "message": "one row"}})
    counts = status.counts
    assert (counts.total, counts.succeeded, counts.failed) == (4, 3, 1)
    assert status.error is None


def test_a_label_says_which_row_a_request_is_beside_labels_of_the_caller() -> None:
    for labels in (None, {"team": "pond"}):
        request = json.loads(JOBS.row("row-1", {"labels": labels, "contents": []}))["request"]
        assert request["labels"] == {**(labels or {}), "chat-batch-row": "row-1"}


@pytest.mark.parametrize(
    ("status", "kind", "named"),
    [
        ('Bad Request: {"error": {"code": 401, "message": "who?"}}', AuthenticationError, "who?"),
        ("Internal error {half", APIError, "Internal error {half"),
        ("", APIError, "neither answer nor error"),
    ],
)
def test_a_row_without_an_answer_has_the_error_of_its_status(
    status: str, kind: type[APIError], named: str
) -> None:
    error = JOBS._error(status)
    assert isinstance(error, kind)
    assert named in str(error)
    assert error.provider == "google-vertexai"
