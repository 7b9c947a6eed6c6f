"""Batch jobs beyond the laws of the kit: what is refused, waiting, files of jobs, downloads."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from chat_batch import BadRowError
from chat_batch.jobs import BatchJob, JobState, JobStatus, submit
from chat_conformance import declared
from chat_conformance.declared import DECLARED
from chat_conformance.http_answers import Answer, Pause, Reset, Stall, json_answer
from chat_conformance.job_trial import JobTrial
from chat_conformance.llmock_server import LlmockServer
from chat_conformance.modes import SyncMode
from chat_conformance.script import Reply
from chat_core import (
    APIError,
    APITimeoutError,
    AuthenticationError,
    InvalidParameterError,
    InvalidRequestError,
    MalformedResponseError,
    get_chat_model,
)
from chat_core.provider import WireModel
from chat_core.testing import FakeChatModel

ROWS = [{"id": n, "input": f"Name fish {n}."} for n in (1, 2, 3)]
SUBJECTS = [subject for subject in DECLARED if subject.job_server is not None]
each_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.__name__)


def trial_of(subject: Any) -> JobTrial:
    return JobTrial(subject, SyncMode())


def with_answers(trial: JobTrial, answer: Any) -> None:
    """Let the vendor answer all requests by a function."""
    trial.server.answer = answer  # type: ignore[method-assign]


@pytest.fixture
def groq() -> Iterator[JobTrial]:
    with trial_of(declared.Groq) as trial:
        yield trial


# --- what is refused before anything is sent


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([*ROWS, {"id": "2", "input": "again"}], "the id '2' is also that of row 2"),
        ([{"id": 1}], "row 1"),
        ([{"id": 1, "input": "Hi", "model": "groq:other"}], "a job asks one model"),
        ([{"id": 1, "input": "Hi", "settings": {"model": "other"}}], "a job asks one model"),
        ([{"id": 1, "input": "Hi", "settings": {"temprature": 1}}], "temprature"),
        ([{"id": 1, "input": "Hi", "settings": {"extra_headers": {"x": "y"}}}], "extra_headers"),
    ],
)
def test_bad_rows_are_named_and_nothing_is_sent(groq: JobTrial, rows: Any, named: str) -> None:
    with pytest.raises(BadRowError) as seen:
        groq.submit(rows)
    assert named in str(seen.value)
    assert groq.server.requests == []


def test_an_empty_job_and_a_wrong_model_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="needs rows"):
        submit("groq:perch-1", [])
    with pytest.raises(InvalidParameterError, match="id of one"):
        submit(7, ROWS)
    with pytest.raises(InvalidParameterError, match="no effect"):
        submit(get_chat_model("groq:perch-1"), ROWS, temperature=0)


def test_a_client_of_an_sdk_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="client of an SDK"):
        submit(get_chat_model("groq:perch-1", client=object()), ROWS)


@each_subject
def test_more_rows_than_a_job_may_have_are_refused_before_sending(
    subject: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trial_of(subject) as trial:
        model: Any = trial.model
        monkeypatch.setattr(type(model.batch_jobs()), "most_rows", 2)
        with pytest.raises(InvalidParameterError, match="at most 2 rows; these are 3"):
            trial.submit(ROWS)
        assert trial.server.requests == []


@each_subject
def test_more_bytes_than_a_job_may_have_are_refused_before_sending(
    subject: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trial_of(subject) as trial:
        model: Any = trial.model
        monkeypatch.setattr(type(model.batch_jobs()), "most_bytes", 300)
        with pytest.raises(InvalidParameterError, match="at most 300 bytes; the first"):
            trial.submit([*ROWS, {"id": "long", "input": "x" * 300}])
        assert trial.server.requests == []


@pytest.mark.parametrize(
    ("subject", "rows", "size"),
    [
        (declared.OpenAI, 50_000, 200_000_000),
        (declared.AzureOpenAI, 100_000, 200_000_000),
        (declared.Groq, 50_000, 200_000_000),
        (declared.Anthropic, 100_000, 256_000_000),
        (declared.MistralAI, 1_000_000, 512_000_000),
        (declared.GoogleGenAI, None, 20_000_000),
        (declared.GoogleVertexAI, 200_000, 1_000_000_000),
        (declared.Fireworks, None, 150_000_000),
        (declared.Bedrock, None, 1_000_000_000),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_limits_are_those_of_the_vendors_pages(
    subject: Any, rows: int | None, size: int
) -> None:
    with trial_of(subject) as trial:
        model: Any = trial.model
        jobs = model.batch_jobs()
        assert (jobs.most_rows, jobs.most_bytes) == (rows, size)


def test_a_provider_without_jobs_is_refused_with_what_would_serve() -> None:
    with pytest.raises(InvalidParameterError, match=r"batch jobs: its package does.*chat batch"):
        submit("ollama:perch", ROWS)
    with pytest.raises(InvalidParameterError, match=r"no vendor.*chat batch"):
        submit(FakeChatModel(responses=["x"]), ROWS)


@each_subject
def test_a_refusal_of_the_vendor_is_an_error_of_the_tree(subject: Any) -> None:
    error = {"message": "no such key", "type": "authentication_error"}
    with trial_of(subject) as trial:
        with_answers(trial, lambda _: json_answer({"error": error}, 401))
        with pytest.raises(AuthenticationError):
            trial.submit(ROWS)
        assert len(trial.server.requests) == 1


# --- waiting


def test_waiting_ends_after_its_time_and_outlasts_a_vendor_out_of_reach(groq: JobTrial) -> None:
    job = groq.submit(ROWS)
    with pytest.raises(APITimeoutError, match="it goes on"):
        job.wait(poll=0.05, timeout=0.12)
    whole, failures = groq.server.answer, [1, 2, 3]

    def unreachable(request: Any) -> Any:
        return json_answer({}, 503) if failures and failures.pop() else whole(request)

    with_answers(groq, unreachable)
    groq.server.state = JobState.COMPLETED
    assert job.wait(poll=0.01).state is JobState.COMPLETED
    assert failures == []
    with pytest.raises(InvalidParameterError, match="poll"):
        job.wait(poll=0)


async def test_waiting_on_an_event_loop_ends_when_the_job_is_over(groq: JobTrial) -> None:
    job = groq.submit(ROWS)
    asked = groq.server.answer

    def over_at_the_second_question(request: Any) -> Any:
        answer = asked(request)
        groq.server.state = JobState.COMPLETED
        return answer

    with_answers(groq, over_at_the_second_question)
    assert (await job.await_end(poll=0.01)).state is JobState.COMPLETED
    await job.aclose()


def with_each_field_wrong(wire: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """``wire`` with a value of another type in the place of each of its values, two deep."""
    for name, value in wire.items():
        others: tuple[Any, ...] = (None, 7, 1.5, True, "x", [None], {})
        yield from ({**wire, name: wrong} for wrong in others)
        if isinstance(value, dict):
            yield from ({**wire, name: inner} for inner in with_each_field_wrong(value))


@each_subject
@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.COMPLETED, JobState.FAILED])
def test_a_status_with_a_value_of_another_type_is_read_or_malformed(
    subject: Any, state: JobState
) -> None:
    with trial_of(subject) as trial:
        job = trial.submit(ROWS)
        trial.server.state = state if state in trial.server.words else JobState.RUNNING
        model: Any = trial.model
        operation = next(model.batch_jobs().status(job._job))
        wire = model.perform(replace(operation, read=lambda answer: answer))
        read = 0
        for wrong in with_each_field_wrong(wire):
            with suppress(APIError):
                read += isinstance(operation.read(wrong), JobStatus)
        assert read > len(wire)


# --- files of jobs


_LOAD = """
import json, sys
from chat_batch.jobs import BatchJob

