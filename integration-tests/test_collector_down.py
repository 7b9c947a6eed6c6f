"""How long a program waits at its end for a collector: as the exporter's own variables say."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from otlp_collector import Collector


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a collector that takes connections and answers none."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def report(spans: int) -> float:
    """Make ``spans``, then end their provider; returns the seconds of that."""
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = tracers.get_tracer("chat_otel")
    for _ in range(spans):
        tracer.start_span("chat fake").end()
    begun = time.monotonic()
    tracers.shutdown()
    return time.monotonic() - begun


def test_the_timeout_of_the_exporter_bounds_how_long_a_dead_collector_delays_the_end(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", silent)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    assert report(3) < 5  # 10 s without the variable


def test_a_collector_that_is_up_gets_every_span_of_the_queue_in_one_request_within_the_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2048")
        for _ in range(3):  # a busy machine may pause for longer than the timeout
            collector.spans.clear()
            collector.requests.clear()
            report(600)
            if len(collector.spans) == 600:
                break
        assert len(collector.spans) == 600
        assert collector.requests == ["/v1/traces"]
