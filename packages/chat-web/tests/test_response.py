from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from asgi_server import (
    application,
    hold_within,
    read_events,
    read_frames,
    seconds_to_disconnect,
    serve,
    text_of,
)
from chat_conformance import ErrorReply, OfflineServer, Reply
from chat_conformance.http_answers import Stall
from chat_core import (
    AIMessageChunk,
    ChatPromptTemplate,
    RunnableLambda,
    StrOutputParser,
    get_chat_model,
)
from chat_web import ChatResponse, lifespan
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

STORY = "The lamp burned low while the harbour slept."
ENDLESS = Reply("The lamp ", Stall())
GROQ = "groq:llama-3.3-70b-versatile"


@pytest.fixture
def vendor() -> Iterator[OfflineServer]:
    with OfflineServer(STORY) as server:
        yield server


async def _answer(_: object) -> ChatResponse:
    return ChatResponse(get_chat_model("offline:demo", pause=0).astream("Hello"))


def test_chunks_of_a_model_arrive_as_the_events_of_one_run(vendor: OfflineServer) -> None:
    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(vendor.model(GROQ).astream("Tell"))

    with serve(application(endpoint)) as url:
        events = read_events(url)
    assert [e["event"] for e in events[:1]] == ["on_chat_model_start"]
    assert text_of(events) == STORY
    assert events[-2]["event"] == "on_chat_model_end"
    assert events[-2]["data"]["output"].content == STORY
    assert events[-1]["data"] == {"reason": "complete"}
    assert len({e["run_id"] for e in events}) == 1


def test_events_of_a_chain_arrive_without_the_prompt(vendor: OfflineServer) -> None:
    prompt = ChatPromptTemplate([("system", "The password is swordfish."), ("human", "{topic}")])

    async def endpoint(_: object) -> ChatResponse:
        chain = prompt | vendor.model(GROQ) | StrOutputParser()
        return ChatResponse(chain.astream_events({"topic": "lamps"}))

    with serve(application(endpoint)) as url:
        text = "\n".join(read_frames(url))
        events = read_events(url)
    assert "swordfish" not in text
    assert text_of(events) == STORY
    assert {"on_chain_start", "on_chat_model_end", "on_parser_stream", "on_chain_end"} <= {
        event["event"] for event in events
    }


def test_all_events_are_sent_to_readers_who_may_see_them(vendor: OfflineServer) -> None:
    async def endpoint(_: object) -> ChatResponse:
        chain = ChatPromptTemplate([("system", "Be brief.")]) | vendor.model(GROQ)
        return ChatResponse(chain.astream_events({}), show=None)

    with serve(application(endpoint)) as url:
        events = read_events(url)
    prompts = [event for event in events if event["event"] == "on_prompt_end"]
    assert prompts[0]["data"]["output"].messages[0].content == "Be brief."


def test_text_of_a_chain_is_sent_as_a_chain(vendor: OfflineServer) -> None:
    async def endpoint(_: object) -> ChatResponse:
        chain = vendor.model(GROQ) | StrOutputParser()
        return ChatResponse(chain.astream("Tell"))

    with serve(application(endpoint)) as url:
        events = read_events(url)
    assert {event["event"] for event in events[:-2]} == {"on_chain_start", "on_chain_stream"}
    assert events[-2]["data"] == {"output": STORY}


def test_headers_forbid_buffering_and_caching() -> None:
    with serve(application(_answer)) as url:
        headers = httpx.get(url, timeout=60).headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers


def test_every_frame_has_the_id_of_its_stream_and_its_number() -> None:
    with serve(application(_answer)) as url:
        ids = [frame.splitlines()[0] for frame in read_frames(url)]
    streams = {each.removeprefix("id: ").partition(".")[0] for each in ids}
    assert len(streams) == 1
    assert [each.partition(".")[2] for each in ids] == [str(n + 1) for n in range(len(ids))]


def test_fastapi_sends_it_as_it_is() -> None:
    api = FastAPI()

    @api.get("/")
    async def endpoint() -> ChatResponse:
        return ChatResponse(get_chat_model("offline:demo", pause=0).astream("Hello"))

    with serve(api) as url:
        assert read_events(url)[-1]["data"] == {"reason": "complete"}


def test_it_is_an_application_of_its_own() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await (await _answer(None))(scope, receive, send)

    with serve(app) as url:
        assert read_events(url)[-1]["data"] == {"reason": "complete"}


def test_a_test_client_reads_it() -> None:
    with TestClient(application(_answer, lifespan=lifespan)) as client:
        text = client.get("/").text
    assert text.count("event: end") == 1


def test_an_error_is_the_last_event_and_shows_no_word_of_the_vendor(
    vendor: OfflineServer,
) -> None:
    secret = "Organization org-7788 has no capacity for sk-abc."
    vendor.answer(Reply("The lamp ", ErrorReply("overloaded", message=secret)))

    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(vendor.model(GROQ).astream_events("Tell"))

    with serve(application(endpoint)) as url:
        text = "\n".join(read_frames(url))
        events = read_events(url)
    assert "org-7788" not in text
    assert "sk-abc" not in text
    for event in events[-2:]:
        error = event["data"]["error"]
        assert type(error).__name__ == "OverloadedError"
        assert error.message == "The model is overloaded at the moment. Try again later."
        assert (error.provider, error.status, error.is_retryable) == ("groq", 503, True)
        assert error.partial is None
    assert events[-2]["event"] == "on_chat_model_error"
    assert events[-1]["data"]["reason"] == "error"