for path in sys.argv[1:]:
    with BatchJob.load(path) as job:
        print(json.dumps(sorted(str(result.id) for result in job.results() if result.message)))
"""

_KEYS = (
    *("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY"),
    *("ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "FIREWORKS_API_KEY"),
)


def test_saved_jobs_go_on_in_a_new_process(tmp_path: Path) -> None:
    paths = []
    with ExitStack() as exits:
        for subject in SUBJECTS:
            if subject is declared.GoogleVertexAI:
                continue  # its credentials lie in a file of the user
            trial = exits.enter_context(trial_of(subject))
            paths.append(tmp_path / f"{subject.__name__}.json")
            trial.submit([*ROWS, {"id": "an id with spaces", "input": "Hi"}]).save(paths[-1])
            trial.server.state = JobState.COMPLETED
        exits.enter_context(patch.dict(os.environ, dict.fromkeys(_KEYS, "a-key")))
        command = [sys.executable, "-c", _LOAD, *map(str, paths)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found == [["1", "2", "3", "an id with spaces"]] * len(paths)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: text[:40], "cut short"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "version 2"),
        (lambda _: "[]", "no file of a batch job"),
        (lambda text: text.replace('"ids"', '"idz"'), "has no 'ids'"),
        (lambda text: text.replace("groq:llama", "groq:lama"), "a job of 'groq:lama"),
        (lambda text: text.replace("chat/completions", "responses"), "requests of /v1/responses"),
    ],
)
def test_a_damaged_job_file_is_named(
    groq: JobTrial, tmp_path: Path, change: Any, named: str
) -> None:
    path = tmp_path / "job.json"
    groq.submit(ROWS).save(path)
    path.write_text(change(path.read_text()))
    model: Any = groq.new_model()
    with pytest.raises(InvalidParameterError, match=named):
        BatchJob.load(path, model=model)


def test_a_job_of_another_model_or_none_at_all_is_named(groq: JobTrial, tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    groq.submit(ROWS).save(path)
    for other in ("openai:perch-1", "groq:perch-1"):
        model = get_chat_model(other)
        assert isinstance(model, WireModel)
        with pytest.raises(InvalidParameterError, match=f"a job of 'groq:llama.*is '{other}'"):
            BatchJob.load(path, model=model)
    with pytest.raises(InvalidParameterError, match="cannot be read"):
        BatchJob.load(tmp_path / "none.json")


def test_a_job_that_the_vendor_does_not_know_is_named(groq: JobTrial) -> None:
    model: Any = groq.model
    job = BatchJob(model, {"id": "batch_9"}, [1])
    for ask in (job.status, job.cancel, lambda: next(job.results())):
        with pytest.raises(InvalidRequestError, match="The vendor has no job 'batch_9'"):
            ask()


# --- results


def completed(trial: JobTrial, rows: Any = ROWS) -> BatchJob:
    job = trial.submit(rows)
    trial.server.state = JobState.COMPLETED
    return job


def with_content(trial: JobTrial, change: Any) -> None:
    """Let the vendor's files be what ``change`` makes of their bytes."""
    whole = trial.server.answer

    def answer(request: Any) -> Any:
        found = whole(request)
        return change(found.body) if request.path.endswith("/content") else found

    with_answers(trial, answer)


