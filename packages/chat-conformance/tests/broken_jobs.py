"""Models that break a law of batch jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from breaking import breaks, breaks_jobs
from chat_core import APIError
from chat_core.provider import (
    BatchJobs,
    JobAnswer,
    JobRows,
    JobState,
    JobStatus,
    Operation,
    ResultFile,
    Steps,
)
from plain_jobs import PlainJobs
from plain_model import PlainModel

_STATES = PlainJobs.states


@breaks("test_batch_jobs_are_declared_or_refused_by_name", lacks={"batch_jobs"})
class DeclaresNoJobs(PlainModel):
    pass


@breaks_jobs("test_a_row_of_a_job_is_the_request_of_a_call")
class SubmitsNoTools(PlainJobs):
    def row(self, id: str, body: Mapping[str, Any]) -> bytes:
        return super().row(id, {k: v for k, v in body.items() if k != "tools"})


@breaks_jobs("test_results_of_a_job_are_matched_by_their_ids")
class LowersIds(PlainJobs):
    def row(self, id: str, body: Mapping[str, Any]) -> bytes:
        return super().row(id.lower(), body)


@breaks_jobs("test_an_error_of_one_row_is_that_of_a_call")
class HasOneErrorForRows(PlainJobs):
    def read_answer(self, line: bytes) -> JobAnswer:
        answer = super().read_answer(line)
        if answer.status == 200:
            return answer
        return JobAnswer(answer.id, error=APIError("The row failed."))


@breaks_jobs("test_a_row_that_the_results_lack_is_named")
class FillsInAnswers(PlainJobs):
    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        (file,) = yield from super().results(job, status, ids)
        if status.state is not JobState.COMPLETED:
            return [file]
        unread, empty = set(ids), {"reply": [{"end": "fin"}]}

        def read(line: bytes) -> JobAnswer:
            answer = self.read_answer(line)
            unread.discard(str(answer.id))
            return answer

        def fill(wire: object) -> list[JobAnswer]:
            return [JobAnswer(row, empty) for row in unread]

        more = ResultFile(Operation(f"jobs/{job['id']}", fill), is_lines=False)
        return [ResultFile(replace(file.operation, read=read)), more]


@breaks_jobs("test_results_that_answer_no_row_are_named")
class GivesStraysToTheFirstRow(PlainJobs):
    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        (file,) = yield from super().results(job, status, ids)

        def read(line: bytes) -> JobAnswer:
            answer = self.read_answer(line)
            return replace(answer, id=answer.id if answer.id in ids else ids[0])

        return [ResultFile(replace(file.operation, read=read))]


@breaks_jobs("test_a_damaged_line_of_results_costs_its_row_alone")
class TrustsEveryLine(PlainJobs):
    def read_answer(self, line: bytes) -> JobAnswer:
        json.loads(line)
        return super().read_answer(line)


@breaks_jobs("test_an_expired_job_keeps_what_was_answered")
class KnowsNoExpiredJobs(PlainJobs):
    states: ClassVar[Mapping[str, JobState]] = {k: v for k, v in _STATES.items() if k != "late"}


@breaks_jobs("test_a_job_that_failed_gives_each_row_the_reason")
class DropsTheReason(PlainJobs):
    def read_status(self, wire: Any) -> JobStatus:
        return replace(super().read_status(wire), error=None)


@breaks_jobs("test_a_cancelled_job_keeps_what_was_answered")
class CancelsNothing(PlainJobs):
    def cancel(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        return (yield from self.status(job))


@breaks_jobs("test_a_state_that_is_not_known_ends_no_job")
class EndsAtANewWord(PlainJobs):
    new_state: ClassVar[JobState] = JobState.COMPLETED


@breaks("test_a_job_goes_on_from_its_file")
class WritesItsKey(PlainModel):
    def batch_jobs(self) -> BatchJobs:
        key = self.get_api_key()

        class KeepsTheKey(PlainJobs):
            def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
                return {**(yield from super().submit(rows)), "key": key}

        return KeepsTheKey()


@breaks("test_results_that_are_gone_are_named")
class ForgetsTheStatus(PlainModel):
    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        error = super()._error_from_response(status, headers, body)
        if status == 404:
            error.status = None
        return error


@breaks("test_nothing_is_sent_of_wrong_rows")
class AsksBeforeItReads(PlainModel):
    def batch_jobs(self) -> BatchJobs:
        self.perform(Operation("jobs", lambda wire: wire))
        return super().batch_jobs()
