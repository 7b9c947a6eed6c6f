"""What goes over the socket besides the body: keys, headers, addresses, and how breaking looks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.http_answers import (
    Answer,
    Close,
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
    APIError,
    APITimeoutError,
    InvalidRequestError,
    MalformedResponseError,
    MissingAPIKeyError,
    ProviderNotFoundError,
    StreamInterruptedError,
    get_chat_model,
    list_providers,
)

if TYPE_CHECKING:
    from chat_core import ChatModel

CHAT = {
    "id": "x",
    "object": "chat.completion",
    "model": "m",
    "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}],
}
RESPONSE = {
    "id": "x",
    "object": "response",
    "status": "completed",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": "hi"}]}],
}
CHUNK = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "hi"}}]}
DELTA = {
    "type": "response.output_text.delta",
    "output_index": 0,
    "content_index": 0,
    "delta": "hi",
}
REPLIES: dict[str, dict[str, Any]] = {"chat-completions": CHAT, "responses": RESPONSE}
DELTAS: dict[str, dict[str, Any]] = {"chat-completions": CHUNK, "responses": DELTA}

Make = Callable[..., "ChatModel"]

apis = pytest.mark.parametrize("api", ["chat-completions", "responses"])


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _openai_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the SDK reads from the environment, each with a word of its own."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ambient")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-ambient")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-ambient")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Ambient: yes")


@pytest.fixture
def model(server: WireServer) -> Iterator[Make]:
    """Makes models of the server; their connections are closed after the test."""
    made: list[ChatModel] = []

    def make(provider: str = "openai", **settings: Any) -> ChatModel:
        known = {"base_url": f"{server.url}/v1", "max_retries": 0}
        made.append(get_chat_model(f"{provider}:m", **{**known, **settings}))
        return made[-1]

    yield make
    for chat in made:
        chat.close()


@apis
def test_each_api_has_its_path(server: WireServer, model: Make, api: str) -> None:
    server.queue(json_answer(REPLIES[api]))
    assert model(api=api, api_key="k").invoke("hi").content == "hi"
    path = {"chat-completions": "/v1/chat/completions", "responses": "/v1/responses"}[api]
    assert server.requests[0].path == path
    assert server.requests[0].headers["authorization"] == "Bearer k"


def test_openai_sees_the_environment_that_is_meant_for_it(server: WireServer, model: Make) -> None:
    server.queue(json_answer(CHAT))
    model(organization="org-own").invoke("hi")
    headers = server.requests[0].headers
    assert headers["openai-organization"] == "org-own"
    assert headers["openai-project"] == "proj-ambient"
    assert headers["x-ambient"] == "yes"


@apis
@pytest.mark.parametrize(
    ("settings", "authorization"),
    [
        ({}, None),
        ({"api_key": "k"}, "Bearer k"),
        ({"default_headers": {"authorization": "Basic x"}}, "Basic x"),
    ],
    ids=["no key", "key", "own header"],
)
def test_another_server_sees_nothing_that_is_meant_for_openai(
    server: WireServer,
    model: Make,
    api: str,
    settings: dict[str, Any],
    authorization: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Ambient: yes\nAuthorization: Bearer ambient")
    server.queue(json_answer(REPLIES[api]))
    model("openai-compatible", api=api, **settings).invoke("hi")
    headers = server.requests[0].headers
    assert headers.get("authorization") == authorization
    assert not any("ambient" in f"{name} {value}" for name, value in headers.items())


def test_azure_is_reached_by_a_header_and_a_query(server: WireServer, model: Make) -> None:
    server.queue(json_answer(CHAT))
    settings = {"default_headers": {"api-key": "az"}, "default_query": {"api-version": "preview"}}
    model("openai-compatible", **settings).invoke("hi")
    request = server.requests[0]
    assert request.headers["api-key"] == "az"
    assert request.query == {"api-version": "preview"}
    assert "authorization" not in request.headers


async def test_async_requests_carry_the_same(server: WireServer, model: Make) -> None:
    server.queue(json_answer(CHAT), json_answer(RESPONSE))
    async with model("openai-compatible") as chat:
        assert (await chat.ainvoke("hi")).content == "hi"
        assert (await chat.ainvoke("hi", api="responses")).content == "hi"
    assert [request.path for request in server.requests] == [
        "/v1/chat/completions",
        "/v1/responses",
    ]
    assert "authorization" not in server.requests[0].headers


def test_another_organisation_is_another_connection(server: WireServer, model: Make) -> None:
    server.queue(json_answer(CHAT), json_answer(CHAT))
    chat = model(organization="a")
    chat.invoke("hi")
    with chat.bind(organization="b") as other:
        other.invoke("hi")
    assert [r.headers["openai-organization"] for r in server.requests] == ["a", "b"]


def test_a_missing_key_is_refused_at_the_first_request_and_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    chat = get_chat_model("openai:gpt-4o")
    with pytest.raises(MissingAPIKeyError, match="OPENAI_API_KEY"):
        chat.invoke("hi")


# --- what breaks

ONE_BYTE_SHORT = b"data: {"


@apis
@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ([Reset()], StreamInterruptedError),
        ([Close()], StreamInterruptedError),
        ([], StreamInterruptedError),
        ([ONE_BYTE_SHORT], StreamInterruptedError),
        ([Stall()], APITimeoutError),
    ],
    ids=["reset", "truncated", "no proof", "half an event", "silence"],
)
def test_an_answer_that_breaks_off_raises_and_carries_what_came(
    server: WireServer, model: Make, api: str, steps: list[Any], kind: type[APIError]
) -> None:
    server.queue(sse([DELTAS[api], *steps]))
    with pytest.raises(kind) as caught:
        list(model(api=api, idle_timeout=0.3).stream("hi"))
    assert caught.value.partial is not None
    assert caught.value.partial.content == "hi"
    assert caught.value.provider == "openai"


@apis
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (html(), MalformedResponseError),
        (json_answer({}), MalformedResponseError),
        (redirect("http://127.0.0.1:1/"), InvalidRequestError),
        (Answer(before=[Reset()]), APIConnectionError),
        (Answer(before=[Stall()]), APITimeoutError),
    ],
    ids=["html", "empty object", "redirect", "reset", "silence"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_answer_is_one_of_our_errors(
    server: WireServer, model: Make, api: str, answer: Answer, kind: type[APIError], stream: bool
) -> None:
    server.queue(answer)
    limits = {"timeout": 0.3, "answer_timeout": 0.3} if kind is APITimeoutError else {}
    chat = model(api=api, **limits)
    with pytest.raises(kind):
        list(chat.stream("hi")) if stream else chat.invoke("hi")
    # On a busy machine the time limit may pass before the request is sent.
    assert len(server.requests) <= 1 if limits else len(server.requests) == 1


def test_chat_completions_chunks_on_the_responses_endpoint_are_recognised(
    server: WireServer, model: Make
) -> None:
    server.queue(sse([CHUNK, "[DONE]"]))
    with pytest.raises(MalformedResponseError, match="chat-completions"):
        list(model(api="responses").stream("hi"))


@apis
def test_leaving_a_stream_hangs_up(server: WireServer, model: Make, api: str) -> None:
    server.queue(sse([DELTAS[api], Stall()]))
    for chunk in model(api=api).stream("hi"):
        assert chunk.content == "hi"
        break
    assert server.wait_for_disconnect(10)


# --- the registry


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("gpt-4o-mini", "ChatOpenAI"),
        ("gpt-5", "ChatOpenAI"),
        ("chatgpt-4o-latest", "ChatOpenAI"),
        ("o1", "ChatOpenAI"),
        ("o3-mini", "ChatOpenAI"),
        ("o4-mini", "ChatOpenAI"),
        ("openai:ft:gpt-4o:org::id", "ChatOpenAI"),
        ("openai_compatible:x", "ChatOpenAICompatible"),
    ],
)
def test_names_find_their_class(name: str, cls: str) -> None:
    settings = {"base_url": "http://127.0.0.1:1/v1"} if "compatible" in name else {}
    found = get_chat_model(name, **settings)
    assert type(found).__name__ == cls
    assert found.model == name.removeprefix("openai:").removeprefix("openai_compatible:")


@pytest.mark.parametrize("name", ["gpt-oss-20b", "o3x", "octopus-7b", "davinci"])
def test_names_of_others_are_not_claimed(name: str) -> None:
    with pytest.raises(ProviderNotFoundError):
        get_chat_model(name)


def test_fine_tuned_models_are_claimed_whole() -> None:
    (provider,) = [p for p in list_providers() if p.name == "openai"]
    assert provider.claims_model("ft:gpt-4o:org::id")


def test_neither_the_plugins_nor_the_models_import_the_sdk() -> None:
    code = (
        "import sys, chat_openai.plugin, chat_openai.compatible_plugin\n"
        "light = set(sys.modules) & {'chat_openai.model', 'pydantic'}\n"
        "from chat_openai import ChatOpenAI\n"
        "ChatOpenAI(model='gpt-4o')\n"
        "print(sorted(light | set(sys.modules) & {'openai', 'httpx', 'httpx2'}))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() in ("[]", "['pydantic']")
