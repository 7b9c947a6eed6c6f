"""Run a chain and a tool with chat-otel beside the client library of a backend.

    python traced_program.py BACKEND URL

A program of its own, because such libraries set up a whole process. ``BACKEND`` is ``otlp``,
``logfire``, ``langfuse`` or ``langsmith``; what they send goes to ``URL``. Every connection that is
not to loopback is refused, and printed.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

REFUSED: list[str] = []


def allow_loopback_alone() -> None:
    """Refuse to connect, or to look up, anything else in this process."""
    real_socket: Any = socket.socket
    connect, lookup = real_socket.connect, socket.getaddrinfo

    def refuse(host: Any) -> None:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name not in ("127.0.0.1", "localhost", "::1"):
            REFUSED.append(name)
            raise ConnectionRefusedError(f"only loopback may be reached, not {name}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address[0])
        connect(self, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None:
            refuse(host)
        return lookup(host, *args, **kwargs)

    real_socket.connect = guarded_connect
    socket.getaddrinfo = guarded_lookup


def otlp(url: str) -> Callable[[], object]:
    """OpenTelemetry's own exporters."""
    from opentelemetry import metrics, trace
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    seconds = float(os.environ.get("EXPORT_SECONDS", "20"))
    exporter = OTLPMetricExporter(f"{url}/v1/metrics", timeout=seconds)
    meters = MeterProvider([PeriodicExportingMetricReader(exporter)])
    tracers = TracerProvider()
    spans = OTLPSpanExporter(f"{url}/v1/traces", timeout=seconds)
    tracers.add_span_processor(BatchSpanProcessor(spans))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(meters)

    def flush() -> None:
        tracers.shutdown()
        meters.shutdown(timeout_millis=2000 * seconds)

    return flush


def logfire(url: str) -> Callable[[], object]:
    """Pydantic Logfire."""
    import logfire

    logfire.configure(
        token="pylf_v1_us_loopback",
        console=False,
        advanced=logfire.AdvancedOptions(base_url=url),
    )
    return logfire.force_flush


def langfuse(url: str) -> Callable[[], object]:
    """Langfuse."""
    make_client: Any = import_module("langfuse").Langfuse
    client = make_client(public_key="pk-loopback", secret_key="sk-loopback", base_url=url)
    flush: Callable[[], object] = client.flush
    return flush


def langsmith(url: str) -> Callable[[], object]:
    """LangSmith."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    make_processor: Any = import_module("langsmith.integrations.otel").OtelSpanProcessor
    tracers = TracerProvider()
    tracers.add_span_processor(make_processor(api_key="lsv2_loopback", project="fish", url=url))
    trace.set_tracer_provider(tracers)
    return tracers.force_flush


BACKENDS = {"otlp": otlp, "logfire": logfire, "langfuse": langfuse, "langsmith": langsmith}


def main(backend: str, url: str) -> None:
    """Print the answer and the addresses that were refused, as JSON."""
    allow_loopback_alone()
    flush = BACKENDS[backend](url)

    import chat_otel
    from chat_core import ChatPromptTemplate, RunnableLambda, StrOutputParser, tool
    from chat_core.testing import FakeChatModel

    chat_otel.instrument(capture_content=os.environ.get("CAPTURE") == "1")

    @tool
    def weather(city: str) -> str:
        """The weather of a city."""
        return f"rain in {city}"

    def look(text: str) -> Any:
        return weather.invoke({"city": text})

    model = FakeChatModel(responses=["Bern"])
    verse = ChatPromptTemplate([("human", "{x}")]) | model | StrOutputParser()
    chain = verse | RunnableLambda(look)
    answer = "".join(chain.stream({"x": "Where?"}, {"run_name": "forecast"}))
    flush()
    print(json.dumps({"answer": answer, "refused": sorted(set(REFUSED))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
