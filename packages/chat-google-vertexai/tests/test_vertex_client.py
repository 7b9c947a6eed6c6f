"""ChatVertexAI over a real socket: every recording, express mode, and what only Vertex AI takes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.http_answers import sse as sse_answer
from chat_conformance.recordings import Recording, follow_ups, recording_params
from chat_conformance.replay import RecordedTraffic
from chat_conformance.wire_server import WireServer
from chat_core import (
    AIMessage,
    APIConnectionError,
    AuthenticationError,
    ContentFilterError,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    ModelNotFoundError,
    ToolMessage,
    get_chat_model,
    list_providers,
)
from chat_google_genai.contents import encode_messages
from chat_google_vertexai import ChatVertexAI
from google.oauth2.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER = {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]}


@pytest.fixture(scope="module")
def running() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


@pytest.fixture
def server(running: WireServer) -> WireServer:
    running.reset()
    return running


def chat(server: WireServer, **settings: Any) -> ChatVertexAI:
    return chat_at(server.url, **settings)


def chat_at(url: str, **settings: Any) -> ChatVertexAI:
    given = {
        "model": "gemini-3-flash-preview",
        "max_retries": 0,
        "base_url": url,
        "project": "proj",
        "location": "europe-west4",
        "credentials": Credentials("token"),  # type: ignore[no-untyped-call]
        **settings,
    }
    return ChatVertexAI(**given)


class TestRecordedTraffic(RecordedTraffic):
    provider = "google-vertexai"

    def make(self, recording: Recording, url: str) -> ChatVertexAI:
        return chat_at(url)


def answers() -> list[Any]:
    params = recording_params("google-vertexai", "generate-content", stream=False)
    return [
        p
        for p in params
        if not isinstance(p.values[0], Recording)
        or (p.values[0].expected and not p.values[0].raises)
    ]


@pytest.mark.parametrize("recording", answers())
def test_each_whole_answer_goes_back_part_by_part_as_it_came(
    recording: Recording, server: WireServer
) -> None:
    wire = json.loads(recording.body)
    server.queue(recording.answer())
    with chat(server, model=wire["modelVersion"]) as model:
        message = model.invoke("Q")
    came = wire["candidates"][0]["content"].get("parts", [])
    assert parts_of(message, model=wire["modelVersion"]) == came


def parts_of(message: AIMessage, model: str) -> list[Any]:
    """The parts that an answer goes back as, once its calls have results."""
    results = [ToolMessage("r", call.id or "") for call in message.tool_calls]
    talk: list[Any] = [HumanMessage("Q"), message, *results]
    sent = encode_messages(talk, dialect=ChatVertexAI.dialect, model=model)
    return list(sent["contents"][1]["parts"])


def follow_up_params() -> list[Any]:
    pairs = follow_ups("google-vertexai", "generate-content")
    if not pairs:
        return [pytest.param(None, None, marks=pytest.mark.skip(reason="no recordings folder"))]
    return [pytest.param(reply, following, id=following.id) for reply, following in pairs]


@pytest.mark.parametrize(("reply", "following"), follow_up_params())
def test_calls_and_texts_go_back_as_the_next_request_has_them(
    reply: Recording, following: Recording, server: WireServer
) -> None:
    """Names, arguments and texts; for ids and signatures see the Gemini package's table."""
    server.queue(reply.answer())
    with chat(server) as model:
        if reply.stream:
            stream = model.stream("Q")
            assert list(stream)
            message = stream.message
        else:
            message = model.invoke("Q")
    ours = parts_of(message, model="gemini")
    assert following.request is not None
    answered = [t["parts"] for t in following.request["contents"] if t["role"] == "model"]
    assert facts(ours) in [facts(parts) for parts in answered]


def facts(parts: list[dict[str, Any]]) -> list[Any]:
    found: list[Any] = []
    for part in parts:
        call = part.get("functionCall", part.get("function_call"))
        if call is not None:
            found.append((call["name"], call.get("args") or {}))
        elif part.get("text") and not part.get("thought"):
            found.append(part["text"])
    return found


