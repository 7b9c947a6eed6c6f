"""The list of installed models, and the settings of a model."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from chat_conformance.http_answers import html, json_answer
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    AuthenticationError,
    InvalidParameterError,
    MalformedResponseError,
    get_chat_model,
)
from chat_ollama import ChatOllama, InstalledModel
from chat_ollama.installed_models import read_models

ENTRY: dict[str, Any] = {
    "name": "minnow:1b",
    "model": "minnow:1b",
    "modified_at": "2026-01-02T03:04:05Z",
    "size": 815_319_791,
    "digest": "ab12",
    "details": {"family": "minnow", "parameter_size": "1.0B", "quantization_level": "Q4_K_M"},
}
MINNOW = InstalledModel(
    "minnow:1b", 815_319_791, "2026-01-02T03:04:05Z", "minnow", "1.0B", "Q4_K_M", "ab12"
)


def test_a_list_of_models_is_read() -> None:
    assert read_models({"models": [ENTRY, {"name": "old"}]}) == [MINNOW, InstalledModel("old")]


@pytest.mark.parametrize("models", [None, [], [7, {}, {"size": "x"}], {"name": 7}])
def test_entries_without_a_name_are_left_out(models: Any) -> None:
    assert read_models({"models": models}) == []


@pytest.mark.parametrize("is_async", [False, True])
def test_the_server_is_asked_once_and_without_a_body(is_async: bool) -> None:
    with WireServer([json_answer({"models": [ENTRY]})]) as server:
        settings: dict[str, Any] = {"base_url": f"{server.url}/pond", "api_key": "secret-key"}
        if is_async:
            found = asyncio.run(ChatOllama.alist_models(**settings))
        else:
            found = ChatOllama.list_models(**settings)
        (request,) = server.requests
    assert found == [MINNOW]
    assert (request.method, request.path, request.body) == ("GET", "/pond/api/tags", b"")
    assert request.headers["authorization"] == "Bearer secret-key"


def test_what_goes_wrong_is_an_error_of_ours() -> None:
    answers = [
        (html(), MalformedResponseError),
        (json_answer({"object": "list", "data": []}), MalformedResponseError),
        (json_answer({"error": "unauthorized"}, 401), AuthenticationError),
    ]
    for answer, kind in answers:
        with WireServer([answer]) as server, pytest.raises(kind):
            ChatOllama.list_models(base_url=server.url, max_retries=0)
    with pytest.raises(APIConnectionError, match="Is Ollama running"):
        ChatOllama.list_models(base_url="127.0.0.1:9", max_retries=0)
    with pytest.raises(InvalidParameterError, match="base_url"):
        ChatOllama.list_models(base_ur="127.0.0.1:9")


@pytest.mark.parametrize("is_async", [False, True])
def test_a_server_that_does_not_run_is_named_with_what_to_do(is_async: bool) -> None:
    model = get_chat_model("ollama:minnow:1b", base_url="127.0.0.1:9", max_retries=0)
    with pytest.raises(APIConnectionError) as seen:
        asyncio.run(model.ainvoke("Hi")) if is_async else model.invoke("Hi")
    for said in ("127.0.0.1:9 (base_url=)", "`ollama serve`", "OLLAMA_HOST"):
        assert said in seen.value.message


def test_the_address_that_is_tried_without_a_setting_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", ":9")
    with pytest.raises(APIConnectionError, match=r"127\.0\.0\.1:9 \(OLLAMA_HOST of the env"):
        ChatOllama(model="m", max_retries=0).invoke("Hi")


def test_a_model_may_take_its_time_to_load() -> None:
    assert ChatOllama(model="m").timeout == 300
    assert ChatOllama(model="m", timeout=5).timeout == 5
    with pytest.raises(InvalidParameterError, match="timeout"):
        ChatOllama(model="m", timeout=0)


def test_a_name_with_a_colon_stays_whole() -> None:
    model = get_chat_model("ollama:hf.co/acme/minnow-GGUF:Q4_K_M")
    assert model.model == "hf.co/acme/minnow-GGUF:Q4_K_M"
