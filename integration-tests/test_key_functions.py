"""``api_key=`` as a function: asked before each request, once more after a 401, never shown."""

from __future__ import annotations

import asyncio
import functools
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core import (
    AuthenticationError,
    ChatModel,
    InvalidParameterError,
    InvalidRequestError,
    MissingAPIKeyError,
    get_chat_model,
)

PROVIDERS = [
    "openai:m",
    "openai-compatible:m",
    "anthropic:claude-x",
    "bedrock:m",
    "groq:m",
    "fireworks:m",
    "mistralai:m",
    "ollama:m",
    "google-genai:gemini-x",
    "google-vertexai:gemini-x",
]
UNKNOWN_KEY = json_answer({"error": {"message": "no such key"}}, status=401)
REFUSED = json_answer({"error": {"message": "no"}}, status=400)
"""Ends a call at each wire after one request."""

each = pytest.mark.parametrize("id", PROVIDERS)
ways = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


def ask(model: ChatModel, *, is_async: bool) -> None:
    async def on_a_loop() -> None:
        async with model:
            await model.ainvoke("Q")

    if is_async:
        asyncio.run(on_a_loop())
    else:
        with model:
            model.invoke("Q")


def keys_of(server: WireServer) -> list[str]:
    """The key of each request, whichever header it came in."""
    names = ("authorization", "x-goog-api-key", "x-api-key", "api-key")
    return [
        next(r.headers[name] for name in names if name in r.headers).removeprefix("Bearer ")
        for r in server.requests
    ]


def in_turn(*keys: Any, is_async: bool = False) -> Any:
    """A function, or an async function, that returns ``keys`` one after the other."""
    left = iter(keys)

    def get() -> Any:
        return next(left)

    async def aget() -> Any:
        await asyncio.sleep(0)
        return next(left)

    return aget if is_async else get


@each
@ways
def test_the_function_is_asked_before_each_request(
    server: WireServer, id: str, is_async: bool
) -> None:
    server.queue(REFUSED, REFUSED)
    model = get_chat_model(id, api_key=in_turn("key-1", "key-2"), base_url=server.url)
    for _ in range(2):
        with pytest.raises(InvalidRequestError):
            ask(model, is_async=is_async)
    assert keys_of(server) == ["key-1", "key-2"]


@each
@pytest.mark.parametrize("kind", ["sync", "async", "a function on a loop"])
def test_the_function_is_asked_once_more_after_a_401(
    server: WireServer, id: str, kind: str
) -> None:
    server.queue(UNKNOWN_KEY, REFUSED)
    key = in_turn("key-1", "key-2", is_async=kind == "async")
    model = get_chat_model(id, api_key=key, base_url=server.url, max_retries=0)
    with pytest.raises(InvalidRequestError):
        ask(model, is_async=kind != "sync")
    assert keys_of(server) == ["key-1", "key-2"]


@ways
def test_a_key_that_stays_the_same_after_a_401_is_not_sent_again(
    server: WireServer, is_async: bool
) -> None:
    server.queue(UNKNOWN_KEY)
    model = get_chat_model("groq:m", api_key=lambda: "old", base_url=server.url, max_retries=3)
    with pytest.raises(AuthenticationError):
        ask(model, is_async=is_async)
    assert len(server.requests) == 1


@ways
def test_a_second_401_is_the_answer(server: WireServer, is_async: bool) -> None:
    server.queue(UNKNOWN_KEY, UNKNOWN_KEY)
    key = in_turn("a", "b", "c")
    model = get_chat_model("groq:m", api_key=key, base_url=server.url, max_retries=3)
    with pytest.raises(AuthenticationError):
        ask(model, is_async=is_async)
    assert keys_of(server) == ["a", "b"]


@each
@ways
@pytest.mark.parametrize("returned", [None, "", "  ", 7])
def test_a_function_that_returns_no_key_is_one_plain_error(
    id: str, is_async: bool, returned: Any
) -> None:
    asked: list[int] = []

    def key() -> Any:
        asked.append(1)
        return returned

    model = get_chat_model(id, api_key=key, base_url="http://127.0.0.1:9", max_retries=4)
    with pytest.raises(MissingAPIKeyError, match="function given as api_key returned"):
        ask(model, is_async=is_async)
    assert asked == [1]


@each
@ways
def test_a_function_that_raises_is_one_plain_error(id: str, is_async: bool) -> None:
    asked: list[int] = []

    def key() -> str:
        asked.append(1)
        raise ConnectionError("no vault")

    model = get_chat_model(id, api_key=key, base_url="http://127.0.0.1:9", max_retries=4)
    with pytest.raises(MissingAPIKeyError, match="raised ConnectionError: no vault") as caught:
        ask(model, is_async=is_async)
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert asked == [1]


def test_blocking_code_refuses_an_async_function() -> None:
    key = in_turn("k", is_async=True)
    model = get_chat_model("groq:m", api_key=key, base_url="http://127.0.0.1:9", max_retries=4)
    with pytest.raises(InvalidParameterError, match="api_key is an async function"):
        model.invoke("Q")


def test_what_a_function_is_made_of_is_neither_shown_nor_pickled_nor_dumped() -> None:
    key = functools.partial(str, "sk-secret-1")
    model = get_chat_model("groq:m", api_key=key)
    assert "sk-secret-1" not in repr(model)
    assert "sk-secret-1" not in model.model_dump_json()
    assert b"sk-secret-1" not in pickle.dumps(model)
    assert "api_key" in model.model_json_schema()["properties"]


def test_the_environment_is_read_when_a_connection_is_made(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.queue(REFUSED, REFUSED)
    model = get_chat_model("groq:m", base_url=server.url)
    for key in ("key-1", "key-2"):
        monkeypatch.setenv("GROQ_API_KEY", key)
        with pytest.raises(InvalidRequestError):
            ask(model, is_async=False)
    assert keys_of(server) == ["key-1", "key-2"]


def test_a_key_of_a_function_that_the_server_repeats_is_not_shown(server: WireServer) -> None:
    server.queue(json_answer({"error": {"message": "bad: sk-secret-12"}}, status=400))
    model = get_chat_model("groq:m", api_key=lambda: "sk-secret-12", base_url=server.url)
    with pytest.raises(InvalidRequestError) as caught:
        ask(model, is_async=False)
    assert "sk-secret-12" not in str(caught.value)