def test_a_download_that_breaks_goes_on_where_it_broke() -> None:
    breaks = [True]

    def broken(body: bytes) -> Answer:
        if not breaks:
            return Answer(body=body)
        breaks.pop()
        cut: list[Any] = [body.splitlines()[0] + b"\n", Pause(0.05), Reset()]
        return Answer(body=cut, framing="chunked")

    with trial_of(declared.Groq) as trial:
        with_content(trial, broken)
        model = trial.new_model(max_retries=1)
        job = trial.submit(ROWS, model)
        trial.server.state = JobState.COMPLETED
        assert [result.id for result in job.results()] == [3, 2, 1]
    assert breaks == []


def test_a_row_that_the_results_have_twice_has_one_result_and_is_named(groq: JobTrial) -> None:
    with_content(groq, lambda body: Answer(body=body + body.splitlines()[0]))
    results, problem = groq.results(completed(groq))
    assert set(results) == {1, 2, 3}
    assert "the id '3' again" in str(problem)


def test_a_row_in_two_files_of_results_has_one_result_and_is_named(groq: JobTrial) -> None:
    groq.server.outcomes = {"3": Reply("Carp.")}
    model: Any = groq.model
    jobs = type(model.batch_jobs())
    once = jobs.results

    def twice(self: Any, *given: Any) -> Any:
        return [*(files := (yield from once(self, *given))), *files]

    with patch.object(jobs, "results", twice):
        results, problem = groq.results(completed(groq))
    assert {row: result.message.content for row, result in results.items() if result.message} == {
        1: "A fish.",
        2: "A fish.",
        3: "Carp.",
    }
    assert "the id '3' again; the id '2' again; the id '1' again" in str(problem)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda _: b"", "answered 3 rows of this job, and its results hold none"),
        (
            lambda _: b"<html>no</html>\n",
            r"answer no row of this job; they hold a line that cannot",
        ),
        (gzip.compress, r"answer no row of this job; they hold a line that cannot"),
        (lambda body: body.replace(b'"custom_id": "', b'"custom_id": "x'), "hold the id 'x3'"),
    ],
    ids=["empty", "a page", "compressed", "of another job"],
)
def test_results_that_answer_no_row_at_all_are_an_error_and_no_results(
    groq: JobTrial, change: Any, named: str
) -> None:
    with_content(groq, lambda body: Answer(body=change(body)))
    results, problem = groq.results(completed(groq))
    assert results == {}
    assert isinstance(problem, MalformedResponseError)
    with pytest.raises(MalformedResponseError, match=named):
        raise problem


