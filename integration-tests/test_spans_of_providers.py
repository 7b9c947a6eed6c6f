"""What chat-otel reports of every provider: its name in the conventions, the server, the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import chat_otel
import pytest
from chat_conformance import OfflineServer
from chat_conformance.declared import DECLARED
from chat_conformance.script import ErrorReply, Reply, Tokens
from chat_core import APIError, get_chat_model, list_providers
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

NAMES = {
    "anthropic": "anthropic",
    "azure-openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "fireworks": "fireworks",
    "google-genai": "gcp.gemini",
    "google-vertexai": "gcp.vertex_ai",
    "groq": "groq",
    "mistralai": "mistral_ai",
    "ollama": "ollama",
    "openai": "openai",
    "openai-compatible": "openai-compatible",
}


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentation = chat_otel.instrument(tracers)
    yield exporter
    instrumentation.uninstrument()


@pytest.fixture(scope="module")
def server() -> Iterator[OfflineServer]:
    with OfflineServer(Reply("Fish swim.", tokens=Tokens(input=20, output=5))) as running:
        yield running


def facts(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_every_provider_is_listed() -> None:
    assert NAMES.keys() == {
        provider.name for provider in list_providers() if not provider.settings
    } - {"offline"}


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
def test_a_call_of_every_provider(
    subject: Any, server: OfflineServer, spans: InMemorySpanExporter
) -> None:
    provider = subject.model_id.partition(":")[0]
    model = server.model(f"{provider}:m-1", **subject.settings)
    whole = model.invoke("Hi")
    streamed = "".join(chunk.content for chunk in model.stream("Hi"))
    assert whole.content == streamed == "Fish swim."
    for span in spans.get_finished_spans():
        found = facts(span)
        assert span.name == "chat m-1"
        assert found["gen_ai.provider.name"] == NAMES[provider]
        assert found["gen_ai.request.model"] == "m-1"
        assert found["server.address"] == "127.0.0.1"
        assert found["server.port"] == int(server.url.rpartition(":")[2])
        assert found["gen_ai.response.finish_reasons"] == ("stop",)
        assert found["gen_ai.usage.input_tokens"] == 20
        assert found["gen_ai.usage.output_tokens"] == 5
        assert found["gen_ai.response.model"] == whole.response_metadata["model_name"]
    first, second = map(facts, spans.get_finished_spans())
    assert "gen_ai.request.stream" not in first
    assert second["gen_ai.request.stream"] is True
    assert second["gen_ai.response.time_to_first_chunk"] > 0


def test_several_candidates_are_one_span_with_their_number(
    server: OfflineServer, spans: InMemorySpanExporter
) -> None:
    model = server.model("openai:m-1")
    model.candidates("Hi", n=3)
    list(model.stream_candidates("Hi", n=2))
    found = [facts(span).get("gen_ai.request.choice.count") for span in spans.get_finished_spans()]
    assert found == [3, 2]


def test_retries_of_core_are_within_one_span(spans: InMemorySpanExporter) -> None:
    with OfflineServer("Fish swim.") as own:
        own.enqueue(ErrorReply("overloaded", retry_after=0), ErrorReply("authentication"))
        model = own.model("groq:m-1")
        with pytest.raises(APIError):
            model.invoke("Hi")
    (span,) = spans.get_finished_spans()
    assert facts(span)["error.type"] == "AuthenticationError"
    assert facts(span)["server.address"] == "127.0.0.1"


def test_the_span_of_a_call_is_current_while_its_request_is_sent(
    spans: InMemorySpanExporter, server: OfflineServer
) -> None:
    seen = []

    def key() -> str:
        seen.append(trace.get_current_span().get_span_context().span_id)
        return "k"

    model = server.model("groq:m-1", api_key=key)
    model.invoke("Hi")
    list(model.stream("Hi"))
    own = [span.context.span_id for span in spans.get_finished_spans() if span.context]
    assert seen == own


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.deepseek.com", "deepseek"),
        ("api.x.ai", "x_ai"),
        ("api.perplexity.ai", "perplexity"),
        ("api.moonshot.ai", "moonshot_ai"),
        ("llm.example.org", "openai-compatible"),
    ],
)
def test_a_compatible_host_that_the_conventions_list_has_its_name(
    host: str, name: str, spans: InMemorySpanExporter
) -> None:
    model = get_chat_model(
        "openai-compatible:m-1", base_url=f"https://{host}/v1", proxy="http://127.0.0.1:9"
    )
    with pytest.raises(APIError):
        model.bind(max_retries=0).invoke("Hi")
    (span,) = spans.get_finished_spans()
    assert facts(span)["gen_ai.provider.name"] == name
    assert (facts(span)["server.address"], facts(span)["server.port"]) == (host, 443)
