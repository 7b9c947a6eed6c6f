"""The Gemini API's client over a real socket: every recording, the request as sent, every fault."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.http_answers import Answer, Close, Reset, Stall, html, json_answer, redirect
from chat_conformance.http_answers import sse as sse_answer
from chat_conformance.recordings import Recording
from chat_conformance.replay import RecordedTraffic
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    ChatError,
    InvalidParameterError,
    MalformedResponseError,
    MissingAPIKeyError,
    OverloadedError,
    QuotaExceededError,
    StreamInterruptedError,
)
from chat_google_genai import ChatGoogleGenerativeAI
from gemini_wire import STOP, text, wire_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "AIza-not-a-real-key"


@pytest.fixture(scope="module")
def running() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


@pytest.fixture
def server(running: WireServer) -> WireServer:
    running.reset()
    return running


def chat(server: WireServer, **settings: Any) -> ChatGoogleGenerativeAI:
    given = {"model": "gemini-2.5-flash", "api_key": KEY, "max_retries": 0, **settings}
    return ChatGoogleGenerativeAI(**{"base_url": server.url, **given})


class TestRecordedTraffic(RecordedTraffic):
    provider = "google-genai"

    def make(self, recording: Recording, url: str) -> ChatGoogleGenerativeAI:
        return ChatGoogleGenerativeAI(
            model="gemini-2.5-flash", api_key=KEY, base_url=url, max_retries=0
        )


# --- the request as sent


def test_a_query_of_base_url_goes_with_every_request(server: WireServer) -> None:
    server.queue(json_answer(text("hi", finish="STOP")), sse_answer([text("hi"), STOP]))
    with chat(server, base_url=f"{server.url}/gateway?tenant=7") as model:
        model.invoke("Q")
        list(model.stream("Q"))
    whole, stream = server.requests
    assert whole.path.startswith("/gateway/v1beta/models/")
    assert whole.query == {"tenant": "7"}
    assert stream.query == {"alt": "sse", "tenant": "7"}


def test_the_key_is_a_header_and_never_in_the_url(server: WireServer) -> None:
    server.queue(json_answer(text("hi", finish="STOP")), sse_answer([text("hi"), STOP]))
    with chat(server) as model:
        model.invoke("Q")
        list(model.stream("Q"))
    whole, stream = server.requests
    assert whole.path == "/v1beta/models/gemini-2.5-flash:generateContent"
    assert stream.path == "/v1beta/models/gemini-2.5-flash:streamGenerateContent"
    assert (whole.query, stream.query) == ({}, {"alt": "sse"})
    assert {r.headers["x-goog-api-key"] for r in (whole, stream)} == {KEY}
    assert "model" not in whole.json


def test_a_bound_model_shares_the_connection_and_has_its_own_path(server: WireServer) -> None:
    server.queue(*[json_answer(text("hi", finish="STOP"))] * 2)
    with chat(server) as model:
        model.invoke("Q")
        model.bind(model="gemini-3-flash-preview").invoke("Q")
    assert [r.path.rpartition("/")[2] for r in server.requests] == [
        "gemini-2.5-flash:generateContent",
        "gemini-3-flash-preview:generateContent",
    ]


def test_headers_and_version_are_the_users(server: WireServer) -> None:
    server.queue(json_answer(text("hi", finish="STOP")))
    with chat(server, default_headers={"x-team": "a"}, api_version="v1") as model:
        model.invoke("Q")
    assert server.requests[0].headers["x-team"] == "a"
    assert server.requests[0].path.startswith("/v1/models/")


def test_half_an_emoji_is_sent_as_a_replacement_character(server: WireServer) -> None:
    server.queue(json_answer(text("hi", finish="STOP")))
    with chat(server) as model:
        model.invoke("cut \ud83d")
    assert server.requests[0].json["contents"][0]["parts"] == [{"text": "cut \ufffd"}]


def test_what_json_cannot_express_is_named(server: WireServer) -> None:
    model = chat(server, model_kwargs={"x": object()})
    with pytest.raises(InvalidParameterError, match="JSON"):
        model.invoke("Q")
    assert server.requests == ()


# --- keys


def test_the_key_comes_from_the_environment(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "second")
    server.queue(*[json_answer(text("hi", finish="STOP"))] * 2)
    with chat(server, api_key=None) as model:
        model.invoke("Q")
    monkeypatch.setenv("GOOGLE_API_KEY", "first\n")
    with chat(server, api_key=None) as model:
        model.invoke("Q")
    assert [r.headers["x-goog-api-key"] for r in server.requests] == ["second", "first"]


def test_no_key_says_what_to_set(server: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    with pytest.raises(MissingAPIKeyError, match="GOOGLE_API_KEY"):
        chat(server, api_key=None).invoke("Q")


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines", "tab\there"])
def test_a_key_that_cannot_be_one_is_refused_unseen(server: WireServer, key: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        chat(server, api_key=key).invoke("Q")
    assert key not in str(caught.value)


def test_the_key_is_shown_nowhere(server: WireServer) -> None:
    server.queue(json_answer({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401))
    with chat(server) as model:
        with pytest.raises(AuthenticationError) as caught:
            model.invoke("Q")
        shown = repr(model) + str(model) + repr(caught.value) + str(caught.value.__dict__)
        assert KEY not in shown
        assert KEY.encode() not in pickle.dumps(model)


@pytest.mark.parametrize("base_url", ["localhost:80", "generativelanguage.googleapis.com", "x"])
def test_a_base_url_without_a_scheme_is_named(server: WireServer, base_url: str) -> None:
    with pytest.raises(InvalidParameterError, match="base_url"):
        chat(server, base_url=base_url)


def test_the_host_can_come_from_the_environment_as_in_googles_sdk(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
    server.queue(json_answer(text("hi", finish="STOP")))
    with chat(server, base_url=None) as model:
        assert model.invoke("Q").content == "hi"


# --- faults


async def test_leaving_a_stream_hangs_up_at_once(server: WireServer) -> None:
    server.queue(*[sse_answer([text("a"), Stall()])] * 2)
    with chat(server) as model:
        for _ in model.stream("Q"):
            break
        assert server.wait_for_disconnect(10)
    server.reset()
    server.queue(sse_answer([text("a"), Stall()]))
    async with chat(server) as model:
        async with model.astream("Q") as stream:
            await anext(stream)
        assert await asyncio.to_thread(server.wait_for_disconnect, 20)


@pytest.mark.parametrize("fault", [Reset(), Close()])
def test_a_connection_that_breaks_is_an_interruption_with_what_arrived(
    server: WireServer, fault: Any
) -> None:
    server.queue(sse_answer([text("so far"), fault]))
    with chat(server) as model, pytest.raises(StreamInterruptedError) as caught:
        list(model.stream("Q"))
    assert caught.value.partial is not None
    assert caught.value.partial.content == "so far"


def test_a_connection_that_breaks_before_the_answer_is_tried_again(server: WireServer) -> None:
    server.queue(Answer(before=[Reset()]), json_answer(text("hi", finish="STOP")))
    with chat(server, max_retries=1) as model:
        assert model.invoke("Q").content == "hi"


def test_an_error_before_any_output_is_tried_again_as_asked(server: WireServer) -> None:
    wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.01s"}
    error = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [wait]}}
    overloaded = {"error": {"code": 503, "status": "UNAVAILABLE"}}
    server.queue(
        json_answer(error, 429),
        sse_answer([{"responseId": "r", "modelVersion": "m"}, overloaded]),
        sse_answer([text("hi"), STOP]),
    )
    with chat(server, max_retries=2) as model:
        assert "".join(c.content for c in model.stream("Q")) == "hi"


def test_a_daily_quota_is_not_tried_again(server: WireServer) -> None:
    failure = {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
    }
    error = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [failure]}}
    server.queue(json_answer(error, 429))
    with chat(server, max_retries=2) as model, pytest.raises(QuotaExceededError):
        model.invoke("Q")
    assert len(server.requests) == 1


def test_an_error_in_mid_stream_carries_what_arrived(server: WireServer) -> None:
    error = {"error": {"code": 503, "message": "later", "status": "UNAVAILABLE"}}
    server.queue(sse_answer([text("so far"), error]))
    with chat(server, max_retries=2) as model, pytest.raises(OverloadedError) as caught:
        list(model.stream("Q"))
    assert caught.value.partial is not None
    assert caught.value.partial.content == "so far"
    assert (caught.value.status, caught.value.provider) == (503, "google-genai")


def test_a_stalled_answer_runs_into_the_timeout(server: WireServer) -> None:
    server.queue(Answer(before=[Stall()]), sse_answer([text("a"), Stall()]))
    with chat(server, answer_timeout=0.2, idle_timeout=0.2) as model:
        with pytest.raises(APITimeoutError):
            model.invoke("Q")
        with pytest.raises(APITimeoutError) as caught:
            list(model.stream("Q"))
    assert caught.value.partial is not None


def test_a_page_of_html_is_no_answer(server: WireServer) -> None:
    server.queue(html(), html())
    with chat(server) as model:
        with pytest.raises(MalformedResponseError, match="HTML"):
            model.invoke("Q")
        with pytest.raises(MalformedResponseError, match="HTML"):
            list(model.stream("Q"))


def test_a_redirect_does_not_take_the_key_along(server: WireServer) -> None:
    with WireServer(json_answer(text("stolen", finish="STOP"))) as elsewhere:
        server.queue(redirect(elsewhere.url + "/"))
        with chat(server) as model, pytest.raises(ChatError, match="307"):
            model.invoke("Q")
        assert elsewhere.requests == ()


def test_a_host_without_a_server_is_a_connection_error() -> None:
    with WireServer() as gone:
        url = gone.url
    with chat(gone, base_url=url) as model, pytest.raises(APIConnectionError):
        model.invoke("Q")


def test_bytes_may_be_cut_anywhere(server: WireServer) -> None:
    server.queue(sse_answer([text("süß 😀"), STOP], piece=1, line_end="\r\n"))
    with chat(server) as model:
        assert "".join(c.content for c in model.stream("Q")) == "süß 😀"


async def test_many_streams_at_once_do_not_wait_for_each_other(server: WireServer) -> None:
    server.queue(*[sse_answer([text("a"), Stall()])] * 150)
    async with chat(server) as model:
        streams = [model.astream("Q") for _ in range(150)]
        first = await asyncio.gather(*(anext(stream) for stream in streams))
        assert [chunk.content for chunk in first] == ["a"] * 150
        await asyncio.gather(*(stream.aclose() for stream in streams))


# --- what is imported when


def imported(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after ``code``."""
    program = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import chat_google_genai.plugin",
        "import chat_google_genai.model",
        "from chat_google_genai import ChatGoogleGenerativeAI as C; C(model='gemini-2.5-flash')",
    ],
)
def test_building_a_model_imports_neither_the_sdk_nor_httpx(code: str) -> None:
    assert imported(code) & {"google.genai", "httpx", "httpx2", "requests"} == set()


def test_a_plain_request_does_not_import_the_sdk() -> None:
    code = """
from chat_core import HumanMessage
from chat_core.provider import CallOptions
from chat_google_genai import ChatGoogleGenerativeAI
model = ChatGoogleGenerativeAI(model='gemini-2.5-flash', thinking_budget=0, top_k=3)
model._encode([HumanMessage('Q')], CallOptions(), stream=True)
"""
    assert "google.genai" not in imported(code)


def test_thoughts_stream_apart_from_the_answer(server: WireServer) -> None:
    server.queue(sse_answer([wire_of({"text": "hm", "thought": True}), text("so"), STOP]))
    with chat(server, include_thoughts=True) as model:
        stream = model.stream("Q")
        assert "".join(chunk.content for chunk in stream) == "so"
    assert stream.message.reasoning == "hm"
