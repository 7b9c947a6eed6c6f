"""``JobTrial``: a batch job of the model under test, at a server of its vendor's batch jobs.

    with JobTrial(subject, mode) as trial:
        trial.server.outcomes["2"] = ErrorReply("context_length")
        job = trial.submit(rows)
        trial.server.state = JobState.COMPLETED
        results, problem = trial.results(job)

Calls are made in the given mode, blocking or on its event loop.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch

from chat_batch.jobs import BatchJob, JobStatus, asubmit, submit
from chat_core import APIError

from .modes import AsyncMode
from .wire_server import WireServer

if TYPE_CHECKING:
    from types import TracebackType

    from chat_batch import Result
    from chat_core import ChatModel

    from .job_servers import JobServer
    from .modes import Mode
    from .subject import Subject

__all__ = ["JobTrial"]


class JobTrial:
    """One job, and the calls that a law makes about it; a context manager.

    Attributes:
        server: the server, which has the script and the requests.
        model: the model, made for the server.
        url: the address of the server.
        wire: the connections of the server.
    """

    def __init__(self, subject: type[Subject], mode: Mode) -> None:
        make = subject.job_server
        assert make is not None, "the model has batch jobs: set `job_server` on the class"
        self.server: JobServer = make()
        self.model: ChatModel
        self.wire: WireServer
        self.url = ""
        self._subject = subject
        self._mode = mode
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self.wire = WireServer(handler=self.server.serve, check=None)
        self._exits.enter_context(self.wire)
        self.url = self.wire.url
        self._exits.enter_context(patch.dict(os.environ, self.server.environment(self.url)))
        self.model = self.new_model()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._exits.__exit__(kind, error, traceback)

    def new_model(self, **settings: Any) -> ChatModel:
        """A model that sends to the server, over connections of its own."""
        given = {"max_retries": 0, **self.server.settings(self.url), **settings}
        model = self._subject.make_model(**given)
        self._exits.callback(self._mode.close, model)
        return model

    def submit(self, rows: Any, model: ChatModel | None = None) -> BatchJob:
        """``submit`` or ``asubmit``."""
        asked, places = model or self.model, self.server.places
        if isinstance(self._mode, AsyncMode):
            return self._mode.run(asubmit(asked, rows, **places))
        return submit(asked, rows, **places)

    def status(self, job: BatchJob) -> JobStatus:
        """``status`` or ``astatus``."""
        mode = self._mode
        return mode.run(job.astatus()) if isinstance(mode, AsyncMode) else job.status()

    def cancel(self, job: BatchJob) -> JobStatus:
        """``cancel`` or ``acancel``."""
        mode = self._mode
        return mode.run(job.acancel()) if isinstance(mode, AsyncMode) else job.cancel()

    def results(self, job: BatchJob) -> tuple[dict[str | int, Result], APIError | None]:
        """The results by their ids, and the error that ended them. Fails for two of one row."""
        found: list[Result] = []
        problem: APIError | None = None
        try:
            self._read(job, found)
        except APIError as error:
            problem = error
        by_id = {result.id: result for result in found}
        assert len(by_id) == len(found), "a row has two results"
        return by_id, problem

    def _read(self, job: BatchJob, found: list[Result]) -> None:
        async def read() -> None:
            async for result in job.aresults():
                found.append(result)  # noqa: PERF401 - kept when the loop fails

        mode = self._mode
        if isinstance(mode, AsyncMode):
            mode.run(read())
        else:
            found.extend(job.results())