# --- the request as sent


def test_a_stream_asks_for_events_and_carries_the_token(server: WireServer) -> None:
    server.queue(sse_answer([ANSWER]))
    with chat(server) as model:
        assert "".join(c.content for c in model.stream("Q")) == "hi"
    (sent,) = server.requests
    assert sent.path == (
        "/v1beta1/projects/proj/locations/europe-west4"
        "/publishers/google/models/gemini-3-flash-preview:streamGenerateContent"
    )
    assert sent.query == {"alt": "sse"}
    assert sent.headers["authorization"] == "Bearer token"
    assert "x-goog-api-key" not in sent.headers


def test_a_query_of_base_url_goes_with_every_request(server: WireServer) -> None:
    server.queue(sse_answer([ANSWER]))
    with chat_at(f"{server.url}/gateway?tenant=7") as model:
        list(model.stream("Q"))
    (sent,) = server.requests
    assert sent.path.startswith("/gateway/")
    assert sent.query == {"alt": "sse", "tenant": "7"}


def test_express_mode_needs_a_key_and_nothing_else(server: WireServer) -> None:
    server.queue(json_answer(ANSWER))
    with chat(server, api_key="k", project=None, location=None, credentials=None) as model:
        assert model.invoke("Q").content == "hi"
    (sent,) = server.requests
    assert sent.path == "/v1beta1/publishers/google/models/gemini-3-flash-preview:generateContent"
    assert sent.headers["x-goog-api-key"] == "k"
    assert "authorization" not in sent.headers


def test_a_key_in_the_environment_does_not_choose_express_mode(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "k")
    server.queue(json_answer(ANSWER))
    with chat(server) as model:
        model.invoke("Q")
    assert "x-goog-api-key" not in server.requests[0].headers


def test_a_key_and_credentials_exclude_each_other(server: WireServer) -> None:
    with pytest.raises(InvalidParameterError, match="exclude each other"):
        chat(server, api_key="k").invoke("Q")


def test_what_only_vertex_takes_has_its_place(server: WireServer) -> None:
    server.queue(json_answer(ANSWER))
    with chat(
        server,
        labels={"team": "a"},
        audio_timestamp=True,
        model_armor_config={"prompt_template_name": "t"},
        image_config={"output_mime_type": "image/jpeg", "output_compression_quality": 85},
        stream_function_call_arguments=True,
    ) as model:
        model.invoke("Q")
    body = server.requests[0].json
    assert body["labels"] == {"team": "a"}
    assert body["modelArmorConfig"] == {"promptTemplateName": "t"}
    assert body["generationConfig"] == {
        "audioTimestamp": True,
        "imageConfig": {"imageOutputOptions": {"mimeType": "image/jpeg", "compressionQuality": 85}},
    }
    assert body["toolConfig"] == {"functionCallingConfig": {"streamFunctionCallArguments": True}}


def test_a_file_without_a_type_is_refused_before_any_request(server: WireServer) -> None:
    with pytest.raises(InvalidParameterError, match="mime_type"):
        chat(server).invoke([HumanMessage([ImageBlock("gs://bucket/picture")])])
    assert server.requests == ()


def test_a_whole_resource_names_its_own_location() -> None:
    model = ChatVertexAI(model="projects/p/locations/us-east5/endpoints/1", location="eu")
    assert model._place() == "us-east5"


@pytest.mark.parametrize(
    ("settings", "variable", "location"),
    [({"location": "eu"}, "us", "eu"), ({}, "us", "us"), ({}, None, "global")],
)
def test_the_location_is_named_or_of_the_environment_or_global(
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    variable: str | None,
    location: str,
) -> None:
    if variable:
        monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", variable)
    assert ChatVertexAI(model="gemini-2.5-flash", **settings)._place() == location


# --- faults


