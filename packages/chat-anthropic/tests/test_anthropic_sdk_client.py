"""A client of Anthropic's SDK carries each call, those for Bedrock, Vertex and Foundry among them.

Sources of the addresses and frames: the SDK's clients, and AWS' page "Event stream encoding".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest
from anthropic.resources.messages import Messages
from bedrock_frames import event, frame
from chat_anthropic import ChatAnthropic
from chat_anthropic.event_stream import EventStreamParser
from chat_conformance.http_answers import Answer, Reset, json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    InvalidParameterError,
    MalformedResponseError,
    OverloadedError,
    RateLimitError,
    StreamInterruptedError,
)

REPLY = json_answer(
    {"type": "message", "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn"}
)
EVENTS: list[Any] = [
    {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 3}}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
]
STREAM = sse(EVENTS, event_key="type")


def binary(*frames: bytes | Reset) -> Answer:
    return Answer(headers={"content-type": "application/vnd.amazon.eventstream"}, body=frames)


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


@pytest.fixture
def make_client() -> Iterator[Callable[..., Any]]:
    made: list[Any] = []

    def make(kind: str, server: WireServer, *, is_async: bool = False) -> Any:
        client = new_client(kind, server, is_async=is_async)
        if not is_async:
            made.append(client)
        return client

    yield make
    for client in made:
        client.close()


def new_client(kind: str, server: WireServer, *, is_async: bool) -> Any:
    prefix = "Async" if is_async else ""
    given: dict[str, dict[str, Any]] = {
        "Anthropic": {"api_key": "k", "base_url": server.url},
        "AnthropicBedrock": {"api_key": "k", "aws_region": "us-east-1", "base_url": server.url},
        "AnthropicVertex": {
            "access_token": "t",
            "region": "us-east5",
            "project_id": "p",
            "base_url": server.url,
        },
        "AnthropicFoundry": {"api_key": "k", "base_url": server.url},
    }
    return getattr(anthropic, prefix + kind)(**given[kind], max_retries=4)


PATHS = {
    "Anthropic": ("/v1/messages", "/v1/messages"),
    "AnthropicBedrock": ("/model/claude-x/invoke", "/model/claude-x/invoke-with-response-stream"),
    "AnthropicVertex": (
        "/projects/p/locations/us-east5/publishers/anthropic/models/claude-x:rawPredict",
        "/projects/p/locations/us-east5/publishers/anthropic/models/claude-x:streamRawPredict",
    ),
    "AnthropicFoundry": ("/v1/messages", "/v1/messages"),
}
kinds = pytest.mark.parametrize("kind", list(PATHS))


@kinds
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_each_client_of_the_sdk_carries_the_call(
    make_client: Callable[..., Any], server: WireServer, kind: str, stream: bool, is_async: bool
) -> None:
    streamed = binary(*map(event, EVENTS)) if kind == "AnthropicBedrock" else STREAM
    server.queue(streamed if stream else REPLY)
    client = make_client(kind, server, is_async=is_async)
    settings = {"async_client" if is_async else "client": client}
    model = ChatAnthropic(model="claude-x", betas=["a-2025-01-01"], top_k=3, **settings)

    async def ask() -> str:
        async with client:
            if stream:
                return "".join([chunk.content async for chunk in model.astream("Q")])
            return (await model.ainvoke("Q")).content

    if is_async:
        seen = asyncio.run(ask())
    elif stream:
        seen = "".join(chunk.content for chunk in model.stream("Q"))
    else:
        seen = model.invoke("Q").content
    assert seen == "hi"
    (request,) = server.requests
    assert request.path == PATHS[kind][stream]
    assert request.json["top_k"] == 3
    assert request.headers["anthropic-beta"] == "a-2025-01-01"
    assert request.headers["user-agent"].startswith(("Anthropic", "AsyncAnthropic"))
    if kind in ("AnthropicBedrock", "AnthropicVertex"):
        assert "model" not in request.json
        assert "anthropic_version" in request.json


def test_a_stream_of_bedrock_means_the_same_however_its_bytes_are_cut() -> None:
    data = b"".join(map(event, EVENTS))
    whole = EventStreamParser().feed(data)
    parser = EventStreamParser()
    assert b"".join(parser.feed(data[at : at + 1]) for at in range(len(data))) == whole
    assert [json.loads(line[6:]) for line in whole.split(b"\n\n") if line] == EVENTS


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("throttlingException", RateLimitError),
        ("serviceUnavailableException", OverloadedError),
        ("internalServerException", APIError),
    ],
)
def test_an_exception_in_a_stream_of_bedrock_is_the_error_of_its_status(
    make_client: Callable[..., Any], server: WireServer, name: str, kind: type[APIError]
) -> None:
    refusal = frame({"message": "Wait."}, message_type="exception", exception_type=name)
    server.queue(binary(*map(event, EVENTS[:2]), refusal))
    model = ChatAnthropic(model="claude-x", client=make_client("AnthropicBedrock", server))
    with pytest.raises(kind, match=r"Wait\.") as caught:
        list(model.stream("Q"))
    assert caught.value.partial is not None
    assert caught.value.partial.content == "hi"


def test_a_damaged_frame_of_bedrock_is_malformed_after_the_text_before_it(
    make_client: Callable[..., Any],
    server: WireServer,
) -> None:
    damaged = bytearray(event(EVENTS[2]))
    damaged[-6] ^= 1
    server.queue(binary(b"".join(map(event, EVENTS[:2])) + bytes(damaged)))
    model = ChatAnthropic(model="claude-x", client=make_client("AnthropicBedrock", server))
    stream = model.stream("Q")
    with pytest.raises(MalformedResponseError, match="checksum"):
        list(stream)
    assert stream.message is not None
    assert stream.message.content == "hi"


def test_a_stream_of_bedrock_that_just_ends_is_interrupted(
    make_client: Callable[..., Any], server: WireServer
) -> None:
    server.queue(binary(*map(event, EVENTS[:2])))
    model = ChatAnthropic(model="claude-x", client=make_client("AnthropicBedrock", server))
    with pytest.raises(StreamInterruptedError):
        list(model.stream("Q"))


@kinds
def test_a_refusal_is_our_error_and_the_sdk_retries_nothing(
    make_client: Callable[..., Any], server: WireServer, kind: str
) -> None:
    server.queue(json_answer({"message": "Too many."}, 429, headers={"x-amzn-requestid": "r"}))
    model = ChatAnthropic(model="claude-x", client=make_client(kind, server), max_retries=0)
    with pytest.raises(RateLimitError, match=r"Too many\.") as caught:
        model.invoke("Q")
    assert len(server.requests) == 1
    assert caught.value.request_id == "r"


def test_a_broken_connection_is_tried_again_by_us(
    make_client: Callable[..., Any], server: WireServer
) -> None:
    server.queue(Answer(before=[Reset()]), REPLY)
    model = ChatAnthropic(model="claude-x", client=make_client("Anthropic", server), max_retries=1)
    assert model.invoke("Q").content == "hi"
    assert len(server.requests) == 2


def test_a_host_that_is_not_there_is_a_connection_error(make_client: Callable[..., Any]) -> None:
    with WireServer() as gone:
        client = make_client("Anthropic", gone)
    with pytest.raises(APIConnectionError):
        ChatAnthropic(model="claude-x", client=client, max_retries=0).invoke("Q")


def test_a_key_that_the_server_repeats_is_not_shown(server: WireServer) -> None:
    server.queue(json_answer({"error": {"type": "x", "message": "bad sk-secret-1234"}}, 401))
    client = anthropic.Anthropic(api_key="sk-secret-1234", base_url=server.url)
    with client, pytest.raises(APIError) as caught:
        ChatAnthropic(model="claude-x", client=client).invoke("Q")
    assert "sk-secret-1234" not in str(caught.value)


def test_a_wrapped_method_sees_each_call_once(
    make_client: Callable[..., Any], server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    create = Messages.create

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append((kwargs["model"], kwargs["max_tokens"]))
        return create(self, *args, **kwargs)

    monkeypatch.setattr(Messages, "create", wrapper)
    server.queue(REPLY)
    model = ChatAnthropic(model="claude-x", max_tokens=7, client=make_client("Anthropic", server))
    model.invoke("Q")
    assert seen == [("claude-x", 7)]


def test_an_answer_may_take_longer_than_timeout(
    make_client: Callable[..., Any], server: WireServer
) -> None:
    from chat_conformance.http_answers import Pause

    client = make_client("Anthropic", server)
    for timeout in (0.1, 3.0):  # a busy machine may need longer than the first to connect
        late = [Pause(4 * timeout)]
        server.handler = lambda _, late=late: Answer(
            before=late, headers=REPLY.headers, body=REPLY.body
        )
        model = ChatAnthropic(model="claude-x", client=client, timeout=timeout)
        try:
            assert model.invoke("Q").content == "hi"
        except APITimeoutError:
            if timeout == 3.0:
                raise
        else:
            return


def test_an_answer_that_takes_too_long_ends_in_our_timeout(
    make_client: Callable[..., Any], server: WireServer
) -> None:
    from chat_conformance.http_answers import Stall

    server.queue(Answer(before=[Stall()]))
    client = make_client("Anthropic", server)
    model = ChatAnthropic(model="claude-x", client=client, answer_timeout=0.3)
    with pytest.raises(APITimeoutError, match="answer_timeout"):
        model.invoke("Q")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"client": openai.OpenAI(api_key="k")}, r"anthropic\.Anthropic.*got openai\.OpenAI"),
        ({"client": anthropic.AsyncAnthropic(api_key="k")}, r"client= takes an anthropic"),
        ({"async_client": anthropic.Anthropic(api_key="k")}, "AsyncAnthropic"),
        ({"async_client": anthropic.AsyncAnthropic(api_key="k")}, "need client="),
        ({"client": anthropic.Anthropic(api_key="k"), "api_key": "k"}, r"api_key= .* client="),
        ({"client": anthropic.Anthropic(api_key="k"), "proxy": "http://p"}, r"proxy= .* client="),
    ],
    ids=["another vendor", "async", "sync", "none for blocking code", "a key", "a proxy"],
)
def test_a_client_that_cannot_carry_the_call_is_refused(given: Any, words: str) -> None:
    with pytest.raises(InvalidParameterError, match=words):
        ChatAnthropic(model="claude-x", **given).invoke("Q")
