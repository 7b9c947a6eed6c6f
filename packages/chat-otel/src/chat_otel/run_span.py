"""``RunSpan``: the span of one run, what makes it current in the run's code, and its clock."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from contextvars import Token
from time import perf_counter
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context
from opentelemetry.trace import set_span_in_context

from .exportable import exportable_attributes

if TYPE_CHECKING:
    from chat_core.provider import Run
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

__all__ = ["RunSpan", "find_span", "parent_context"]

_RUN_SPAN = otel_context.create_key("chat_otel.run_span")


class RunSpan:
    """One run's span; an attachment of the run, so that code that the run calls is beneath it.

    ``parent`` is that of the run above, if there is one. ``reported`` is the exception that a run
    beneath this one has reported: it is recorded once, where it comes from.
    """

    __slots__ = (
        "context",
        "gaps",
        "last",
        "owner",
        "parent",
        "reported",
        "shows_input",
        "span",
        "started",
        "ttfc",
    )

    def __init__(self, owner: object, span: Span, parent: RunSpan | None, above: Context) -> None:
        self.owner = owner
        self.span = span
        self.parent = parent
        self.context = otel_context.set_value(_RUN_SPAN, self, set_span_in_context(span, above))
        self.reported: BaseException | None = None
        self.shows_input = False
        self.started = perf_counter()
        self.ttfc: float | None = None
        self.last = 0.0
        self.gaps = array("d")

    def attach(self) -> Token[Context]:
        """Make the span the current one."""
        return otel_context.attach(self.context)

    def detach(self, token: object) -> None:
        """Make the span that was current before the current one again."""
        if isinstance(token, Token):
            otel_context.detach(token)

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Put ``attributes`` on the span, in text that exporters take."""
        self.span.set_attributes(exportable_attributes(attributes))

    def on_chunk(self, chunk: object) -> None:
        """Note the time of a chunk: one clock reading, which is the end of the gap before it."""
        now = perf_counter()
        if self.last:
            self.gaps.append(now - self.last)
        else:
            self.ttfc = now - self.started
        self.last = now

    def seconds(self) -> float:
        """Seconds since the run began."""
        return perf_counter() - self.started


def find_span(run: Run, owner: object) -> RunSpan | None:
    """The span that ``owner`` has made for ``run``."""
    return _own(run.attachments, owner)


def parent_context(run: Run, owner: object) -> tuple[RunSpan | None, Context]:
    """The span of the run above ``run``, and the context in which the span of ``run`` belongs.

    That is the current context if it is within the run above, where the user may have begun spans
    of their own; otherwise that of the run above, whose steps are called from elsewhere.
    """
    current = otel_context.get_current()
    parent = _own(run.parent_attachments, owner)
    if parent is None or current.get(_RUN_SPAN) is parent:
        return parent, current
    return parent, parent.context


def _own(attachments: Iterable[object], owner: object) -> RunSpan | None:
    for attachment in attachments:
        if isinstance(attachment, RunSpan) and attachment.owner is owner:
            return attachment
    return None