def test_results_are_read_with_their_content_encoding(groq: JobTrial) -> None:
    headers = {"content-encoding": "gzip"}
    with_content(groq, lambda body: Answer(body=gzip.compress(body), headers=headers))
    results, problem = groq.results(completed(groq))
    assert problem is None
    assert set(results) == {1, 2, 3}


def test_results_that_are_cut_short_name_the_rows_that_they_lack(groq: JobTrial) -> None:
    with_content(groq, lambda body: Answer(body=body[: len(body) * 2 // 3 + 9]))
    results, problem = groq.results(completed(groq))
    assert [results[n].error is None for n in (3, 2, 1)] == [True, True, False]
    assert "a line that cannot be read" in str(problem)


def stalls_after_a_row(body: bytes) -> Answer:
    steps: list[Any] = [body.splitlines(keepends=True)[0], Stall()]
    return Answer(body=steps, framing="chunked")


def test_leaving_the_results_closes_the_connection(groq: JobTrial) -> None:
    with_content(groq, stalls_after_a_row)
    found = completed(groq).results()
    assert next(found).id == 3
    found.close()
    assert groq.wire.wait_for_disconnect(5)


async def test_leaving_the_results_on_an_event_loop_closes_the_connection(groq: JobTrial) -> None:
    with_content(groq, stalls_after_a_row)
    job = completed(groq)
    async with aclosing(job.aresults()) as found:
        assert (await anext(found)).id == 3
    assert await asyncio.to_thread(groq.wire.wait_for_disconnect, 5)
    await job.aclose()


def test_results_are_not_held_while_they_are_read(groq: JobTrial) -> None:
    rows = [{"id": n, "input": "Hi"} for n in range(500)]
    groq.server.default = Reply("A fish. " * 2_500, piece=20_000)
    with_content(groq, lambda body: Answer(body=body.splitlines(keepends=True), framing="chunked"))
    found = completed(groq, rows).results()
    next(found)
    tracemalloc.start()
    try:
        assert sum(1 for _ in found) == len(rows) - 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000, f"{peak:,} bytes for results of 10 MB"


# --- what rows may have


def test_a_chain_with_a_schema_submits_requests_with_the_schema() -> None:
    schema = {"title": "Fish", "type": "object", "properties": {"name": {"type": "string"}}}
    with trial_of(declared.OpenAI) as trial:
        trial.server.default = Reply('{"name": "perch"}')
        chain: Any = trial.model.with_structured_output(schema)
        job = trial.submit(ROWS[:1], chain)
        assert trial.server.rows[0]["body"]["response_format"]["type"] == "json_schema"
        trial.server.state = JobState.COMPLETED
        (result,) = job.results()
        assert chain.steps[1].invoke(result.message) == {"name": "perch"}


def test_beta_words_of_rows_travel_as_one_header_of_the_job() -> None:
    with trial_of(declared.Anthropic) as trial:
        trial.submit(ROWS, trial.new_model(betas=["a-word"]))
        assert trial.server.requests[0].headers["anthropic-beta"] == "a-word"
        assert "betas" not in trial.server.rows[0]["params"]


def test_a_job_of_responses_is_refused_by_a_model_of_the_other_api(tmp_path: Path) -> None:
    with trial_of(declared.OpenAIResponses) as trial:
        job = trial.submit(ROWS)
        job.save(tmp_path / "job.json")
        model: Any = trial.new_model(api="chat-completions")
        with pytest.raises(InvalidParameterError, match="give the model the api="):
            BatchJob.load(tmp_path / "job.json", model=model)


# llmock leaves uploads open; of Mistral's jobs it writes files in another shape than the SDK reads.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", ["openai", "groq", "anthropic"])
def test_llmock_takes_a_job_and_answers_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from llmock.routers import batch

    monkeypatch.setattr(batch, "_BATCH_DELAY", 0.05)
    with LlmockServer() as server:
        settings: Any = {"base_url": server.base_url(name), "api_key": "a-key"}
        with submit(f"{name}:perch-1", ROWS, **settings) as job:
            assert job.wait(poll=0.05, timeout=10).counts.succeeded == 3
            results = list(job.results())
    assert {result.id for result in results} == {1, 2, 3}
    assert all(result.message is not None and result.message.content for result in results)
