"""``Collector``: a server on loopback that takes OTLP over HTTP, and keeps what it gets."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["Collector", "attributes_of"]


def attributes_of(item: Any) -> dict[str, Any]:
    """The attributes of a span or a data point; the value of each as Python has it."""
    return {pair.key: _value(pair.value) for pair in item.attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind)


class Collector:
    """Takes what is sent to ``/…/v1/traces`` and ``/…/v1/metrics``; answers all else with ``{}``.

    ``requests`` are the paths of all requests.
    """

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.spans: list[Any] = []
        self._metrics: dict[str, Any] = {}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.take(self.path, body)
                self.answer()

            def do_GET(self) -> None:
                collector.take(self.path, b"")
                self.answer()

            def answer(self) -> None:
                is_otlp = self.path.endswith(("/v1/traces", "/v1/metrics"))
                body = b"" if is_otlp else b"{}"
                self.send_response(200)
                kind = "application/x-protobuf" if is_otlp else "application/json"
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the test shows what came."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, path: str, body: bytes) -> None:
        """Keep what came."""
        self.requests.append(path)
        if path.endswith("/v1/traces"):
            traces = ExportTraceServiceRequest.FromString(body)
            for resource in traces.resource_spans:
                for scope in resource.scope_spans:
                    if scope.scope.name == "chat_otel":
                        self.spans.extend(scope.spans)
        elif path.endswith("/v1/metrics"):
            metrics = ExportMetricsServiceRequest.FromString(body)
            for resource in metrics.resource_metrics:
                for scope in resource.scope_metrics:
                    self._metrics.update({metric.name: metric for metric in scope.metrics})

    def points(self, metric: str) -> list[Any]:
        """The last data points of a histogram that came."""
        return list(self._metrics[metric].histogram.data_points)

    def tree(self) -> list[tuple[str, str | None]]:
        """Each span with the one above it, by their names, sorted."""
        names = {span.span_id: span.name for span in self.spans}
        return sorted(self._edges(names), key=lambda pair: (pair[0], pair[1] or ""))

    def _edges(self, names: dict[bytes, str]) -> Iterator[tuple[str, str | None]]:
        for span in self.spans:
            above = span.parent_span_id
            yield span.name, names.get(above, "?") if above else None

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
