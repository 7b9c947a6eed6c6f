"""What goes over the connection, and what happens when it breaks."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from chat_anthropic import ChatAnthropic
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
from chat_conformance.wire_server import Request, WireServer
from chat_core import (
    APIConnectionError,
    APITimeoutError,
    HumanMessage,
    InvalidParameterError,
    InvalidRequestError,
    MalformedResponseError,
    MissingAPIKeyError,
    OverloadedError,
    StreamInterruptedError,
    ToolCall,
    ToolMessage,
    get_chat_model,
)
from chat_core.provider import WireModel

KEY = "sk-ant-secret"
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def text(words: str) -> dict[str, Any]:
    delta = {"type": "text_delta", "text": words}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


START = {
    "type": "message_start",
    "message": {"id": "msg_1", "model": "claude-test", "usage": {"input_tokens": 3}},
}
END: list[Any] = [
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]


def events(*frames: Any) -> Answer:
    return sse(frames, event_key="type")


def reply(*content: dict[str, Any], stop: str = "end_turn") -> Answer:
    return json_answer({"type": "message", "id": "m", "content": content, "stop_reason": stop})


HELLO = reply({"type": "text", "text": "Hello"})


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


def make(server: WireServer, **settings: Any) -> ChatAnthropic:
    given: dict[str, Any] = {
        "model": "claude-test",
        "api_key": KEY,
        "base_url": server.url,
        "max_retries": 0,
    }
    return ChatAnthropic(**(given | settings))


def chat(**settings: Any) -> ChatAnthropic:
    given: dict[str, Any] = {"model": "claude-test", "api_key": KEY}
    return ChatAnthropic(**(given | settings))


def sent_key(request: Request) -> str:
    """The key in a request: the SDK's older versions send it in a header of its own."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return request.headers.get("x-api-key") or bearer


# --- the request


def test_the_body_is_ours_and_the_sdk_adds_nothing(server: WireServer) -> None:
    server.queue(HELLO)
    with make(server, temperature=0.5, top_k=3, model_kwargs={"new": [1]}) as model:
        assert model.invoke("Hi").content == "Hello"
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/messages")
    assert request.json == {
        "model": "claude-test",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "temperature": 0.5,
        "top_k": 3,
        "new": [1],
    }
    assert sent_key(request) == KEY
    assert "anthropic-version" in request.headers


def test_betas_profile_and_workspace_travel_as_headers(server: WireServer) -> None:
    server.queue(HELLO)
    settings = {"betas": ["a-2025-01-01"], "user_profile_id": "p", "workspace_id": "w"}
    with make(server, speed="fast", default_headers={"x-mine": "1"}, **settings) as model:
        model.invoke("Hi")
    (request,) = server.requests
    assert request.headers["anthropic-beta"] == "a-2025-01-01,fast-mode-2026-02-01"
    assert request.headers["anthropic-user-profile-id"] == "p"
    assert request.headers["anthropic-workspace-id"] == "w"
    assert request.headers["x-mine"] == "1"
    assert not settings.keys() & request.json.keys()


def test_a_beta_word_that_a_setting_needs_leaves_those_of_default_headers(
    server: WireServer,
) -> None:
    server.queue(HELLO)
    given = {"Anthropic-Beta": "context-1m-2025-08-07, a-2025-01-01"}
    with make(server, speed="fast", default_headers=given) as model:
        model.invoke("Hi")
    (request,) = server.requests
    words = "context-1m-2025-08-07,a-2025-01-01,fast-mode-2026-02-01"
    assert request.headers["anthropic-beta"] == words


def test_a_stream_asks_for_a_stream(server: WireServer) -> None:
    server.queue(events(START, text("Hel"), text("lo"), *END))
    with make(server) as model:
        assert [c.content for c in model.stream("Hi") if c.content] == ["Hel", "lo"]
    assert server.requests[0].json["stream"] is True


async def test_a_server_that_ignores_stream_is_understood(server: WireServer) -> None:
    server.queue(HELLO)
    async with make(server) as model:
        assert [chunk.content async for chunk in model.astream("Hi")] == ["Hello"]


def test_a_redirect_is_not_followed_with_the_key(server: WireServer) -> None:
    with WireServer(HELLO) as elsewhere:
        server.queue(redirect(f"{elsewhere.url}/v1/messages"))
        with make(server) as model, pytest.raises(InvalidRequestError) as caught:
            model.invoke("Hi")
        assert caught.value.status == 307
        assert elsewhere.requests == ()


