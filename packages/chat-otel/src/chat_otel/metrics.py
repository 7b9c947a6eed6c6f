"""The instruments of the client's metrics, and what is recorded when a run ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import conventions as names

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram, Meter

    from .run_span import RunSpan

__all__ = ["Instruments"]

Attributes = Mapping[str, Any]

_MOST_GAPS = 64
"""Times between chunks that are recorded of one stream."""


class Instruments:
    """The histograms that a meter has made; times are in seconds."""

    def __init__(self, meter: Meter) -> None:
        self._duration = _histogram(
            meter, names.DURATION_METRIC, "s", "Duration of a call of a model.", names.SECONDS
        )
        self._tokens = _histogram(
            meter,
            names.TOKENS_METRIC,
            "{token}",
            "Number of input and output tokens of a call of a model.",
            names.TOKENS,
        )
        self._first = _histogram(
            meter,
            names.FIRST_CHUNK_METRIC,
            "s",
            "Time from the call of a model to the first chunk of its stream.",
            names.CHUNK_SECONDS,
        )
        self._next = _histogram(
            meter,
            names.NEXT_CHUNK_METRIC,
            "s",
            "Time between a chunk of a stream and the one before it.",
            names.CHUNK_SECONDS,
        )
        self._tool = _histogram(
            meter, names.TOOL_METRIC, "s", "Duration of a tool's call.", names.SECONDS
        )
        self._workflow = _histogram(
            meter,
            names.WORKFLOW_METRIC,
            "s",
            "Duration of a chain that no other run calls.",
            names.WORKFLOW_SECONDS,
        )

    def record_chat(self, run_span: RunSpan, attributes: Attributes, usage: object) -> None:
        """Record one call of a model: duration, tokens, and the times of its chunks."""
        context = run_span.context
        self._duration.record(run_span.seconds(), attributes, context)
        for kind, tokens in _tokens_of(usage):
            self._tokens.record(tokens, {**attributes, names.TOKEN_TYPE: kind}, context)
        if run_span.ttfc is not None:
            self._first.record(run_span.ttfc, attributes, context)
        for gap in _spread(run_span.gaps):
            self._next.record(gap, attributes, context)

    def record_tool(self, run_span: RunSpan, attributes: Attributes) -> None:
        """Record one call of a tool."""
        self._tool.record(run_span.seconds(), attributes, run_span.context)

    def record_workflow(self, run_span: RunSpan, attributes: Attributes) -> None:
        """Record one call of a chain that no other run calls."""
        self._workflow.record(run_span.seconds(), attributes, run_span.context)


def _spread(gaps: Sequence[float]) -> Sequence[float]:
    """``gaps``, or as many as ``_MOST_GAPS`` of them, spread evenly from the least to the greatest.

    The SDK takes several microseconds for one measurement, more than everything else that is done
    for a chunk.
    """
    if len(gaps) <= _MOST_GAPS:
        return gaps
    ordered = sorted(gaps)
    step = (len(ordered) - 1) / (_MOST_GAPS - 1)
    return [ordered[round(position * step)] for position in range(_MOST_GAPS)]


def _tokens_of(usage: object) -> list[tuple[str, int]]:
    if not isinstance(usage, Mapping):
        return []
    counts = (("input", usage.get("input_tokens")), ("output", usage.get("output_tokens")))
    return [(kind, count) for kind, count in counts if isinstance(count, int)]


def _histogram(
    meter: Meter, name: str, unit: str, description: str, bounds: Sequence[float]
) -> Histogram:
    return meter.create_histogram(
        name, unit, description, explicit_bucket_boundaries_advisory=bounds
    )
