"""Laws about batch jobs: each row has its own answer or error, whatever becomes of the others."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chat_batch.jobs import BatchJob, JobState
from chat_core import APIError, ChatError, InvalidParameterError, MalformedResponseError

from ..job_servers import Unanswered
from ..job_servers.job_server import NEW_WORD
from ..job_trial import JobTrial
from ..script import ErrorKind, ErrorReply, Reply
from .errors import CLASSES
from .law import needs, one_mode
from .material import weather_report

if TYPE_CHECKING:
    from chat_batch import Result

    from ..harness import Chat

__all__ = ["BatchJobLaws"]

ROWS: list[dict[str, Any]] = [
    {"id": number, "input": f"Name fish {number}."} for number in (1, 2, 3)
]
_ROW_ERRORS: tuple[ErrorKind, ...] = ("context_length", "rate_limit", "server_error")


class BatchJobLaws:
    """A job is a list of calls that the vendor makes by itself."""

    def test_batch_jobs_are_declared_or_refused_by_name(self, chat: Chat) -> None:
        """A model without ``batch_jobs`` in its capabilities refuses them, naming its provider."""
        jobs_of: Any = getattr(chat.model(), "batch_jobs", None)
        if jobs_of is None or chat.offers("batch_jobs"):
            return
        with pytest.raises(InvalidParameterError, match=re.escape(repr(chat.model().provider))):
            jobs_of()
        assert not chat.server.requests

    @needs("batch_jobs")
    @one_mode("sync")
    def test_a_row_of_a_job_is_the_request_of_a_call(self, chat: Chat) -> None:
        """A row has the body that a call would send, settings of its own and tools included."""
        with JobTrial(chat.subject, chat.mode) as trial:
            model = trial.new_model(max_tokens=99)
            if chat.offers("tools") and trial.server.takes_tools:
                model = model.bind_tools([weather_report])
            row = {"id": "a", "input": "Hi", "settings": {"temperature": 0.25}}
            trial.submit([row], model)
            (sent,) = trial.server.rows
            with pytest.raises(ChatError):
                model.invoke("Hi", temperature=0.25)
            call = trial.server.requests[-1].json
            assert _without(trial, trial.server.body_of(sent)) == _without(trial, call)

    @needs("batch_jobs")
    def test_results_of_a_job_are_matched_by_their_ids(self, chat: Chat) -> None:
        """Each row gets its answer, with usage, though answers come in another order."""
        with JobTrial(chat.subject, chat.mode) as trial:
            trial.server.outcomes = {str(n): Reply(f"Fish {n}.") for n in (1, 2, 3)}
            job = trial.submit([*ROWS, {"id": "Perch_A", "input": "Hi"}])
            trial.server.state = JobState.COMPLETED
            assert trial.status(job).state is JobState.COMPLETED
            results, problem = trial.results(job)
            assert problem is None
            texts = {row: _text(result) for row, result in results.items()}
            assert texts == {1: "Fish 1.", 2: "Fish 2.", 3: "Fish 3.", "Perch_A": "A fish."}
            assert all(result.usage is not None for result in results.values())

    @needs("batch_jobs")
    @pytest.mark.parametrize("kind", _ROW_ERRORS)
    def test_an_error_of_one_row_is_that_of_a_call(self, chat: Chat, kind: ErrorKind) -> None:
        """The row's error has the class that a call's would have; the other rows are answered."""
        with JobTrial(chat.subject, chat.mode) as trial:
            if kind not in trial.server.simulator.error_kinds:
                pytest.skip(f"the wire has no error {kind}")
            trial.server.outcomes = {"2": ErrorReply(kind)}
            results, problem = _completed(trial)
            assert problem is None
            assert [_text(results[n]) for n in (1, 3)] == ["A fish."] * 2
            error = results[2].error
            assert type(error) is CLASSES[kind]
            assert isinstance(error, APIError)
            assert error.provider == trial.model.provider

    @needs("batch_jobs")
    def test_a_row_that_the_results_lack_is_named(self, chat: Chat) -> None:
        """A row without an answer has an error as its result; it is not left out."""
        with JobTrial(chat.subject, chat.mode) as trial:
            trial.server.outcomes = {"2": Unanswered.MISSING}
            results, problem = _completed(trial)
            assert problem is None
            assert set(results) == {1, 2, 3}
            assert results[2].message is None
            assert "no answer to this row" in str(results[2].error)

    @needs("batch_jobs")
    def test_results_that_answer_no_row_are_named(self, chat: Chat) -> None:
        """An answer to a row that was not submitted is an error after the last row."""
        with JobTrial(chat.subject, chat.mode) as trial:
            trial.server.damaged = [_line(trial.server.stray_line("9"))]
            results, problem = _completed(trial)
            assert isinstance(problem, MalformedResponseError)
            assert "'9'" in str(problem)
            assert [_text(results[n]) for n in (1, 2, 3)] == ["A fish."] * 3

    @needs("batch_jobs")
    def test_a_damaged_line_of_results_costs_its_row_alone(self, chat: Chat) -> None:
        """A line that cannot be read is an error after the last row; all others are read."""
        with JobTrial(chat.subject, chat.mode) as trial:
            if not trial.server.has_lines:
                pytest.skip("the results are one document")
            trial.server.damaged = [b'{"custom_id": "2", "resp', b"[1]", b"7", b"null"]
            trial.server.outcomes = {"2": Unanswered.MISSING}
            results, problem = _completed(trial)
            assert isinstance(problem, MalformedResponseError)
            assert [_text(results[n]) for n in (1, 3)] == ["A fish."] * 2

    @needs("batch_jobs")
    def test_an_expired_job_keeps_what_was_answered(self, chat: Chat) -> None:
        """The state is expired, rows that were answered have answers, the others an error."""
        with JobTrial(chat.subject, chat.mode) as trial:
            _skip_unless(trial, JobState.EXPIRED)
            trial.server.outcomes = {"2": Unanswered.EXPIRED, "3": Unanswered.MISSING}
            results, problem = _ended(trial, JobState.EXPIRED)
            assert problem is None
            assert _text(results[1]) == "A fish."
            for row in (2, 3):
                assert isinstance(results[row].error, APIError)
                assert "xpired" in str(results[row].error)

    @needs("batch_jobs")
    def test_a_job_that_failed_gives_each_row_the_reason(self, chat: Chat) -> None:
        """The vendor's reason is the error of the status and of each row without an answer."""
        with JobTrial(chat.subject, chat.mode) as trial:
            _skip_unless(trial, JobState.FAILED)
            trial.server.default = Unanswered.MISSING
            job = trial.submit(ROWS)
            trial.server.state = JobState.FAILED
            status = trial.status(job)
            assert status.state is JobState.FAILED
            assert status.error is not None
            results, _ = trial.results(job)
            assert len(results) == len(ROWS)
            assert all("no JSON" in str(result.error) for result in results.values())

    @needs("batch_jobs")
    def test_a_cancelled_job_keeps_what_was_answered(self, chat: Chat) -> None:
        """``cancel`` asks the vendor, and answered rows stay; a vendor that cannot is refused."""
        with JobTrial(chat.subject, chat.mode) as trial:
            trial.server.outcomes = {"2": Unanswered.CANCELLED}
            job = trial.submit(ROWS)
            if not trial.server.cancels:
                with pytest.raises(InvalidParameterError, match="cancel"):
                    trial.cancel(job)
                return
            assert trial.cancel(job).state is JobState.CANCELLING
            trial.server.state = JobState.CANCELLED
            assert trial.status(job).state is JobState.CANCELLED
            results, problem = trial.results(job)
            assert problem is None
            assert [results[n].message is None for n in (1, 2, 3)] == [False, True, False]

    @needs("batch_jobs")
    def test_a_state_that_is_not_known_ends_no_job(self, chat: Chat) -> None:
        """A word for a state that the vendor adds later is kept, and the job is not over."""
        with JobTrial(chat.subject, chat.mode) as trial:
            job = trial.submit(ROWS)
            trial.server.state = None
            status = trial.status(job)
            assert not status.state.is_over
            assert NEW_WORD in status.raw_state
            with pytest.raises(InvalidParameterError, match=r"running|waiting"):
                trial.results(job)

    @needs("batch_jobs")
    def test_a_job_goes_on_from_its_file(self, chat: Chat) -> None:
        """Another model reads the job from a file: the same id and rows, and no key in it."""
        with JobTrial(chat.subject, chat.mode) as trial, tempfile.TemporaryDirectory() as folder:
            rows = [*ROWS, {"id": "an id with spaces", "input": "Hi"}]
            job = trial.submit(rows)
            path = Path(folder, "job.json")
            job.save(path)
            assert "a-key" not in path.read_text(encoding="utf-8")
            model: Any = trial.new_model()
            loaded = BatchJob.load(path, model=model)
            assert (loaded.id, loaded.ids) == (job.id, job.ids)
            trial.server.state = JobState.COMPLETED
            results, problem = trial.results(loaded)
            assert problem is None
            assert set(results) == {1, 2, 3, "an id with spaces"}
            assert all(result.message is not None for result in results.values())

    @needs("batch_jobs")
    def test_results_that_are_gone_are_named(self, chat: Chat) -> None:
        """Results that the vendor has deleted are an error that names the job."""
        with JobTrial(chat.subject, chat.mode) as trial:
            job = trial.submit(ROWS)
            trial.server.state = JobState.COMPLETED
            trial.server.is_gone = True
            results, problem = trial.results(job)
            assert results == {}
            assert problem is not None
            assert problem.status == 404
            assert job.id in str(problem)

    @needs("batch_jobs")
    @pytest.mark.parametrize("rows", [[], [*ROWS, ROWS[0]], [{"id": 1}]], ids=str)
    def test_nothing_is_sent_of_wrong_rows(self, chat: Chat, rows: Any) -> None:
        """No rows, two rows with one id or a row without input are refused before sending."""
        with JobTrial(chat.subject, chat.mode) as trial:
            with pytest.raises(InvalidParameterError):
                trial.submit(rows)
            assert trial.server.requests == []


def _completed(trial: JobTrial) -> tuple[dict[str | int, Result], APIError | None]:
    """The results of a job that has come to its end."""
    return _ended(trial, JobState.COMPLETED)


def _ended(trial: JobTrial, state: JobState) -> tuple[dict[str | int, Result], APIError | None]:
    job = trial.submit(ROWS)
    trial.server.state = state
    assert trial.status(job).state is state
    return trial.results(job)


def _skip_unless(trial: JobTrial, state: JobState) -> None:
    if state not in trial.server.words:
        pytest.skip(f"no job of this vendor is {state.value}")


def _text(result: Result) -> str | None:
    return result.message.content if result.message is not None else None


def _line(value: Any) -> bytes:
    return json.dumps(value).encode()


def _without(trial: JobTrial, body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in trial.server.own_parts}