def test_a_tool_call_and_its_result_make_the_round(server: WireServer) -> None:
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"Sunny in {city}"

    call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Ulm"}}
    server.queue(reply(call, stop="tool_use"), HELLO)
    with make(server).bind_tools([weather], tool_choice="any", parallel_tool_calls=False) as model:
        asked = model.invoke("Weather in Ulm?")
        assert asked.tool_calls == [ToolCall("weather", {"city": "Ulm"}, "toolu_1")]
        model.invoke([HumanMessage("Weather in Ulm?"), asked, ToolMessage("Sunny", "toolu_1")])
    first, second = [request.json for request in server.requests]
    assert first["tools"][0]["input_schema"]["properties"]["city"]["type"] == "string"
    assert first["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert second["messages"][1:] == [
        {"role": "assistant", "content": [call]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "Sunny"}],
        },
    ]


# --- what breaks


def test_a_result_without_its_call_is_refused_before_any_request(server: WireServer) -> None:
    with make(server) as model, pytest.raises(InvalidRequestError, match="toolu_9"):
        model.invoke([HumanMessage("Q"), ToolMessage("1", "toolu_9")])
    assert server.requests == ()


def test_a_result_may_stand_alone_where_the_vendor_holds_the_thread(server: WireServer) -> None:
    thread = {"type": "continue", "previous_message_id": "msg_1"}
    for settings in ({"thread": thread}, {"model_kwargs": {"thread": thread}}):
        server.queue(reply({"type": "text", "text": "Fine."}))
        with make(server, **settings) as model:
            model.invoke([ToolMessage("1", "toolu_9")])
        (turn,) = server.requests[-1].json["messages"]
        assert turn["content"][0]["tool_use_id"] == "toolu_9"


def test_an_overloaded_vendor_is_asked_again(server: WireServer) -> None:
    server.queue(json_answer(OVERLOADED, 529, headers={"retry-after": "0"}), HELLO)
    with make(server, max_retries=1) as model:
        assert model.invoke("Hi").content == "Hello"
    assert len(server.requests) == 2


def test_the_sdk_does_not_retry_behind_our_back(server: WireServer) -> None:
    server.queue(json_answer(OVERLOADED, 529, headers={"retry-after": "0"}), HELLO)
    with make(server, max_retries=0) as model, pytest.raises(OverloadedError):
        model.invoke("Hi")
    assert len(server.requests) == 1


def test_an_error_after_message_start_is_still_safe_to_retry(server: WireServer) -> None:
    server.queue(events(START, OVERLOADED), events(START, text("Hello"), *END))
    with make(server, max_retries=1) as model:
        assert "".join(chunk.content for chunk in model.stream("Hi")) == "Hello"


def test_an_error_after_output_carries_the_message_so_far(server: WireServer) -> None:
    server.queue(events(START, text("Hel"), OVERLOADED))
    with make(server, max_retries=3) as model, pytest.raises(OverloadedError) as caught:
        list(model.stream("Hi"))
    assert (caught.value.status, caught.value.is_retryable) == (529, True)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Hel"
    assert len(server.requests) == 1


@pytest.mark.parametrize("last", [Reset(), {"type": "ping"}], ids=["reset", "clean end"])
async def test_a_stream_that_just_ends_is_interrupted(server: WireServer, last: Any) -> None:
    server.queue(events(START, text("Hel"), Pause(0.05), last))
    async with make(server) as model:
        with pytest.raises(StreamInterruptedError) as caught:
            [chunk async for chunk in model.astream("Hi")]
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Hel"
    assert caught.value.partial.finish_reason is None


def test_a_whole_answer_that_stalls_ends_in_a_timeout(server: WireServer) -> None:
    server.queue(Answer(before=[Stall()]))
    with make(server, answer_timeout=0.3) as model, pytest.raises(APITimeoutError, match=r"=0\.3"):
        model.invoke("Hi")


def test_pings_are_no_progress(server: WireServer) -> None:
    ping = b'event: ping\ndata: {"type": "ping"}\n\n'
    server.queue(events(START, text("Hel"), *[ping, Pause(0.1)] * 30))
    with make(server, idle_timeout=0.4) as model, pytest.raises(APITimeoutError) as caught:
        list(model.stream("Hi"))
    assert caught.value.partial is not None


