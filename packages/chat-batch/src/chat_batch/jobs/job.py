"""``BatchJob``: a job that a vendor has taken; a handle that survives its process."""

from __future__ import annotations

import math
import os
import time
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing, closing, contextmanager
from typing import Any, Self

from chat_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    InvalidParameterError,
    InvalidRequestError,
    StreamInterruptedError,
)
from chat_core.provider import (
    JobAnswer,
    JobStatus,
    ResultFile,
    WireModel,
    aperform_steps,
    perform_steps,
)

from ..cost import count_row
from ..results import Result
from .job_file import check_job, read_job, reopened, write_job
from .matching import Matching, by_line
from .row_ids import sent_ids

__all__ = ["BatchJob"]

_POLL = 30.0
_MOST_FAILURES = 10
"""How many times in a row the vendor may be out of reach while a job is waited for."""


class BatchJob:
    """A job of a vendor; a context manager, which closes the model's connections.

    Args:
        model: asks for the job, and decodes the answers: with the tools or the schema that the
            rows were made with.
        job: what the provider's package needs to find the job again.
        ids: the ids of the rows, in their order.
    """

    def __init__(self, model: WireModel, job: Mapping[str, Any], ids: Sequence[str | int]) -> None:
        self.model = model
        self.ids = tuple(ids)
        self._job = dict(job)
        self._jobs = model.batch_jobs()

    def __repr__(self) -> str:
        return f"BatchJob({self.id!r}, model={self.model.model!r}, rows={len(self.ids):,})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Close the connections of the model; the job goes on."""
        self.model.close()

    async def aclose(self) -> None:
        """``close`` on an event loop."""
        await self.model.aclose()

    @property
    def id(self) -> str:
        """The vendor's id of the job."""
        return str(self._job.get("id") or self._job.get("name"))

    @property
    def name(self) -> str:
        """The provider and the vendor's id of the job, which name it among all jobs."""
        return f"{self.model.provider}:{self.id}"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the job to a file, without any key. Raises ``OutputError``."""
        write_job(path, self.model, self._job, list(self.ids))

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, model: WireModel | None = None) -> Self:
        """The job that ``save`` has written.

        Args:
            path: the file.
            model: the model; by default one with the settings of the file and the environment's
                key. Give it where tools or a schema were bound, or where its settings are no plain
                values.

        Raises ``InvalidParameterError`` for a file that is cut short, of another version, changed
        by hand or no job.
        """
        value = read_job(path)
        loaded = cls(reopened(path, value, model), value["job"], value["ids"])
        check_job(path, loaded._jobs, value["job"])
        return loaded

    def status(self) -> JobStatus:
        """How far the job is. Raises ``APIError``."""
        with self._naming("The vendor has no job"):
            return perform_steps(self.model, self._jobs.status(self._job))

    async def astatus(self) -> JobStatus:
        """``status`` on an event loop."""
        with self._naming("The vendor has no job"):
            return await aperform_steps(self.model, self._jobs.status(self._job))

    def cancel(self) -> JobStatus:
        """Ask the vendor to stop; rows that it has answered keep their results.

        Raises ``InvalidParameterError`` for a vendor that cannot.
        """
        with self._naming("The vendor has no job"):
            return perform_steps(self.model, self._jobs.cancel(self._job))

    async def acancel(self) -> JobStatus:
        """``cancel`` on an event loop."""
        with self._naming("The vendor has no job"):
            return await aperform_steps(self.model, self._jobs.cancel(self._job))

    def wait(self, *, poll: float = _POLL, timeout: float | None = None) -> JobStatus:
        """Ask every ``poll`` seconds until the job is over, and return its last status.

        A vendor that is out of reach for a while is asked again. Raises ``APITimeoutError`` after
        ``timeout`` seconds; the job goes on.
        """
        watch = _Watch(self, poll, timeout)
        while True:
            try:
                if watch.is_over(self.status()):
                    return watch.last
            except APIError as error:
                watch.note(error)
            time.sleep(watch.pause())

    async def await_end(
        self,
        *,
        poll: float = _POLL,
        timeout: float | None = None,  # noqa: ASYNC109 - of hours, and the job goes on after it
    ) -> JobStatus:
        """``wait`` on an event loop."""
        from asyncio import sleep

        watch = _Watch(self, poll, timeout)
        while True:
            try:
                if watch.is_over(await self.astatus()):
                    return watch.last
            except APIError as error:
                watch.note(error)
            await sleep(watch.pause())

    def results(self) -> Generator[Result, None, None]:
        """The result of each row, once, in the order in which the vendor has them.

        Of a row without an answer the result is an error, which says what became of the job. A
        download that breaks goes on after the last result. Closing the generator closes the
        connection. Each result counts in the budgets of the job, once.

        Raises ``InvalidParameterError`` for a job that is not over; ``APIError`` where the results
        cannot be had, ``InvalidRequestError`` where the vendor has deleted them; and
        ``MalformedResponseError`` after the last row where the results hold lines that answer no
        row of this job, a second time or cannot be read.
        """
        with closing(self._read_results()) as results:
            for result in results:
                count_row(self.name, self.model, result)
                yield result

    def _read_results(self) -> Generator[Result, None, None]:
        status = self._over(self.status())
        matching = Matching(self.model, self.ids)
        with self._naming("The vendor has no results any more of the job"):
            for file in perform_steps(self.model, self._result_files(status)):
                yield from self._results_in(file, matching)
        yield from matching.rest(status)
        if (problem := matching.problem()) is not None:
            raise problem

    async def aresults(self) -> AsyncGenerator[Result, None]:
        """``results`` on an event loop."""
        async with aclosing(self._aread_results()) as results:
            async for result in results:
                count_row(self.name, self.model, result)
                yield result

    async def _aread_results(self) -> AsyncGenerator[Result, None]:
        status = self._over(await self.astatus())
        matching = Matching(self.model, self.ids)
        with self._naming("The vendor has no results any more of the job"):
            for file in await aperform_steps(self.model, self._result_files(status)):
                async with aclosing(self._aresults_in(file, matching)) as results:
                    async for result in results:
                        yield result
        for result in matching.rest(status):
            yield result
        if (problem := matching.problem()) is not None:
            raise problem

    def _results_in(self, file: ResultFile, matching: Matching) -> Iterator[Result]:
        """The results in ``file``, which is read again from its start if the download breaks."""
        failures, is_read = 0, False
        while not is_read:
            matching.begin(again=failures > 0)
            try:
                with closing(self._answers(file)) as answers:
                    for answer in answers:
                        if (result := matching.result(answer)) is not None:
                            failures = 0
                            yield result
                is_read = True
            except StreamInterruptedError:
                failures += 1
                if failures > self.model.max_retries:
                    raise

    async def _aresults_in(
        self, file: ResultFile, matching: Matching
    ) -> AsyncGenerator[Result, None]:
        """``_results_in`` on an event loop."""
        failures, is_read = 0, False
        while not is_read:
            matching.begin(again=failures > 0)
            try:
                async with aclosing(self._aanswers(file)) as answers:
                    async for answer in answers:
                        if (result := matching.result(answer)) is not None:
                            failures = 0
                            yield result
                is_read = True
            except StreamInterruptedError:
                failures += 1
                if failures > self.model.max_retries:
                    raise

    @contextmanager
    def _naming(self, what: str) -> Iterator[None]:
        """Let an error for what the vendor does not have name the job."""
        try:
            yield
        except APIError as error:
            if error.status not in (404, 410):
                raise
            message = f"{what} {self.id!r}: {error.message}"
            raise error.recast(InvalidRequestError, message=message) from error

    def _result_files(self, status: JobStatus) -> Any:
        return self._jobs.results(self._job, status, sent_ids(self.ids))

    def _answers(self, file: ResultFile) -> Generator[JobAnswer, None, None]:
        """The answers in ``file``. Closing the generator closes the connection."""
        if file.is_lines:
            yield from self.model.perform_lines(by_line(file.operation))
        else:
            yield from self.model.perform(file.operation)

    async def _aanswers(self, file: ResultFile) -> AsyncGenerator[JobAnswer, None]:
        """``_answers`` on an event loop."""
        if file.is_lines:
            async with aclosing(self.model.aperform_lines(by_line(file.operation))) as answers:
                async for answer in answers:
                    yield answer
            return
        for answer in await self.model.aperform(file.operation):
            yield answer

    def _over(self, status: JobStatus) -> JobStatus:
        if not status.state.is_over:
            raise InvalidParameterError(
                f"The job {self.id!r} is {status.state.value}; its results are there when it is"
                " over: wait() returns then."
            )
        return status


class _Watch:
    """How long a job has been waited for, and how often in vain."""

    def __init__(self, job: BatchJob, poll: float, timeout: float | None) -> None:
        _check_seconds("poll", poll)
        if timeout is not None:
            _check_seconds("timeout", timeout)
        self._job = job
        self._poll = poll
        self._timeout = timeout
        self._started = time.monotonic()
        self._failures = 0
        self.last: JobStatus

    def is_over(self, status: JobStatus) -> bool:
        self.last = status
        self._failures = 0
        return status.state.is_over

    def note(self, error: APIError) -> None:
        """Count a failure. Raises ``error`` if asking again would not help."""
        self._failures += 1
        passes = error.is_retryable or isinstance(error, APIConnectionError | APITimeoutError)
        if not passes or self._failures > _MOST_FAILURES:
            raise error

    def pause(self) -> float:
        """Seconds until the job is asked for again. Raises ``APITimeoutError``."""
        waited = time.monotonic() - self._started
        if self._timeout is not None and waited + self._poll > self._timeout:
            raise APITimeoutError(
                f"The job {self._job.id!r} is not over after {waited:.0f} s"
                f" (timeout={self._timeout:g}); it goes on.",
                is_retryable=False,
            )
        return self._poll


def _check_seconds(name: str, value: object) -> None:
    """Raise ``InvalidParameterError`` unless ``value`` is a number of seconds above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise InvalidParameterError(f"{name} is a number of seconds above 0; got {value!r}.")
