"""What goes over the connection, and what happens when it breaks."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from chat_conformance.http_answers import (
    Answer,
    Pause,
    Reset,
    Stall,
    html,
    json_answer,
    redirect,
    sse,
)
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    APITimeoutError,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    MalformedResponseError,
    MissingAPIKeyError,
    OverloadedError,
    RateLimitError,
    StreamInterruptedError,
    ToolCall,
    ToolMessage,
    get_chat_model,
)
from chat_core.provider import CallOptions, WireModel
from chat_mistralai import ChatMistralAI
from mistral_wire import Wire, call, content_event, event, stop, thinking
from pydantic import SecretStr

KEY = "secret-key"
LIMITED = {"object": "error", "message": "slow down", "type": "rate_limited", "code": "1300"}


def reply(content: Any, *calls: Wire, finish: str = "stop") -> Answer:
    message = {"role": "assistant", "content": content, "tool_calls": list(calls) or None}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json_answer({"id": "c-1", "model": "m-1", "choices": [choice]})


HELLO = reply("Hello")
START = event({"role": "assistant", "content": ""})


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


def make(server: WireServer, **settings: Any) -> ChatMistralAI:
    given: Wire = {"model": "m-1", "api_key": KEY, "base_url": server.url, "max_retries": 0}
    return ChatMistralAI(**(given | settings))


# --- the request


def test_a_request_has_the_encoders_body_mistrals_address_and_the_key(server: WireServer) -> None:
    server.queue(HELLO)
    with make(server, temperature=0.5, safe_prompt=True, model_kwargs={"new": [1]}) as model:
        assert model.invoke("Hi").content == "Hello"
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.json == {
        "model": "m-1",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.5,
        "safe_prompt": True,
        "new": [1],
    }
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["user-agent"].startswith("chat-mistralai/")
    assert request.headers["accept"] == "application/json"


def test_a_stream_asks_for_events(server: WireServer) -> None:
    server.queue(sse([START, content_event("Hel"), content_event("lo"), stop(), "[DONE]"]))
    with make(server) as model:
        assert [c.content for c in model.stream("Hi") if c.content] == ["Hel", "lo"]
    assert server.requests[0].json["stream"] is True
    assert server.requests[0].headers["accept"] == "text/event-stream"


def test_every_setting_reaches_the_wire_under_its_own_name(server: WireServer) -> None:
    settings: Wire = {
        "temperature": 0.1,
        "top_p": 0.2,
        "top_k": 3,
        "max_tokens": 4,
        "min_tokens": 1,
        "stop": ["x"],
        "random_seed": 0,
        "metadata": {"a": 1},
        "response_format": {"type": "text"},
        "presence_penalty": 0.5,
        "frequency_penalty": 0.6,
        "repetition_penalty": 0.7,
        "logprobs": False,
        "top_logprobs": 2,
        "prompt_logprobs": True,
        "top_prompt_logprobs": 1,
        "n": 1,
        "prediction": {"type": "content", "content": "x"},
        "reasoning_effort": "high",
        "prompt_mode": "reasoning",
        "guardrails": [{"block_on_error": True}],
        "prompt_cache_key": "k",
        "service_tier": "auto",
        "safe_prompt": False,
    }
    server.queue(HELLO)
    with make(server, **settings) as model:
        model.invoke("Hi")
    sent = server.requests[0].json
    assert {name: sent.get(name) for name in settings} == settings


def test_the_fields_are_the_parameters_of_the_sdks_stream() -> None:
    from inspect import signature

    from mistralai.client.chat import Chat

    core = {"self", "messages", "tools", "tool_choice", "parallel_tool_calls", "stream"}
    of_the_call = {"retries", "server_url", "timeout_ms", "http_headers"}
    wanted = set(signature(Chat.stream).parameters) - core - of_the_call
    assert wanted <= set(ChatMistralAI.model_fields)
    own = set(ChatMistralAI.model_fields) - set(WireModel.model_fields)
    for name in sorted(own - {"n", "seed"}):
        model = ChatMistralAI(model="m").model_copy(update={name: {"x": 1}})
        sent = model._encode([HumanMessage("q")], CallOptions(), stream=False)
        assert sent[name] == {"x": 1}, name


def test_headers_of_the_user_win(server: WireServer) -> None:
    server.queue(HELLO)
    with make(server, default_headers={"X-Mine": "1", "User-Agent": "me"}) as model:
        model.invoke("Hi")
    (request,) = server.requests
    assert (request.headers["x-mine"], request.headers["user-agent"]) == ("1", "me")


async def test_one_transport_serves_both_worlds_and_keeps_its_connections(
    server: WireServer,
) -> None:
    server.queue(HELLO, HELLO, HELLO, HELLO)
    async with make(server) as model:
        for _ in range(2):
            assert (await model.ainvoke("Hi")).content == "Hello"
            assert (await asyncio.to_thread(model.invoke, "Hi")).content == "Hello"
        assert server.open_connections == 2
    assert [json.loads(request.body)["model"] for request in server.requests] == ["m-1"] * 4


def test_half_an_emoji_is_sent_as_a_replacement_character(server: WireServer) -> None:
    server.queue(HELLO)
    with make(server) as model:
        model.invoke("\ud83d Grüße")
    assert server.requests[0].json["messages"][0]["content"] == "\ufffd Grüße"


def test_what_is_no_json_is_refused(server: WireServer) -> None:
    for value in (object(), float("nan")):
        with make(server, model_kwargs={"x": value}) as model, pytest.raises(InvalidParameterError):
            model.invoke("Hi")
    assert server.requests == ()


def test_a_redirect_is_not_followed_with_the_key(server: WireServer) -> None:
    with WireServer(HELLO) as elsewhere:
        server.queue(redirect(f"{elsewhere.url}/v1/chat/completions"))
        with make(server) as model, pytest.raises(InvalidRequestError) as caught:
            model.invoke("Hi")
        assert caught.value.status == 307
        assert elsewhere.requests == ()


def test_a_tool_call_and_its_result_make_the_round(server: WireServer) -> None:
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"Sunny in {city}"

    asked_for = call("abcdefgh1", "weather", '{"city": "Ulm"}')
    server.queue(reply([thinking("hm")], asked_for, finish="tool_calls"), HELLO)
    question = HumanMessage([ImageBlock("https://a")])
    with make(server).bind_tools([weather], tool_choice="any", parallel_tool_calls=False) as model:
        asked = model.invoke([question])
        assert asked.tool_calls == [ToolCall("weather", {"city": "Ulm"}, "abcdefgh1")]
        model.invoke([question, asked, ToolMessage("Sunny", "abcdefgh1")])
    first, second = [request.json for request in server.requests]
    assert (first["tool_choice"], first["parallel_tool_calls"]) == ("any", False)
    assert second["messages"][1:] == [
        {
            "role": "assistant",
            "content": [thinking("hm")],
            "tool_calls": [
                {
                    "id": "abcdefgh1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city":"Ulm"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "abcdefgh1", "content": "Sunny"},
    ]


# --- where the SDK alone would fail


def test_a_model_about_to_end_still_answers(server: WireServer) -> None:
    header = {"x-model-deprecation-timestamp": "2030-01-01T00:00:00Z"}
    server.queue(sse([START, content_event("Hello"), stop(), "[DONE]"], headers=header))
    with make(server) as model:
        assert "".join(chunk.content for chunk in model.stream("Hi")) == "Hello"


async def test_five_hundred_streams_run_at_once(server: WireServer) -> None:
    streams = 500

    async def one(model: ChatMistralAI) -> str:
        return "".join([chunk.content async for chunk in model.astream("Hi")])

    at_once = 0
    for pause in (1.0, 8.0):  # a busy machine may need longer than the first to open all
        middle = Pause(pause)
        server.handler = lambda _, middle=middle: sse(
            [START, content_event("a"), middle, content_event("b"), stop()]
        )
        server.reset()
        async with make(server) as model:
            asked = asyncio.gather(*[one(model) for _ in range(streams)])
            assert await asyncio.to_thread(server.wait_for_requests, streams, 60)
            at_once = server.open_connections
            assert await asked == ["ab"] * streams
        if at_once == streams:
            break
    assert at_once == streams


# --- what breaks


def test_a_limit_is_asked_again(server: WireServer) -> None:
    server.queue(json_answer(LIMITED, 429, headers={"retry-after": "0"}), HELLO)
    with make(server, max_retries=1) as model:
        assert model.invoke("Hi").content == "Hello"
    assert len(server.requests) == 2


def test_the_sdk_does_not_try_again_by_itself(server: WireServer) -> None:
    server.queue(json_answer(LIMITED, 429), HELLO)
    with make(server) as model, pytest.raises(RateLimitError):
        model.invoke("Hi")
    assert len(server.requests) == 1


def test_an_error_after_the_role_is_still_safe_to_retry(server: WireServer) -> None:
    server.queue(sse([START, LIMITED]), sse([START, content_event("Hello"), stop(), "[DONE]"]))
    with make(server, max_retries=1) as model:
        assert "".join(chunk.content for chunk in model.stream("Hi")) == "Hello"


def test_an_error_after_output_carries_the_message_so_far(server: WireServer) -> None:
    busy = {"object": "error", "message": "no", "raw_status_code": 503}
    server.queue(sse([START, content_event("Hel"), busy]))
    with make(server, max_retries=3) as model, pytest.raises(OverloadedError) as caught:
        list(model.stream("Hi"))
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Hel"
    assert len(server.requests) == 1


@pytest.mark.parametrize("last", [Reset(), b": bye\n\n"], ids=["reset", "clean end"])
async def test_a_stream_that_just_ends_is_interrupted(server: WireServer, last: Any) -> None:
    server.queue(sse([START, content_event("Hel"), Pause(0.05), last]))
    async with make(server) as model:
        with pytest.raises(StreamInterruptedError) as caught:
            [chunk async for chunk in model.astream("Hi")]
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Hel"


@pytest.mark.parametrize(
    "answer", [Answer(before=[Stall()]), Answer(body=[b"{", Stall()], framing="chunked")]
)
def test_a_stall_ends_in_a_timeout(server: WireServer, answer: Answer) -> None:
    server.queue(answer)
    with make(server, answer_timeout=0.3) as model, pytest.raises(APITimeoutError, match=r"=0\.3"):
        model.invoke("Hi")


def test_comments_are_no_progress(server: WireServer) -> None:
    comments: list[Any] = [b": hi\n\n", Pause(0.1)] * 30
    server.queue(sse([START, content_event("Hel"), *comments]))
    with make(server, idle_timeout=0.4) as model, pytest.raises(APITimeoutError) as caught:
        list(model.stream("Hi"))
    assert caught.value.partial is not None


def test_a_host_without_a_server_is_a_connection_error() -> None:
    with WireServer() as gone:
        model = make(gone)
    with model, pytest.raises(APIConnectionError) as caught:
        model.invoke("Hi")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("base_url", ["not a url", "ftp://127.0.0.1", "http://[::1", "http://"])
def test_a_base_url_that_is_no_address_is_refused(base_url: str) -> None:
    with pytest.raises(InvalidParameterError, match="base_url"):
        ChatMistralAI(model="m", api_key=SecretStr(KEY), base_url=base_url)


def test_a_page_of_html_is_not_an_answer(server: WireServer) -> None:
    server.queue(html(), html())
    with make(server) as model:
        with pytest.raises(MalformedResponseError, match="base_url"):
            model.invoke("Hi")
        with pytest.raises(MalformedResponseError):
            list(model.stream("Hi"))


def test_leaving_a_stream_hangs_up(server: WireServer) -> None:
    server.queue(sse([START, content_event("Hel"), Stall()]))
    with make(server) as model:
        for chunk in model.stream("Hi"):
            if chunk.content:
                break
        assert server.wait_for_disconnect(20)


async def test_a_cancelled_task_hangs_up(server: WireServer) -> None:
    server.queue(Answer(before=[Stall()]))
    async with make(server) as model:
        task = asyncio.create_task(model.ainvoke("Hi"))
        assert await asyncio.to_thread(server.wait_for_requests, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.wait_for_disconnect, 20)


# --- bad input


@pytest.mark.parametrize(
    ("messages", "seen"),
    [([], "no messages"), ([HumanMessage("Q"), ToolMessage("R", "call_x")], "call_x")],
)
def test_a_conversation_that_cannot_be_is_refused_before_anything_is_sent(
    server: WireServer, messages: list[Any], seen: str
) -> None:
    with make(server) as model, pytest.raises(InvalidRequestError, match=seen):
        model.invoke(messages)
    assert server.requests == ()


def test_a_missing_key_is_named_at_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    model = ChatMistralAI(model="m-1")
    with pytest.raises(MissingAPIKeyError, match="MISTRAL_API_KEY"):
        model.invoke("Hi")


def test_the_key_may_come_from_the_environment(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "from-env\n")
    server.queue(HELLO)
    with make(server, api_key=None) as model:
        model.invoke("Hi")
    assert server.requests[0].headers["authorization"] == "Bearer from-env"


def test_a_key_that_is_none_is_refused_without_being_shown(server: WireServer) -> None:
    with make(server, api_key="sécret") as model, pytest.raises(InvalidParameterError) as caught:
        model.invoke("Hi")
    assert "cret" not in str(caught.value)


def test_the_key_appears_nowhere(server: WireServer) -> None:
    server.queue(HELLO)
    with make(server) as model:
        model.invoke("Hi")
        for shown in (repr(model), str(model), repr(vars(model)), str(pickle.dumps(model))):
            assert KEY not in shown


def test_a_misspelt_setting_names_the_nearest(server: WireServer) -> None:
    with pytest.raises(InvalidParameterError, match="random_seed"):
        make(server, randomseed=5)


@pytest.mark.parametrize(
    "name",
    [
        "mistralai:m-1",
        "MistralAI:m-1",
        "mistral-small-latest",
        "ministral-8b-latest",
        "codestral-latest",
        "devstral-medium-2507",
        "labs-devstral-small-2512",
        "magistral-medium-latest",
        "pixtral-12b",
        "voxtral-small-latest",
        "open-mistral-nemo",
        "open-mixtral-8x22b",
    ],
)
def test_the_registry_finds_it_by_id_and_by_bare_name(name: str) -> None:
    model = get_chat_model(name)
    assert isinstance(model, ChatMistralAI)
    assert model.model == name.rpartition(":")[2]


def test_neither_plugin_nor_model_imports_the_sdk() -> None:
    code = (
        "import sys, chat_mistralai.plugin;"
        "assert 'chat_mistralai.model' not in sys.modules;"
        "import chat_mistralai.model;"
        "print([m for m in ('mistralai', 'httpx', 'httpx2') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