def test_an_error_before_the_first_chunk_is_an_event_too(vendor: OfflineServer) -> None:
    vendor.answer(ErrorReply("rate_limit", message="org-7788", retry_after=7))

    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(vendor.model(GROQ, max_retries=0).astream("Tell"))

    with serve(application(endpoint)) as url:
        [event] = read_events(url)
    error = event["data"]["error"]
    assert error.message == "The model has too many requests at the moment. Try again in 7 s."
    assert error.retry_after == 7


def test_an_exception_of_the_program_is_shown_as_a_failure_alone() -> None:
    async def broken() -> AsyncIterator[AIMessageChunk]:
        yield AIMessageChunk("One ")
        raise LookupError("/srv/app/secrets.toml")

    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(broken())

    with serve(application(endpoint)) as url:
        text = "\n".join(read_frames(url))
    assert "secrets" not in text
    assert '"class":"ChatError","message":"The answer failed."' in text


def test_data_without_json_is_an_error_event() -> None:
    def unserialisable(_: object) -> object:
        return object()

    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(RunnableLambda(unserialisable).astream_events("x"))

    with serve(application(endpoint)) as url:
        assert read_events(url)[-1]["data"]["reason"] == "error"


def test_a_source_of_other_things_is_an_error_event() -> None:
    async def numbers() -> AsyncIterator[Any]:
        yield 7

    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(numbers())

    with serve(application(endpoint)) as url:
        assert read_events(url)[-1]["data"]["reason"] == "error"


def test_a_heartbeat_is_sent_while_the_model_is_silent() -> None:
    go_on = threading.Event()

    async def slow() -> AsyncIterator[AIMessageChunk]:
        while not go_on.is_set():
            await asyncio.sleep(0.01)
        yield AIMessageChunk("Late.")

    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(slow(), heartbeat=0.1)

    with serve(application(endpoint)) as url, httpx.stream("GET", url, timeout=20) as response:
        pieces = response.iter_text()
        text = ""
        while text.count(": keep-alive") < 2:
            text += next(pieces)
        assert text == ": keep-alive\n\n" * 2
        go_on.set()
        frames = [frame for frame in "".join(pieces).split("\n\n") if frame]
    assert "Late." in frames[-3]
    assert frames[-1].splitlines()[1] == "event: end"


def test_head_asks_no_model(vendor: OfflineServer) -> None:
    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(vendor.model(GROQ).astream("Tell"))

    with serve(application(endpoint)) as url:
        response = httpx.head(url, timeout=60)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert not vendor.wire.requests


def test_a_second_connection_does_not_ask_the_model_again(vendor: OfflineServer) -> None:
    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(vendor.model(GROQ).astream("Tell"))

    with serve(application(endpoint)) as url:
        [event] = read_events(url, headers={"Last-Event-ID": "abc.4"})
    assert event["data"]["reason"] == "error"
    assert "StreamGoneError: This answer was not kept. Ask again." in str(event["data"]["error"])
    assert not vendor.wire.requests


@pytest.mark.parametrize("is_event_stream", [False, True])
@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_the_call_to_the_vendor_ends_when_the_reader_goes(is_event_stream: bool, http: str) -> None:
    with OfflineServer(ENDLESS) as vendor:

        async def endpoint(_: object) -> ChatResponse:
            model = vendor.model(GROQ)
            source = model.astream_events("x") if is_event_stream else model.astream("x")
            return ChatResponse(source)

        with serve(application(endpoint), http=http) as url:
            hold_within(0.5, lambda: seconds_to_disconnect(url, vendor))


def test_the_call_ends_behind_middleware_that_wraps_the_connection() -> None:
    """``BaseHTTPMiddleware`` passes the body on through a queue of its own."""

    async def pass_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)

    with OfflineServer(ENDLESS) as vendor:

        async def endpoint(_: object) -> ChatResponse:
            return ChatResponse(vendor.model(GROQ).astream("x"))

        wrapping = [Middleware(BaseHTTPMiddleware, dispatch=pass_on)]
        with serve(application(endpoint, middleware=wrapping)) as url:
            hold_within(0.5, lambda: seconds_to_disconnect(url, vendor))
            vendor.answer(STORY)
            assert read_events(url)[-1]["data"] == {"reason": "complete"}


def test_the_call_ends_when_the_reader_goes_before_the_first_token() -> None:
    with OfflineServer(Reply(Stall())) as vendor:

        async def endpoint(_: object) -> ChatResponse:
            return ChatResponse(vendor.model(GROQ).astream("x"))

        with serve(application(endpoint)) as url:
            hold_within(0.5, lambda: seconds_to_disconnect(url, vendor, read=0))


def test_a_slow_reader_slows_the_source() -> None:
    made = 0

    async def endless() -> AsyncIterator[AIMessageChunk]:
        nonlocal made
        while True:
            made += 1
            yield AIMessageChunk("x" * 4096)

    async def endpoint(_: object) -> ChatResponse:
        return ChatResponse(endless())

    with serve(application(endpoint)) as url, httpx.stream("GET", url, timeout=60) as response:
        pieces = response.iter_bytes()
        next(pieces)
        before = -1
        while made != before and made < 20_000:  # what the sockets of both sides take
            before = made
            time.sleep(0.3)
        assert 0 < made < 20_000


async def test_a_whole_answer_is_one_message() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.sleep(60)

    response = await _answer(None)
    await response({"type": "http", "method": "GET", "headers": []}, receive, send)
    assert [message["type"] for message in sent[:1]] == ["http.response.start"]
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
