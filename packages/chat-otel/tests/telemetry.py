"""``Telemetry``: what the tests ask of spans and metrics that are kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

__all__ = ["Telemetry", "attributes_of", "parent_id", "span_id"]


def attributes_of(span: ReadableSpan) -> Mapping[str, Any]:
    """The attributes of a finished span."""
    return span.attributes or {}


def span_id(span: ReadableSpan) -> int:
    """The id of a finished span."""
    assert span.context is not None
    own: int = span.context.span_id
    return own


def parent_id(span: ReadableSpan) -> int | None:
    """The id of the span above a finished span."""
    return None if span.parent is None else span.parent.span_id


class Telemetry:
    """Spans and metrics that have been reported so far."""

    def __init__(
        self, exporter: InMemorySpanExporter, reader: InMemoryMetricReader, tracers: TracerProvider
    ) -> None:
        self._exporter = exporter
        self._reader = reader
        self.tracer = tracers.get_tracer("the program")

    @property
    def spans(self) -> list[ReadableSpan]:
        """The finished spans in the order of their ends."""
        return list(self._exporter.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        """The one finished span with this name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def attributes(self, name: str) -> Mapping[str, Any]:
        """The attributes of the one finished span with this name."""
        return attributes_of(self.span(name))

    def tree(self) -> list[tuple[str, str | None]]:
        """Each finished span with the one above it, by their names, sorted."""
        names = {span_id(span): span.name for span in self.spans}
        pairs = []
        for span in self.spans:
            above = parent_id(span)
            pairs.append((span.name, None if above is None else names.get(above, "?")))
        return sorted(pairs, key=lambda pair: (pair[0], pair[1] or ""))

    def metric(self, name: str) -> list[Any]:
        """The data points of one metric; none if nothing was recorded."""
        data = self._reader.get_metrics_data()
        if data is None:
            return []
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]
