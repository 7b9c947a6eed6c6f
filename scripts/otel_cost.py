"""Measure what chat-otel costs for each chunk of a stream: `python scripts/otel_cost.py`.

Prints nanoseconds of CPU per chunk without it, with spans, and with spans and metrics, for chunks
that arrive one at a time and eight at a time. The model is in memory, so all of it is our own work.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Generator

import chat_otel
from chat_core import AIMessageChunk, Message, TextBlock
from chat_core.testing import FakeChatModel
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider

CHUNKS = 4000
ROUNDS = 15


class Words(FakeChatModel):
    """Streams `CHUNKS` words, `together` of them at a time."""

    together: int

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[list[AIMessageChunk], None, None]:
        for _ in range(CHUNKS // self.together):
            yield [AIMessageChunk([TextBlock("word ", index=0)]) for _ in range(self.together)]


def nanoseconds(model: Words) -> float:
    """CPU time of one chunk, the median of `ROUNDS` streams."""
    measured = []
    for _ in range(ROUNDS):
        begun = time.process_time_ns()
        for _ in model.stream("x"):
            pass
        measured.append((time.process_time_ns() - begun) / CHUNKS)
    return statistics.median(measured)


def main() -> None:
    for together in (1, 8):
        model = Words(responses=["x"], together=together)
        nanoseconds(model)
        row = {"without": nanoseconds(model)}
        meters = MeterProvider([InMemoryMetricReader()])
        for name, provider in (("spans", None), ("spans and metrics", meters)):
            instrumentation = chat_otel.instrument(TracerProvider(), provider)
            row[name] = nanoseconds(model)
            instrumentation.uninstrument()
        meters.shutdown()
        print(f"{together} at a time:", ", ".join(f"{k} {v:.0f} ns" for k, v in row.items()))


if __name__ == "__main__":
    main()
