"""``SpanObserver``: the hooks of core, turned into the beginning and the end of spans.

Whatever fails in here is logged by core and changes no run. A span is ended even if one of its
attributes or metrics fails.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chat_core import hookimpl
from opentelemetry.trace import Span, StatusCode

from . import conventions as names
from .answers import answer_attributes, answers_of, usage_of
from .content import input_attributes, output_attributes
from .exportable import exportable_attributes, exportable_text
from .failures import describe, error_type, exception_attributes, is_cancelled
from .requests import start_of, target_attributes
from .run_span import RunSpan, find_span, parent_context

if TYPE_CHECKING:
    from chat_core.provider import Run
    from opentelemetry.trace import Tracer

    from .metrics import Instruments

__all__ = ["SpanObserver"]


class SpanObserver:
    """Makes a span of each run, and records the metrics of models, tools and workflows."""

    def __init__(self, tracer: Tracer, instruments: Instruments, *, capture_content: bool) -> None:
        self._tracer = tracer
        self._instruments = instruments
        self._captures = capture_content
        self._lock = threading.Lock()
        self._open = 0
        self._when_idle: Callable[[], object] | None = None

    def stop(self, when_idle: Callable[[], object]) -> None:
        """Report no run that begins from now on; ``when_idle`` is called once the others ended."""
        with self._lock:
            self._when_idle = when_idle
            is_idle = self._open == 0
        if is_idle:
            when_idle()

    @hookimpl
    def chat_run_start(self, run: Run, input: object) -> None:
        """Begin the span of ``run``, beneath that of the run above or the user's own."""
        with self._lock:
            if self._when_idle is not None:
                return
            self._open += 1
        try:
            run_span = self._start(run)
        except BaseException:
            self._leave()
            raise
        if run.streams:
            run.chunk_listeners.append(run_span.on_chunk)
        if self._captures and input is not None and run_span.span.is_recording():
            run_span.set_attributes(input_attributes(run, input))
            run_span.shows_input = True

    def _start(self, run: Run) -> RunSpan:
        parent, above = parent_context(run, self)
        start = start_of(run)
        name, attributes = exportable_text(start.name), exportable_attributes(start.attributes)
        span = self._tracer.start_span(name, above, start.kind, attributes)
        run_span = RunSpan(self, span, parent, above)
        run.attachments.append(run_span)
        return run_span

    @hookimpl
    def chat_run_end(self, run: Run, output: object) -> None:
        """End the span of ``run``."""
        run_span = find_span(run, self)
        if run_span is None:  # the run began before this was registered
            return
        try:
            if run.left_early:
                run_span.span.set_attribute(names.CANCELLED, True)
            self._finish(run, run_span, output, {}, is_whole=not run.left_early)
            self._show_content(run, run_span, output)
        finally:
            self._end(run_span)

    @hookimpl
    def chat_run_error(self, run: Run, error: BaseException) -> None:
        """End the span of ``run`` with ``error``; one that is cancelled is no failure."""
        run_span = find_span(run, self)
        if run_span is None:
            return
        try:
            partial = getattr(error, "partial", None)
            if is_cancelled(error):
                run_span.span.set_attribute(names.CANCELLED, True)
                failure = {}
            else:
                failure = {names.ERROR_TYPE: error_type(error)}
                self._report(run_span, error, failure)
            self._finish(run, run_span, partial, failure, is_whole=False)
            self._show_content(run, run_span, partial)
        finally:
            run_span.reported = None
            self._end(run_span)

    def _end(self, run_span: RunSpan) -> None:
        try:
            run_span.span.end()
        finally:
            self._leave()

    def _leave(self) -> None:
        """Count one open run less; after ``stop`` the last one calls what ``stop`` was given."""
        with self._lock:
            self._open -= 1
            is_last = self._open == 0
        if is_last and self._when_idle is not None:
            self._when_idle()

    def _show_content(self, run: Run, run_span: RunSpan, output: object) -> None:
        """Put the output on the span, and the input of a step that has streamed in."""
        if not (self._captures and run_span.span.is_recording()):
            return
        if not run_span.shows_input:
            run_span.set_attributes(input_attributes(run, run.input))
        run_span.set_attributes(output_attributes(run, output))

    def _report(self, run_span: RunSpan, error: BaseException, failure: dict[str, str]) -> None:
        span: Span = run_span.span
        description, is_private = describe(error)
        shown = self._captures or not is_private
        span.set_attributes(failure)
        description = exportable_text(description) if shown else failure[names.ERROR_TYPE]
        span.set_status(StatusCode.ERROR, description)
        if run_span.reported is not error and shown:
            span.record_exception(error, exception_attributes(error))
        if run_span.parent is not None:
            run_span.parent.reported = error

    def _finish(
        self,
        run: Run,
        run_span: RunSpan,
        output: object,
        failure: dict[str, str],
        *,
        is_whole: bool,
    ) -> None:
        """Set the attributes that the end brings, and record the metrics."""
        if run.run_type == "chat_model":
            target = target_attributes(run)
            answers = answers_of(run, output)
            answer = answer_attributes(run, answers, is_whole=is_whole)
            if run_span.ttfc is not None:
                answer[names.TIME_TO_FIRST_CHUNK] = run_span.ttfc
            run_span.set_attributes({**target, **answer})
            metric: dict[str, Any] = {names.OPERATION: names.CHAT, **target, **failure}
            if model := answer.get(names.RESPONSE_MODEL):
                metric[names.RESPONSE_MODEL] = exportable_text(model)
            self._instruments.record_chat(run_span, metric, usage_of(answers))
        elif run.run_type == "tool":
            metric = {names.TOOL_NAME: run.name, names.TOOL_TYPE: "function", **failure}
            self._instruments.record_tool(run_span, metric)
        elif not run.parent_ids and run.run_type == "chain":
            self._instruments.record_workflow(run_span, {names.WORKFLOW: run.name, **failure})