def test_a_blocked_prompt_is_a_content_filter_error(server: WireServer) -> None:
    server.queue(json_answer({"promptFeedback": {"blockReason": "MODEL_ARMOR"}}))
    with chat(server) as model, pytest.raises(ContentFilterError, match="MODEL_ARMOR"):
        model.invoke("Q")


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [(401, "UNAUTHENTICATED", AuthenticationError), (404, "NOT_FOUND", ModelNotFoundError)],
)
def test_refusals_name_this_provider(
    server: WireServer, status: int, word: str, kind: type[Exception]
) -> None:
    server.queue(json_answer([{"error": {"code": status, "status": word, "message": "m"}}], status))
    with chat(server) as model, pytest.raises(kind, match="google-vertexai"):
        list(model.stream("Q"))


def test_a_host_that_does_not_exist_puts_the_location_in_doubt(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WireServer() as gone:
        nowhere = gone.url
    monkeypatch.setattr("chat_google_vertexai.model.host", lambda place: nowhere)
    model = chat(server, base_url=None, location="europe-nowhere9")
    with pytest.raises(APIConnectionError, match=r"\(location='europe-nowhere9'\)") as caught:
        model.invoke("Q")
    assert nowhere.removeprefix("http://") in str(caught.value)


def test_a_proxy_before_a_host_that_is_made_from_a_location_is_named(server: WireServer) -> None:
    with WireServer() as gone:
        proxy = gone.url
    model = chat(server, base_url=None, location="europe-west4", proxy=proxy)
    with pytest.raises(APIConnectionError, match=f"through the proxy {proxy[7:]}") as caught:
        model.invoke("Q")
    assert "europe-west4-aiplatform.googleapis.com:443" in str(caught.value)
    assert not caught.value.is_retryable


async def test_a_host_that_does_not_exist_is_named_on_a_loop_too(server: WireServer) -> None:
    with WireServer() as gone:
        nowhere = gone.url
    async with chat(server, base_url=nowhere) as model:
        with pytest.raises(APIConnectionError, match=nowhere.removeprefix("http://")) as caught:
            await model.ainvoke("Q")
    assert "location" not in caught.value.message


def test_the_host_can_come_from_the_environment_as_in_googles_sdk(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", server.url)
    server.queue(json_answer(ANSWER))
    with chat(server, base_url=None) as model:
        model.invoke("Q")
    assert len(server.requests) == 1


# --- the registry


def test_the_id_loads_the_class_and_a_bare_name_is_the_gemini_apis() -> None:
    model = get_chat_model("google-vertexai:gemini-2.5-flash", location="eu")
    assert isinstance(model, ChatVertexAI)
    assert get_chat_model("gemini-2.5-flash").provider == "google-genai"
    assert {"google-genai", "google-vertexai"} <= {p.name for p in list_providers()}


def test_building_a_model_imports_neither_sdk_nor_httpx_nor_google_auth() -> None:
    program = (
        "import sys, json\n"
        "from chat_core import get_chat_model\n"
        "get_chat_model('google-vertexai:gemini-2.5-flash', project='p')\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded & {"google.genai", "google.auth", "httpx", "httpx2", "requests"} == set()


def test_a_client_of_the_sdk_carries_the_call() -> None:
    from google import genai
    from google.genai import types

    reply = {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP"}
        ]
    }
    with WireServer([json_answer(reply)]) as server:
        options = types.HttpOptions(base_url=server.url)
        with genai.Client(api_key="k", vertexai=True, http_options=options) as client:
            assert ChatVertexAI(model="gemini-x", client=client).invoke("Q").content == "hi"
        (request,) = server.requests
    assert request.path == "/v1beta1/publishers/google/models/gemini-x:generateContent"


def test_settings_that_a_client_of_the_sdk_has_are_refused_beside_it() -> None:
    with pytest.raises(InvalidParameterError, match=r"location= .* client="):
        ChatVertexAI(model="gemini-x", client=object(), location="eu").invoke("Q")
