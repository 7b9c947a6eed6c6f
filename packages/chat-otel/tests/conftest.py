"""A tracer and a meter that keep what they get in memory, and runs that are reported to them."""

from __future__ import annotations

from collections.abc import Iterator

import chat_otel
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from telemetry import Telemetry


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """What has been reported, without content."""
    yield from _instrumented(capture_content=False)


@pytest.fixture
def captured() -> Iterator[Telemetry]:
    """What has been reported, with content."""
    yield from _instrumented(capture_content=True)


def _instrumented(*, capture_content: bool) -> Iterator[Telemetry]:
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers, meters = TracerProvider(), MeterProvider([reader])
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentation = chat_otel.instrument(tracers, meters, capture_content)
    try:
        yield Telemetry(exporter, reader, tracers)
    finally:
        instrumentation.uninstrument()
        meters.shutdown()
