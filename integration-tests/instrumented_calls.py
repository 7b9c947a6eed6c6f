"""Run calls of every kind through clients of SDKs that a tool has patched; print what it saw.

    python instrumented_calls.py TOOL

A program of its own, because such tools patch a whole process. Nothing leaves it: what a tool would
send is kept in memory.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import openai
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import get_chat_model

WHOLE = json_answer(
    {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "hi"},
                "finish_reason": "stop",
            }
        ],
    }
)
STREAM = sse(
    [
        {"choices": [{"index": 0, "delta": {"content": "hi"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        "[DONE]",
    ]
)


def memory() -> tuple[Any, Any]:
    """A processor of spans and the exporter that keeps them."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    return SimpleSpanProcessor(exporter), exporter


def logfire_spans(*clients: Any) -> Callable[[], list[str]]:
    """Patch both classes, or the ``clients`` alone, with Logfire."""
    import logfire

    processor, exporter = memory()
    logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[processor])
    logfire.instrument_openai(clients or None)  # type: ignore[arg-type] # a tuple is taken too

    def seen() -> list[str]:
        spans = [span for span in exporter.get_finished_spans() if span.attributes]
        kinds = [(span, span.attributes.get("logfire.span_type")) for span in spans]
        return [span.name for span, kind in kinds if kind == "span"]

    return seen


def opentelemetry_spans() -> Callable[[], list[str]]:
    """Patch with ``opentelemetry-instrumentation-openai-v2``."""
    from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
    from opentelemetry.sdk.trace import TracerProvider

    processor, exporter = memory()
    provider = TracerProvider()
    provider.add_span_processor(processor)
    instrumentor: Any = OpenAIInstrumentor
    instrumentor().instrument(tracer_provider=provider)
    return lambda: [span.name for span in exporter.get_finished_spans()]


def sentry_spans() -> Callable[[], list[str]]:
    """Patch with Sentry's integration for OpenAI."""
    import sentry_sdk
    from sentry_sdk.integrations.openai import OpenAIIntegration

    kept: list[str] = []

    def keep(event: Any, hint: object) -> None:
        kept.extend(span["op"] for span in event["spans"] if span["op"].startswith("gen_ai"))

    sentry_sdk.init(
        dsn="http://key@127.0.0.1:9/1",
        traces_sample_rate=1.0,
        before_send_transaction=keep,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[OpenAIIntegration()],
    )
    transaction = sentry_sdk.start_transaction(name="calls")
    transaction.__enter__()

    def seen() -> list[str]:
        transaction.__exit__(None, None, None)
        return kept

    return seen


async def on_a_loop(client: openai.AsyncOpenAI) -> list[str]:
    """One whole and one streamed answer on an event loop."""
    async with client:
        model = get_chat_model("openai:m", async_client=client)
        whole = await model.ainvoke("Q")
        streamed = [chunk.content async for chunk in model.astream("Q")]
        return [whole.content, "".join(streamed)]


def main(tool: str) -> None:
    """Print the answers, the number of requests and what the tool saw as JSON."""
    with WireServer([WHOLE, STREAM, WHOLE, STREAM]) as server:
        given: dict[str, Any] = {"api_key": "k", "base_url": f"{server.url}/v1"}
        client, async_client = openai.OpenAI(**given), openai.AsyncOpenAI(**given)
        if tool == "logfire on clients":
            seen = logfire_spans(client, async_client)
        else:
            tools = {
                "logfire": logfire_spans,
                "opentelemetry": opentelemetry_spans,
                "sentry": sentry_spans,
            }
            seen = tools[tool]()
        with client:
            model = get_chat_model("openai:m", client=client)
            answers = [model.invoke("Q").content]
            answers.append("".join(chunk.content for chunk in model.stream("Q")))
        answers += asyncio.run(on_a_loop(async_client))
        print(json.dumps({"answers": answers, "requests": len(server.requests), "seen": seen()}))


if __name__ == "__main__":
    main(sys.argv[1])
