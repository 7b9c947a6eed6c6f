"""Batch jobs of every vendor that has them, through one interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_storage_vendors import FACTORIES, VARIABLES
from batch_vendors import Vendor
from chat_batch import BadRowError, Result
from chat_batch.jobs import BatchJob, JobState, asubmit, submit
from chat_conformance.http_answers import Answer, Pause, Reset, json_answer
from chat_conformance.llmock_server import LlmockServer
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIError,
    APITimeoutError,
    AuthenticationError,
    ContextLengthExceededError,
    InvalidParameterError,
    MalformedResponseError,
    get_chat_model,
)
from chat_core.provider import WireModel
from chat_core.testing import FakeChatModel

ROWS = [{"id": n, "input": f"Name fish {n}."} for n in (1, 2, 3)]


@pytest.fixture(autouse=True)
def own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restores the variables that vendors set, so that no test sends to another's server."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "")


@pytest.fixture(params=FACTORIES)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return FACTORIES[request.param]()


@pytest.fixture
def server(vendor: Vendor) -> Iterator[WireServer]:
    with vendor.server() as server:
        yield server


def model_at(vendor: Vendor, server: WireServer, **settings: Any) -> Any:
    given = {**vendor.settings_at(server.url), **settings}
    return get_chat_model(f"{vendor.provider}:{vendor.model}", **given)


def submitted(vendor: Vendor, server: WireServer, rows: Any = ROWS) -> BatchJob:
    return submit(model_at(vendor, server), rows, **vendor.places())


def ended(vendor: Vendor, state: JobState) -> None:
    """Let the vendor say from now on that its job is over."""
    words = {
        JobState.COMPLETED: {
            "mistralai": "SUCCESS",
            "google-genai": "SUCCEEDED",
            "google-vertexai": "SUCCEEDED",
        },
        JobState.EXPIRED: {"mistralai": "TIMEOUT_EXCEEDED"},
    }
    word = words.get(state, {}).get(vendor.provider, state.value)
    if vendor.provider == "anthropic":
        word = "ended"
    if vendor.provider == "bedrock":
        word = word.title()
    is_upper = vendor.provider in ("mistralai", "google-genai", "google-vertexai", "fireworks")
    vendor.states = [word.upper() if is_upper else word]


def test_a_job_is_submitted_waited_for_and_read(vendor: Vendor, server: WireServer) -> None:
    vendor.outcomes = {"1": ("ok", "Perch."), "2": ("ok", "Carp.")}
    job = submitted(vendor, server)
    assert [vendor.id_of(row) for row in vendor.rows] == ["1", "2", "3"]
    status = job.wait(poll=0.01)
    assert status.state is JobState.COMPLETED
    assert (status.counts.total, status.counts.succeeded, status.counts.failed) == (3, 3, 0)
    found = {result.id: result for result in job.results()}
    assert {n: r.message and r.message.content for n, r in found.items()} == {
        1: "Perch.",
        2: "Carp.",
        3: "A fish.",
    }
    assert found[1].usage is not None
    assert found[1].usage["output_tokens"] == 2
    assert found[1].model == f"{vendor.provider}:perch-1"


def test_a_job_runs_the_same_way_on_an_event_loop(vendor: Vendor, server: WireServer) -> None:
    async def run() -> list[Result]:
        async with model_at(vendor, server) as model:
            job = await asubmit(model, ROWS, **vendor.places())
            assert (await job.await_end(poll=0.01)).state is JobState.COMPLETED
            return [result async for result in job.aresults()]

    results = asyncio.run(run())
    assert sorted(str(result.id) for result in results) == ["1", "2", "3"]
    assert all(result.message is not None for result in results)


def test_a_row_is_the_request_that_invoke_sends(vendor: Vendor, server: WireServer) -> None:
    def depth(metres: int) -> str:
        """How deep the pond is."""
        return str(metres)

    model = model_at(vendor, server, temperature=0.5, max_tokens=99).bind_tools([depth])
    rows = [{"id": "a", "input": "How deep?", "settings": {"temperature": 0}}]
    submit(model, rows, **vendor.places())
    (row,) = vendor.rows
    body = row.get("body") or row.get("params") or row.get("modelInput") or row["request"]
    with pytest.raises(APIError):
        model.bind(temperature=0).invoke("How deep?")
    sent = json.loads(vendor.requests[-1].body)
    own = ("model", "modelId", "labels")  # the model's name, and the row's among labels
    assert {k: v for k, v in body.items() if k not in own} == {
        k: v for k, v in sent.items() if k not in own
    }


def test_rows_that_failed_have_errors_of_the_tree_and_the_others_their_answers(
    vendor: Vendor, server: WireServer
) -> None:
    vendor.outcomes = {"2": ("error", "too long")}
    job = submitted(vendor, server)
    job.wait(poll=0.01)
    found = {result.id: result for result in job.results()}
    assert [found[n].error is None for n in (1, 2, 3)] == [True, False, True]
    error = found[2].error
    assert isinstance(error, ContextLengthExceededError)
    assert error.provider == vendor.provider


def test_an_expired_job_keeps_what_was_answered(vendor: Vendor, server: WireServer) -> None:
    vendor.outcomes = {"2": ("expired", ""), "3": ("lost", "")}
    job = submitted(vendor, server)
    ended(vendor, JobState.EXPIRED)
    assert job.status().state is JobState.EXPIRED
    found = {result.id: result for result in job.results()}
    assert found[1].message is not None
    for row in (2, 3):
        error = found[row].error
        assert isinstance(error, APIError)
        assert "xpired" in str(error)


def test_a_cancelled_job_keeps_what_was_answered(vendor: Vendor, server: WireServer) -> None:
    vendor.outcomes = {"2": ("cancelled", "")}
    job = submitted(vendor, server)
    if vendor.provider == "fireworks":
        with pytest.raises(InvalidParameterError, match="firectl cancel"):
            job.cancel()
        return
    assert job.cancel().state is JobState.CANCELLING
    assert job.wait(poll=0.01).state is JobState.CANCELLED
    found = {result.id: result for result in job.results()}
    assert [found[n].message is None for n in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize("name", [name for name in FACTORIES if name != "anthropic"])
def test_a_job_that_failed_as_a_whole_gives_each_row_its_reason(name: str) -> None:
    vendor = FACTORIES[name]()  # a message batch of Anthropic cannot fail as a whole
    vendor.default = ("lost", "")
    with vendor.server() as server:
        job = submitted(vendor, server)
        ended(vendor, JobState.FAILED)
        status = job.status()
        assert status.state is JobState.FAILED
        assert status.error is not None
        results = list(job.results())
    assert len(results) == 3
    assert all("no JSON" in str(result.error) for result in results)


def test_answers_to_no_row_of_the_job_are_named_after_the_last_row(
    vendor: Vendor, server: WireServer
) -> None:
    stray: dict[str, Any] = {"custom_id": "9", "error": {"message": "x"}, "metadata": {"key": "9"}}
    stray |= {"recordId": "9", "request": {"labels": {"chat-batch-row": "9"}}}
    vendor.extra_lines = [json.dumps(stray).encode()]
    job = submitted(vendor, server)
    job.wait(poll=0.01)
    found: list[Result] = []
    with pytest.raises(MalformedResponseError, match="the id '9'"):
        found.extend(job.results())
    assert len(found) == 3
    assert all(result.message is not None for result in found)


def test_results_before_the_end_are_refused_with_the_state(
    vendor: Vendor, server: WireServer
) -> None:
    job = submitted(vendor, server)
    with pytest.raises(InvalidParameterError, match=r"running|waiting"):
        next(job.results())


def test_a_saved_job_goes_on_in_another_process(
    vendor: Vendor, server: WireServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "job.json"
    job = submitted(vendor, server, [*ROWS, {"id": "an id with spaces", "input": "Hi"}])
    job.save(path)
    assert "a-key" not in path.read_text()
    for name in _KEYS:
        monkeypatch.setenv(name, "a-key")
    has_key = vendor.provider != "google-vertexai"  # its credentials lie in a file
    loaded = BatchJob.load(path, model=None if has_key else model_at(vendor, server))
    assert (loaded.id, loaded.ids) == (job.id, job.ids)
    loaded.wait(poll=0.01)
    assert {result.id for result in loaded.results()} == {1, 2, 3, "an id with spaces"}
    with model_at(vendor, server) as model:
        assert BatchJob.load(path, model=model).status().state is JobState.COMPLETED


_KEYS = [
    *("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY"),
    *("ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "FIREWORKS_API_KEY"),
]


def test_a_refusal_of_the_vendor_is_an_error_of_the_tree(vendor: Vendor) -> None:
    refusal = json_answer(
        {"error": {"message": "no such key", "type": "authentication_error"}}, 401
    )
    with WireServer(handler=lambda _: refusal, check=None) as server:
        with pytest.raises(AuthenticationError):
            submitted(vendor, server)
        assert len(server.requests) == 1


def test_a_client_of_an_sdk_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="client of an SDK"):
        submit(get_chat_model("groq:perch-1", client=object()), ROWS)


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
def test_bad_rows_are_named_and_nothing_is_sent(rows: Any, named: str) -> None:
    vendor = FACTORIES["openai"]()
    with vendor.server() as server, pytest.raises(BadRowError) as seen:
        submitted(vendor, server, rows)
    assert named in str(seen.value)
    assert vendor.requests == []


def test_an_empty_job_and_a_wrong_model_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="needs rows"):
        submit("groq:perch-1", [])
    with pytest.raises(InvalidParameterError, match="id of one"):
        submit(7, ROWS)
    with pytest.raises(InvalidParameterError, match="no effect"):
        submit(get_chat_model("groq:perch-1"), ROWS, temperature=0)


@pytest.mark.parametrize("name", ["openai", "groq", "anthropic"])
def test_more_rows_than_a_job_may_have_are_refused_before_sending(name: str) -> None:
    vendor = FACTORIES[name]()
    most = 100_000 if name == "anthropic" else 50_000
    rows = ({"id": n, "input": "Hi"} for n in range(most + 1))
    with vendor.server() as server, pytest.raises(InvalidParameterError, match=f"most {most:,} r"):
        submitted(vendor, server, rows)
    assert vendor.requests == []


@pytest.mark.parametrize("name", FACTORIES)
def test_more_bytes_than_a_job_may_have_are_refused_before_sending(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = FACTORIES[name]()
    with vendor.server() as server:
        model = model_at(vendor, server)
        monkeypatch.setattr(type(model.batch_jobs()), "most_bytes", 300)
        with pytest.raises(InvalidParameterError, match="at most 300 bytes; the first"):
            submit(model, [*ROWS, {"id": "long", "input": "x" * 300}], **vendor.places())
    assert vendor.requests == []


@pytest.mark.parametrize(
    ("name", "most"),
    [("openai", 200_000_000), ("anthropic", 256_000_000), ("mistralai", 512_000_000)],
)
def test_the_limits_are_those_of_the_vendors(name: str, most: int) -> None:
    model: Any = get_chat_model(f"{name}:perch-1")
    assert model.batch_jobs().most_bytes == most


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("ollama:perch", "its package does not know them"),
    ],
)
def test_a_provider_without_jobs_is_refused_with_what_would_serve(model: str, why: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"batch jobs: .*{why}.*chat batch"):
        submit(model, ROWS)


def test_a_model_without_a_vendor_is_refused_with_what_would_serve() -> None:
    with pytest.raises(InvalidParameterError, match=r"no vendor.*chat batch"):
        submit(FakeChatModel(responses=["x"]), ROWS)


def test_a_download_that_breaks_goes_on_where_it_broke() -> None:
    vendor = FACTORIES["groq"]()
    breaks = [True]

    with vendor.server() as server:
        whole = vendor.answer

        def broken(request: Any) -> Any:
            answer = whole(request)
            if request.path.endswith("/content") and breaks:
                breaks.pop()
                assert isinstance(answer.body, bytes)
                first = answer.body.splitlines()[0]
                cut: list[Any] = [first + b"\n", Pause(0.05), Reset()]
                return Answer(body=cut, framing="chunked")
            return answer

        vendor.answer = broken  # type: ignore[method-assign]
        job = submit(model_at(vendor, server, max_retries=1), ROWS)
        job.wait(poll=0.01)
        assert [result.id for result in job.results()] == [3, 2, 1]
    assert breaks == []


def test_waiting_ends_after_its_time_and_outlasts_a_vendor_out_of_reach() -> None:
    vendor = FACTORIES["groq"]()
    with vendor.server() as server:
        job = submitted(vendor, server)
        vendor.states = ["in_progress"]
        with pytest.raises(APITimeoutError, match="it goes on"):
            job.wait(poll=0.05, timeout=0.12)
        whole, failures = vendor.answer, [1, 2, 3]

        def unreachable(request: Any) -> Any:
            return json_answer({}, 503) if failures and failures.pop() else whole(request)

        vendor.answer = unreachable  # type: ignore[method-assign]
        vendor.states = ["completed"]
        assert job.wait(poll=0.01).state is JobState.COMPLETED
    assert failures == []
    with pytest.raises(InvalidParameterError, match="poll"):
        job.wait(poll=0)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: text[:40], "cut short"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "version 2"),
        (lambda _: "[]", "no file of a batch job"),
        (lambda text: text.replace('"ids"', '"idz"'), "has no 'ids'"),
    ],
)
def test_a_damaged_job_file_is_named(tmp_path: Path, change: Any, named: str) -> None:
    vendor = FACTORIES["groq"]()
    path = tmp_path / "job.json"
    with vendor.server() as server:
        submitted(vendor, server).save(path)
    path.write_text(change(path.read_text()))
    with pytest.raises(InvalidParameterError, match=named):
        BatchJob.load(path, model=get_chat_model("groq:perch-1"))  # type: ignore[arg-type]


def test_a_job_file_of_another_provider_or_none_at_all_is_named(tmp_path: Path) -> None:
    vendor = FACTORIES["groq"]()
    path = tmp_path / "job.json"
    with vendor.server() as server:
        submitted(vendor, server).save(path)
    other = get_chat_model("openai:perch-1")
    assert isinstance(other, WireModel)
    with pytest.raises(InvalidParameterError, match="a job of 'groq'"):
        BatchJob.load(path, model=other)
    with pytest.raises(InvalidParameterError, match="cannot be read"):
        BatchJob.load(tmp_path / "none.json")


def test_a_chain_with_a_schema_submits_requests_with_the_schema() -> None:
    schema = {"title": "Fish", "type": "object", "properties": {"name": {"type": "string"}}}
    vendor = FACTORIES["openai"]()
    vendor.default = ("ok", '{"name": "perch"}')
    with vendor.server() as server:
        chain = model_at(vendor, server).with_structured_output(schema)
        job = submit(chain, ROWS[:1])
        assert vendor.rows[0]["body"]["response_format"]["type"] == "json_schema"
        job.wait(poll=0.01)
        (result,) = job.results()
        assert chain.steps[1].invoke(result.message) == {"name": "perch"}


def test_beta_words_of_rows_travel_as_one_header_of_the_job() -> None:
    vendor = FACTORIES["anthropic"]()
    with vendor.server() as server:
        submit(model_at(vendor, server, betas=["a-word"]), ROWS)
    assert vendor.requests[0].headers["anthropic-beta"] == "a-word"
    assert "betas" not in vendor.rows[0]["params"]


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