def test_a_host_that_does_not_answer_is_a_connection_error() -> None:
    with WireServer() as gone:
        url = gone.url
    model = chat(base_url=url, max_retries=0)
    with model, pytest.raises(APIConnectionError) as caught:
        model.invoke("Hi")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("base_url", ["not a url", "http://[::1", "ftp://127.0.0.1"])
def test_a_base_url_that_is_no_address_is_refused(base_url: str) -> None:
    with pytest.raises(InvalidParameterError, match="base_url"):
        chat(base_url=base_url)


def test_a_page_of_html_is_not_an_answer(server: WireServer) -> None:
    server.queue(html(), html())
    with make(server) as model:
        with pytest.raises(MalformedResponseError, match="base_url"):
            model.invoke("Hi")
        with pytest.raises(MalformedResponseError):
            list(model.stream("Hi"))


def test_leaving_a_stream_hangs_up(server: WireServer) -> None:
    server.queue(events(START, text("Hel"), Stall()))
    with make(server) as model:
        for chunk in model.stream("Hi"):
            if chunk.content:
                break
        assert server.wait_for_disconnect(20)


# --- settings


def test_a_missing_key_is_named_at_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    model = ChatAnthropic(model="claude-test")
    with pytest.raises(MissingAPIKeyError, match="ANTHROPIC_API_KEY"):
        model.invoke("Hi")


def test_the_key_may_come_from_the_environment(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "from-env")
    server.queue(HELLO)
    with make(server, api_key=None) as model:
        model.invoke("Hi")
    assert sent_key(server.requests[0]) == "from-env"


def test_the_key_appears_nowhere() -> None:
    model = chat(mcp_servers=[{"token": KEY}])
    assert KEY not in repr(model)
    assert KEY not in str(model)
    assert KEY.encode() not in pickle.dumps(chat())


def test_every_setting_of_ours_is_a_parameter_of_the_request(server: WireServer) -> None:
    server.queue(HELLO)
    given = {
        "thinking": {"type": "adaptive"},
        "service_tier": "auto",
        "inference_geo": "us",
        "speed": "fast",
        "metadata": {"user_id": "u"},
        "cache_control": {"type": "ephemeral"},
        "container": "container_1",
        "context_management": {"edits": []},
        "compaction": {"type": "x"},
        "mcp_servers": [{"name": "w", "type": "url", "url": "https://w"}],
        "thread": {"type": "create"},
        "fallbacks": "default",
        "fallback_credit_token": "t",
        "billing_policy": {"type": "billing_policy"},
        "diagnostics": {"previous_message_id": "msg_0"},
        "output_config": {"effort": "low"},
        "top_k": 1,
    }
    with make(server, **given) as model:
        model.invoke("Hi")
    assert server.requests[0].json.items() >= given.items()
    elsewhere = {"effort", "betas", "user_profile_id", "workspace_id"}
    own = ChatAnthropic.model_fields.keys() - WireModel.model_fields.keys()
    assert own == given.keys() | elsewhere


def test_a_misspelt_setting_names_the_nearest() -> None:
    with pytest.raises(InvalidParameterError, match="max_tokens"):
        chat(max_token=5)


def test_a_setting_may_change_for_one_call(server: WireServer) -> None:
    server.queue(HELLO, HELLO)
    with make(server) as model:
        model.invoke("Hi", thinking={"type": "adaptive"}, max_tokens=9)
        model.invoke("Hi")
    first, second = [request.json for request in server.requests]
    assert (first["thinking"], first["max_tokens"]) == ({"type": "adaptive"}, 9)
    assert "thinking" not in second


@pytest.mark.parametrize("name", ["anthropic:claude-x", "Anthropic:claude-x", "claude-x"])
def test_the_registry_finds_it_by_id_and_by_bare_name(name: str) -> None:
    model = get_chat_model(name)
    assert isinstance(model, ChatAnthropic)
    assert model.model == "claude-x"


def test_neither_plugin_nor_model_imports_the_sdk() -> None:
    code = (
        "import sys, chat_anthropic.plugin;"
        "assert 'chat_anthropic.model' not in sys.modules;"
        "import chat_anthropic.model;"
        "print([m for m in ('anthropic', 'httpx', 'httpx2') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_model_that_the_sdk_calls_old_is_asked_without_a_warning() -> None:
    with WireServer([HELLO]) as server:
        with ChatAnthropic(model="claude-sonnet-4-5", api_key=KEY, base_url=server.url) as model:
            model.invoke("Q")  # warnings are errors in this workspace
        assert server.requests[0].json["model"] == "claude-sonnet-4-5"
