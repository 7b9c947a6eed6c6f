"""A prefix that Google keeps: the request that makes it, its answer, its use, its end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIError,
    CachePoint,
    HumanMessage,
    InvalidParameterError,
    MalformedResponseError,
    SystemMessage,
    TextBlock,
)
from chat_google_genai import CachedContent, ChatGoogleGenerativeAI
from google import genai
from google.genai import types

MADE = {
    "name": "cachedContents/pond-7",
    "model": "models/gemini-2.5-flash",
    "expireTime": "2026-11-26T07:00:00Z",
    "usageMetadata": {"totalTokenCount": 4321},
}
TEXT = HumanMessage([TextBlock("All about ponds."), CachePoint()])
SYSTEM = SystemMessage("Be kind.")


def look(pond: str) -> str:
    """Look into a pond."""
    return pond


def model(server: WireServer, **settings: Any) -> ChatGoogleGenerativeAI:
    given = {"model": "gemini-2.5-flash", "api_key": "k", "base_url": server.url, "max_retries": 0}
    return ChatGoogleGenerativeAI(**{**given, **settings})


def test_the_request_is_the_one_of_googles_sdk() -> None:
    with WireServer([json_answer(MADE), json_answer(MADE)]) as server:
        made = model(server, temperature=0).cache_content(
            [SYSTEM, TEXT], ttl="30m", display_name="ponds"
        )
        client = genai.Client(
            api_key="k", http_options=types.HttpOptions(base_url=server.url, api_version="v1beta")
        )
        client.caches.create(
            model="gemini-2.5-flash",
            config=types.CreateCachedContentConfig(
                contents=[types.Content(role="user", parts=[types.Part(text="All about ponds.")])],
                system_instruction=types.Content(parts=[types.Part(text="Be kind.")]),
                ttl="1800s",
                display_name="ponds",
            ),
        )
        ours, theirs = server.requests
    assert made == CachedContent("cachedContents/pond-7", "2026-11-26T07:00:00Z", 4321)
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert ours.path == "/v1beta/cachedContents"
    sent, expected = json.loads(ours.body), json.loads(theirs.body)
    expected["systemInstruction"].pop("role", None)  # the SDK calls it the user's
    assert sent == expected
    assert ours.headers["x-goog-api-key"] == "k"


def test_tools_are_kept_and_a_system_message_alone_will_do() -> None:
    with WireServer([json_answer(MADE)]) as server:
        asyncio.run(model(server).acache_content([SYSTEM], tools=[look, CachePoint()]))
        sent = json.loads(server.requests[0].body)
    assert sent.keys() == {"model", "systemInstruction", "tools"}
    assert sent["tools"][0]["functionDeclarations"][0]["name"] == "look"


def test_a_bound_name_is_used_by_requests_and_deleted_by_its_name_or_its_content() -> None:
    answer = {"candidates": [{"content": {"parts": [{"text": "7"}]}, "finishReason": "STOP"}]}
    with WireServer([json_answer(answer), *[json_answer({})] * 3]) as server:
        chat = model(server)
        assert chat.bind(cached_content=MADE["name"]).invoke("How deep?").content == "7"
        chat.delete_cached_content("cachedContents/pond-7")
        asyncio.run(chat.adelete_cached_content("cachedContents/pond-7"))
        chat.delete_cached_content(CachedContent("cachedContents/pond-7"))
        asked, *deleted = server.requests
    assert json.loads(asked.body)["cachedContent"] == "cachedContents/pond-7"
    for request in deleted:
        assert (request.method, request.path) == ("DELETE", "/v1beta/cachedContents/pond-7")


def test_cache_points_send_nothing_because_gemini_caches_by_itself() -> None:
    with WireServer() as server:
        chat = model(server)
        for point in ([], [CachePoint("1h")]):
            message = HumanMessage([TextBlock("a"), *point])
            sent = chat._request_body(chat._read([message]), {}, stream=False)
            assert sent is not None
            assert sent["contents"] == [{"role": "user", "parts": [{"text": "a"}]}]


def test_a_time_that_is_none_or_a_name_that_changes_the_path_is_refused_before_sending() -> None:
    with WireServer() as server:
        with pytest.raises(InvalidParameterError, match="minutes or hours"):
            model(server).cache_content([TEXT], ttl="300s")
        with pytest.raises(InvalidParameterError, match=r"name='\.\./files'"):
            model(server).delete_cached_content("../files")
        odd: Any = {"name": "cachedContents/pond-7"}
        with pytest.raises(InvalidParameterError, match=r"as cache_content\(…\) returned it; got"):
            model(server).delete_cached_content(odd)
        assert not server.requests


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({}, MalformedResponseError),
        (
            {"error": {"code": 400, "message": "min_total_token_count", "status": "INVALID"}},
            APIError,
        ),
    ],
)
def test_an_answer_that_names_nothing_is_an_error(answer: Any, error: type[APIError]) -> None:
    with WireServer([json_answer(answer)]) as server, pytest.raises(error):
        model(server).cache_content([TEXT])
