"""A batch from its rows to its results: what is asked, kept, and not asked again."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_files import MODEL, echo, questions, results_by_id, write_rows
from chat_batch import (
    BatchStoppedError,
    Counts,
    OtherRunError,
    Row,
    arun_batch,
    error_from_json,
    error_to_json,
    read_results,
    run_batch,
)
from chat_conformance import ErrorReply, OfflineServer
from chat_core import (
    AIMessage,
    ChatError,
    ContentFilterError,
    InvalidParameterError,
    Message,
    RateLimitError,
    SystemMessage,
)
from chat_core.testing import FakeChatModel


def test_each_row_is_asked_once_and_its_answer_kept(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", questions(30))
    out = tmp_path / "results.jsonl"
    with OfflineServer(echo) as server:
        summary = run_batch(rows, model=server.model(MODEL), out=out, max_concurrency=7)
        assert len(server.calls) == 30
    assert (summary.rows, summary.succeeded, summary.failed) == (30, 30, 0)
    found = results_by_id(out)
    assert len(found) == 30
    message = found["row-4"].message
    assert message is not None
    assert message.content == "You asked: Question 4"
    assert found["row-4"].usage == message.usage_metadata
    assert (found["row-4"].model, found["row-4"].attempts) == (MODEL, 1)
    assert found["row-4"].seconds > 0


def test_the_same_call_asks_nothing_again(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    with OfflineServer(echo) as server:
        model = server.model(MODEL)
        run_batch(questions(5), model=model, out=out)
        before = out.read_bytes()
        summary = run_batch(questions(8), model=model, out=out)
        assert len(server.calls) == 8
    assert (summary.rows, summary.finished_before, summary.succeeded) == (8, 5, 3)
    assert out.read_bytes().startswith(before)


def test_a_failed_row_keeps_its_error_and_is_asked_again_when_wanted(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    blocked = {"Question 1"}

    def answer(messages: list[Message]) -> Any:
        if messages[-1].content in blocked:
            return ErrorReply("content_filter", message="This prompt was blocked.")
        return echo(messages)

    with OfflineServer(answer) as server:
        model = server.model(MODEL)
        assert run_batch(questions(3), model=model, out=out).failed == 1
        error = results_by_id(out)["row-1"].error
        assert isinstance(error, ContentFilterError)
        assert (error.message, error.status, error.code, error.provider) == (
            "This prompt was blocked.",
            400,
            "content_filter",
            "groq",
        )
        assert error.request_id
        blocked.clear()
        assert run_batch(questions(3), model=model, out=out).succeeded == 0
        again = run_batch(questions(3), model=model, out=out, retry_failed=True)
        assert (again.succeeded, again.finished_before, len(server.calls)) == (1, 2, 4)
    assert results_by_id(out)["row-1"].error is None
    assert len(out.read_text().splitlines()) == 4


def test_a_result_is_read_back_as_the_message_that_arrived(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    answer = AIMessage("Ünïcode 🐟\nand a line", response_metadata={"finish_reason": "stop"})
    run_batch([{"id": 7, "input": "x"}], model=FakeChatModel(responses=[answer]), out=out)
    line = json.loads(out.read_text())
    assert list(line) == "id message error usage seconds model attempts digest".split()
    [result] = read_results(out)
    assert result.id == 7
    assert result.message is not None
    assert result.message.blocks == answer.blocks
    assert pickle.loads(pickle.dumps(result)) == result


@pytest.mark.parametrize(
    "error",
    [
        RateLimitError("slow down", provider="groq", status=429, retry_after=3.5, code="rate"),
        InvalidParameterError("no such setting"),
        ChatError("something else"),
    ],
)
def test_an_error_is_read_back_with_its_class_and_facts(error: ChatError) -> None:
    found = error_from_json(json.loads(json.dumps(error_to_json(error))))
    assert type(found) is type(error)
    assert error_to_json(found) == error_to_json(error)


def test_an_exception_that_is_not_ours_is_named_in_the_result(tmp_path: Path) -> None:
    class Broken(FakeChatModel):
        def _generate(self, messages: list[Message], **options: object) -> AIMessage:
            raise KeyError("a bug")

        async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
            raise KeyError("a bug")

    out = tmp_path / "results.jsonl"
    summary = run_batch(questions(1), model=Broken(responses=["x"]), out=out)
    assert summary.failed == 1
    assert "KeyError: 'a bug'" in str(results_by_id(out)["row-0"].error)


@pytest.mark.parametrize(
    ("value", "kept"),
    [("half \ud83d", "half \ufffd"), (b"\xff", repr(b"\xff")), (open, repr(open))],
)
def test_an_answer_of_any_values_is_kept_and_ends_no_run(
    value: object, kept: object, tmp_path: Path
) -> None:
    class Odd(FakeChatModel):
        def _generate(self, messages: list[Message], **options: object) -> AIMessage:
            return AIMessage("Trout", response_metadata={"fact": value})

        async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
            return self._generate(messages)

    out = tmp_path / "results.jsonl"
    assert run_batch(questions(2), model=Odd(responses=["x"]), out=out).succeeded == 2
    message = results_by_id(out)["row-1"].message
    assert message is not None
    assert (message.content, message.response_metadata["fact"]) == ("Trout", kept)


def test_an_answer_that_json_cannot_hold_is_a_failed_row(tmp_path: Path) -> None:
    class Odd(FakeChatModel):
        async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
            around: dict[str, object] = {}
            around["itself"] = around
            return AIMessage("Trout", response_metadata=around)

    out = tmp_path / "results.jsonl"
    assert run_batch(questions(2), model=Odd(responses=["x"]), out=out).failed == 2
    assert "no place in JSON" in str(results_by_id(out)["row-0"].error)


def test_a_failed_row_may_be_mended_before_it_is_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    wrong = [{**questions(1)[0], "settings": {"temprature": 0}}]
    right = [{**questions(1)[0], "settings": {"temperature": 0}}]
    assert run_batch(wrong, model="offline:demo", out=out).failed == 1
    with pytest.raises(OtherRunError):
        run_batch(right, model="offline:demo", out=out)
    assert run_batch(right, model="offline:demo", out=out, retry_failed=True).succeeded == 1
    assert run_batch(right, model="offline:demo", out=out).finished_before == 1


def test_settings_and_model_of_a_row_are_its_own(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    rows = [
        {"id": 1, "input": "a", "settings": {"temperature": 0.5}},
        {"id": 2, "input": "b", "model": "openai:other"},
        {"id": 3, "input": "c", "settings": {"temprature": 1}},
        {"id": 4, "input": "d", "settings": {"base_url": "http://127.0.0.1:1"}},
        {"id": 5, "input": [{"role": "system", "content": "Be brief."}, ("human", "e")]},
    ]
    with OfflineServer(echo) as server:
        summary = run_batch(rows, model=MODEL, out=out, open_model=server.model, max_concurrency=1)
        bodies = [request.json for request in server.requests]
        assert isinstance(server.calls[-1][0], SystemMessage)
    assert [body.get("temperature") for body in bodies] == [0.5, None, None]
    assert (summary.succeeded, summary.failed) == (3, 2)
    found = results_by_id(out)
    assert found[2].model == "openai:other"
    assert "temperature" in str(found[3].error)
    assert "base_url" in str(found[4].error)


def test_settings_of_the_run_are_those_of_models_given_by_id(tmp_path: Path) -> None:
    with OfflineServer(echo) as server:
        settings = {"temperature": 0, "base_url": server.base_url("groq"), "api_key": "k"}
        run_batch(questions(1), model=MODEL, out=tmp_path / "r.jsonl", settings=settings)
        assert server.last.json["temperature"] == 0


def test_a_template_takes_the_input_as_its_variables(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "input": {"kind": "fish", "unused": 1}},
        {"id": 2, "input": "bird"},
        Row(3, {"kind": "tree"}),
    ]
    out = tmp_path / "r.jsonl"
    with OfflineServer(echo) as server:
        run_batch(rows, model=server.model(MODEL), out=out, template="Name a {kind}")
        asked = sorted(call[-1].content for call in server.calls)
    assert asked == ["Name a bird", "Name a fish", "Name a tree"]
    with pytest.raises(OtherRunError, match="different"):
        run_batch(rows, model="offline:demo", out=out, template="Describe a {kind}")


def test_no_more_rows_are_read_than_are_asked(tmp_path: Path) -> None:
    read: list[int] = []
    ahead: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for row in questions(200):
            read.append(1)
            yield row

    def look(counts: Counts) -> None:
        ahead.append(len(read) - counts.succeeded)

    run_batch(
        rows(), model="offline:demo", out=tmp_path / "r.jsonl", max_concurrency=5, on_progress=look
    )
    assert len(ahead) == 200
    assert max(ahead) <= 10


def test_rows_that_come_slowly_hold_no_answer_up(tmp_path: Path) -> None:
    go_on = threading.Event()
    first_answer: list[float] = []

    def rows() -> Iterator[dict[str, Any]]:
        yield {"id": 1, "input": "a"}
        assert go_on.wait(30)
        yield {"id": 2, "input": "b"}

    def note(counts: Counts) -> None:
        first_answer.append(time.monotonic())
        go_on.set()

    summary = run_batch(rows(), model="offline:demo", out=tmp_path / "r.jsonl", on_progress=note)
    assert summary.succeeded == 2


def test_max_errors_ends_the_run_and_the_rest_is_asked_next_time(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    is_down = True

    def answer(messages: list[Message]) -> Any:
        return ErrorReply("content_filter") if is_down else echo(messages)

    with OfflineServer(answer) as server:
        model = server.model(MODEL)
        with pytest.raises(BatchStoppedError, match="max_errors") as stopped:
            run_batch(questions(50), model=model, out=out, max_errors=3, max_concurrency=2)
        assert 3 <= stopped.value.summary.failed <= 5
        is_down = False
        failed = stopped.value.summary.failed
        assert run_batch(questions(50), model=model, out=out).succeeded == 50 - failed


async def test_a_cancelled_run_keeps_what_has_arrived(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    arrived = asyncio.Event()

    def note(counts: Counts) -> None:
        if counts.succeeded == 5:
            arrived.set()

    with OfflineServer(echo) as server:
        model = server.model(MODEL)
        running = asyncio.create_task(
            arun_batch(questions(500), model=model, out=out, max_concurrency=2, on_progress=note)
        )
        await arrived.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        kept = len(results_by_id(out))
        assert 5 <= kept < 500
        summary = await arun_batch(questions(500), model=model, out=out)
    assert summary.finished_before == kept
    assert summary.rows == 500


async def test_where_a_loop_runs_the_async_form_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="await arun_batch"):
        run_batch(questions(1), model="offline:demo", out=tmp_path / "r.jsonl")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"max_errors": True}, "max_errors"),
        ({"model": []}, "needs a model"),
        ({"model": 3}, "id of a model"),
        ({"out": "r.txt"}, "results are written to"),
        ({"template": "no variable"}, "no variable"),
        ({"rows": {"id": 1}}, "iterable of objects"),
        ({"rows": "missing.jsonl"}, "no file"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"retry_faild": True}, "no option 'retry_faild'. Did you mean 'retry_failed'"),
        ({"retry_failed": "yes"}, "retry_failed is True or False"),
        ({"progress_every": -1}, "progress_every is a number of seconds"),
        ({"progress_every": float("nan")}, "progress_every is a number of seconds"),
        ({"on_progress": 3}, "on_progress is a function"),
        ({"open_model": "groq"}, "open_model is a function"),
        ({"rate_limiter": 60}, "rate_limiter is a RateLimiter"),
        ({"settings": [1]}, "settings is a dict"),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_written(
    options: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"rows": questions(1), "model": "offline:demo", "out": "r.jsonl", **options}
    with pytest.raises(InvalidParameterError, match=message):
        run_batch(given.pop("rows"), **given)
    assert not list(tmp_path.iterdir())
