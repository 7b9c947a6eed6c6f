"""Fireworks over the socket: recorded traffic, keys and headers, and how the package is found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from chat_completions.decode import CompletionsDecoder
from chat_conformance.expectations import compare
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.recordings import Recording, recording_params
from chat_conformance.replay import RecordedTraffic
from chat_conformance.wire_server import WireServer
from chat_core import APIError, MissingAPIKeyError, StreamInterruptedError, get_chat_model
from chat_core.provider import MessageBuilder, StreamReader
from chat_fireworks import ChatFireworks
from chat_fireworks.dialect import FireworksDialect

MODEL = "accounts/fireworks/models/gpt-oss-20b"
REPLY = {"id": "x", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


@pytest.fixture
def model(server: WireServer) -> Iterator[ChatFireworks]:
    with ChatFireworks(
        model=MODEL, api_key="fw-key", base_url=f"{server.url}/inference/v1", max_retries=0
    ) as made:
        yield made


class TestRecordedTraffic(RecordedTraffic):
    provider = "fireworks"

    def make(self, recording: Recording, url: str) -> ChatFireworks:
        return ChatFireworks(
            model=MODEL, api_key="fw-key", base_url=f"{url}/inference/v1", max_retries=0
        )


@pytest.mark.parametrize("piece", [1, 7, 64])
@pytest.mark.parametrize("recording", recording_params("fireworks", stream=True))
def test_where_the_bytes_are_cut_does_not_matter(recording: Recording, piece: int) -> None:
    reader = StreamReader(CompletionsDecoder(FireworksDialect()))
    builder = MessageBuilder()
    for start in range(0, len(recording.body), piece):
        for chunk in reader.feed(recording.body[start : start + piece]):
            builder.add(chunk)
    assert reader.failure is None
    assert compare(builder.message(), recording) == []


def test_the_sdk_sends_the_key_and_nothing_that_is_meant_for_openai(
    server: WireServer, model: ChatFireworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ambient")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-ambient")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-ambient")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-A: ambient\nAuthorization: Bearer ambient")
    server.queue(json_answer(REPLY))
    assert model.invoke("hi").content == "hi"
    request = server.requests[0]
    assert request.path == "/inference/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer fw-key"
    assert "ambient" not in str(request.headers)


def test_the_key_comes_from_the_environment_and_is_missed_by_name(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIREWORKS_API_KEY", "fw-env")
    server.queue(json_answer(REPLY))
    with get_chat_model(f"fireworks:{MODEL}", base_url=server.url) as model:
        model.invoke("hi")
    assert server.requests[0].headers["authorization"] == "Bearer fw-env"
    monkeypatch.delenv("FIREWORKS_API_KEY")
    with pytest.raises(MissingAPIKeyError, match="FIREWORKS_API_KEY"):
        get_chat_model(f"fireworks:{MODEL}").invoke("hi")


def test_a_refusal_and_a_break_come_with_what_is_known(
    server: WireServer, model: ChatFireworks
) -> None:
    server.queue(json_answer({"error": {"message": "no", "code": "NOT_FOUND"}}, status=404))
    with pytest.raises(APIError) as caught:
        model.invoke("hi")
    assert (caught.value.provider, caught.value.status) == ("fireworks", 404)
    server.queue(sse([{"choices": [{"index": 0, "delta": {"content": "Hal"}}]}]))
    with pytest.raises(StreamInterruptedError) as broken:
        list(model.stream("hi"))
    assert broken.value.partial is not None
    assert broken.value.partial.content == "Hal"


def test_full_model_names_are_claimed() -> None:
    found = get_chat_model("accounts/me/deployments/abc")
    assert isinstance(found, ChatFireworks)
    assert found.model == "accounts/me/deployments/abc"


def test_neither_the_plugin_nor_the_model_imports_the_sdk() -> None:
    code = (
        "import sys, chat_fireworks.plugin\n"
        "from chat_fireworks import ChatFireworks\n"
        "ChatFireworks(model='m')\n"
        "print(sorted(set(sys.modules) & {'openai', 'httpx', 'httpx2', 'chat_openai'}))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
