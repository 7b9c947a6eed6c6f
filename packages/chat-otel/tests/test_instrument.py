"""``instrument`` and ``uninstrument``: once is enough, wrong options are refused, nothing harms."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import chat_otel
import pytest
from chat_core import InvalidParameterError, RunnableLambda, unregister_observer
from chat_core.testing import FakeChatModel
from chat_otel.conventions import CAPTURE_VARIABLE
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from telemetry import Telemetry


@pytest.fixture
def memory() -> tuple[InMemorySpanExporter, TracerProvider]:
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, tracers


@pytest.fixture(autouse=True)
def _ends_without_instrumentation() -> Iterator[None]:
    yield
    chat_otel.instrument().uninstrument()


def test_instrumenting_twice_reports_each_run_once(
    memory: tuple[InMemorySpanExporter, TracerProvider], caplog: pytest.LogCaptureFixture
) -> None:
    exporter, tracers = memory
    first = chat_otel.instrument(tracers)
    assert chat_otel.instrument(tracers) is first
    assert caplog.text == ""
    assert chat_otel.instrument(capture_content=True) is first
    assert "before with other options" in caplog.text
    FakeChatModel(responses=["a"]).invoke("x")
    assert len(exporter.get_finished_spans()) == 1


def test_after_uninstrument_no_run_is_reported_and_instrument_begins_anew(
    memory: tuple[InMemorySpanExporter, TracerProvider],
) -> None:
    exporter, tracers = memory
    first = chat_otel.instrument(tracers)
    first.uninstrument()
    first.uninstrument()
    FakeChatModel(responses=["a"]).invoke("x")
    assert exporter.get_finished_spans() == ()
    second = chat_otel.instrument(tracers)
    assert second is not first
    first.uninstrument()
    FakeChatModel(responses=["a"]).invoke("x")
    assert len(exporter.get_finished_spans()) == 1


def test_runs_under_way_at_uninstrument_are_reported_to_their_end_and_no_later_ones(
    memory: tuple[InMemorySpanExporter, TracerProvider],
) -> None:
    exporter, tracers = memory
    model = FakeChatModel(responses=["a b"])

    def step(text: str) -> str:
        model.invoke(text)
        instrumentation.uninstrument()
        return model.invoke(text).content

    instrumentation = chat_otel.instrument(tracers)
    stream = iter(model.stream("x"))
    next(stream)
    RunnableLambda(step).invoke("x")
    assert [span.name for span in exporter.get_finished_spans()] == [
        "chat fake",
        "invoke_workflow step",
    ]
    assert [chunk.content for chunk in stream] == ["b"]
    model.invoke("x")
    streamed = exporter.get_finished_spans()[2:]
    assert [(s.name, (s.attributes or {}).get("gen_ai.request.stream")) for s in streamed] == [
        ("chat fake", True)
    ]


def test_after_the_last_run_has_ended_nothing_observes_any_more(
    memory: tuple[InMemorySpanExporter, TracerProvider],
) -> None:
    _, tracers = memory
    instrumentation = chat_otel.instrument(tracers)
    stream = FakeChatModel(responses=["a b"]).stream("x")
    next(iter(stream))
    instrumentation.uninstrument()
    stream.close()
    with pytest.raises(ValueError, match="is not registered"):
        unregister_observer(instrumentation._observer)


def test_a_run_that_began_before_is_left_alone(
    memory: tuple[InMemorySpanExporter, TracerProvider], caplog: pytest.LogCaptureFixture
) -> None:
    exporter, tracers = memory
    stream = iter(FakeChatModel(responses=["a b"]).stream("x"))
    next(stream)
    chat_otel.instrument(tracers)
    assert [chunk.content for chunk in stream] == ["b"]
    assert exporter.get_finished_spans() == ()
    assert caplog.text == ""


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "tracers": (lambda: chat_otel.instrument("console"), "tracer_provider"),  # type: ignore[arg-type]
    "meters": (lambda: chat_otel.instrument(None, 7), "meter_provider"),  # type: ignore[arg-type]
    "capture": (lambda: chat_otel.instrument(capture_content="yes"), "capture_content"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", WRONG)
def test_an_option_of_another_type_is_refused_by_name(name: str) -> None:
    call, option = WRONG[name]
    with pytest.raises(InvalidParameterError, match=option):
        call()


@pytest.mark.parametrize(
    ("value", "is_shown"),
    [
        ("", False),
        ("NO_CONTENT", False),
        ("EVENT_ONLY", False),
        ("span_only", True),
        ("SPAN_AND_EVENT", True),
        ("true", True),
        ("maybe", False),
    ],
)
def test_the_environment_says_whether_content_is_captured(
    memory: tuple[InMemorySpanExporter, TracerProvider],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    value: str,
    is_shown: bool,
) -> None:
    exporter, tracers = memory
    monkeypatch.setenv(CAPTURE_VARIABLE, value)
    chat_otel.instrument(tracers)
    FakeChatModel(responses=["a"]).invoke("x")
    (span,) = exporter.get_finished_spans()
    assert ("gen_ai.input.messages" in (span.attributes or {})) is is_shown
    assert ("maybe" in caplog.text) is (value == "maybe")


def test_the_argument_is_stronger_than_the_environment(
    memory: tuple[InMemorySpanExporter, TracerProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, tracers = memory
    monkeypatch.setenv(CAPTURE_VARIABLE, "SPAN_ONLY")
    chat_otel.instrument(tracers, capture_content=False)
    FakeChatModel(responses=["a"]).invoke("x")
    (span,) = exporter.get_finished_spans()
    assert "gen_ai.input.messages" not in (span.attributes or {})


class Fails(SpanExporter):
    """An exporter whose collector is down."""

    def export(self, spans: Any) -> Any:
        raise ConnectionError("the collector is down")


class FailsAtEnd(SimpleSpanProcessor):
    """A processor that raises where the SDK does not expect it."""

    def on_end(self, span: Any) -> None:
        raise RuntimeError("the processor fails")


@pytest.mark.parametrize("processor", [SimpleSpanProcessor, FailsAtEnd])
async def test_an_exporter_that_fails_changes_no_run(
    processor: type[SimpleSpanProcessor], caplog: pytest.LogCaptureFixture
) -> None:
    tracers, reader = TracerProvider(), InMemoryMetricReader()
    meters = MeterProvider([reader])
    tracers.add_span_processor(processor(Fails()))
    chat_otel.instrument(tracers, meters)
    model = FakeChatModel(responses=["a b"])
    with caplog.at_level(logging.ERROR):
        assert model.invoke("x").content == "a b"
        assert (await model.ainvoke("x")).content == "a b"
        assert [chunk.content for chunk in model.stream("x")] == ["a ", "b"]
        assert [chunk.content async for chunk in model.astream("x")] == ["a ", "b"]
    assert "fails" in caplog.text or "collector is down" in caplog.text
    data = reader.get_metrics_data()
    assert data is not None
    counted = data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points[0]
    assert getattr(counted, "count", None) == 4
    meters.shutdown()


def test_a_span_that_is_not_sampled_still_counts_in_the_metrics() -> None:
    reader = InMemoryMetricReader()
    meters = MeterProvider([reader])
    chat_otel.instrument(TracerProvider(sampler=ALWAYS_OFF), meters, capture_content=True)
    assert FakeChatModel(responses=["a"]).invoke("x").content == "a"
    assert reader.get_metrics_data() is not None
    meters.shutdown()


def test_without_an_sdk_nothing_is_reported_and_nothing_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chat_otel.instrument()
    assert [c.content for c in FakeChatModel(responses=["a b"]).stream("x")] == ["a ", "b"]
    assert caplog.text == ""


def test_content_that_cannot_be_shown_is_logged_and_the_span_ends(
    captured: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    from chat_core import RunnableLambda

    class Odd(dict[str, int]):
        def items(self) -> Any:
            raise ValueError("no items")

    odd = Odd()
    assert RunnableLambda(lambda x: odd, name="odd").invoke("x") is odd
    assert captured.span("invoke_workflow odd").end_time is not None
    assert "An observer failed in chat_run_end" in caplog.text


PROGRAM = """
from chat_core.testing import FakeChatModel
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

tracers = TracerProvider()
tracers.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
trace.set_tracer_provider(tracers)
assert FakeChatModel(responses=["a"]).invoke("x").content == "a"
"""


def test_the_command_of_opentelemetry_finds_the_package() -> None:
    (found,) = entry_points(group="opentelemetry_instrumentor", name="chat")
    instrumentor = found.load()()
    assert instrumentor.instrumentation_dependencies() == ()
    variables = {**os.environ, "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "openai"}
    code = "from opentelemetry.instrumentation.auto_instrumentation import run; run()"
    command = [sys.executable, "-c", code, sys.executable, "-c", PROGRAM]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=110, env=variables
    )
    assert done.returncode == 0, done.stderr
    assert '"name": "chat fake"' in done.stdout, done.stderr


def test_prices_are_loaded_at_once_so_that_no_answer_waits_for_them() -> None:
    program = (
        "import sys, chat_otel;"
        "before = 'genai_prices.data' in sys.modules; chat_otel.instrument();"
        "print(before, 'genai_prices.data' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["False", "True"]
