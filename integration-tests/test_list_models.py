"""The models that vendors list, asked for through each installed package."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import chat_core
import pytest
from chat_conformance.http_answers import Answer, html, json_answer
from chat_conformance.offline import OfflineServer
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    AuthenticationError,
    InvalidParameterError,
    ListedModel,
    MalformedResponseError,
    MissingAPIKeyError,
    ProviderNotFoundError,
    RateLimitError,
)
from chat_core.provider import get_provider


@dataclass(frozen=True)
class Vendor:
    """Where one vendor lists its models, one answer, and what it means."""

    name: str
    path: str
    answer: Any
    models: list[ListedModel]
    base_path: str = ""
    key_header: tuple[str, str] = ("authorization", "Bearer a-key")
    headers: dict[str, str] = field(default_factory=dict)


def completions(
    name: str, path: str, base_path: str = "", window: str = "context_window"
) -> Vendor:
    """A vendor of the Chat Completions wire."""
    entries = [{"id": "perch-2", "object": "model", window: 8192}, {"object": "model"}, 7]
    answer = {"object": "list", "data": [*entries, {"id": "carp", "name": "Carp"}]}
    models = [ListedModel("perch-2", context_window=8192), ListedModel("carp", name="Carp")]
    return Vendor(name, path, answer, models, base_path)


VENDORS = [
    completions("openai", "/v1/models", "/v1"),
    completions("openai-compatible", "/pond/models", "/pond", "max_model_len"),
    completions("groq", "/openai/v1/models"),
    completions("fireworks", "/inference/v1/models", "/inference/v1", "context_length"),
    completions("mistralai", "/v1/models", window="max_context_length"),
    Vendor(
        "anthropic",
        "/v1/models",
        {"data": [{"type": "model", "id": "perch-2", "display_name": "Perch 2"}, {"id": None}]},
        [ListedModel("perch-2", name="Perch 2")],
        headers={"anthropic-version": "2026-10-21"},
    ),
    Vendor(
        "google-genai",
        "/v1beta/models",
        {
            "models": [
                {
                    "name": "models/perch-2",
                    "displayName": "Perch 2",
                    "inputTokenLimit": 8192,
                    "supportedGenerationMethods": ["generateContent"],
                },
                {"name": "models/roe", "supportedGenerationMethods": ["embedContent"]},
            ]
        },
        [ListedModel("perch-2", name="Perch 2", context_window=8192)],
        key_header=("x-goog-api-key", "a-key"),
    ),
]
each_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


def listed(name: str, *, is_async: bool = False, **settings: Any) -> Sequence[ListedModel]:
    if is_async:
        return asyncio.run(chat_core.alist_models(name, **settings))
    return chat_core.list_models(name, **settings)


def asked(vendor: Vendor, server: WireServer, *, is_async: bool = False, **settings: Any) -> Any:
    """The models of the vendor at ``server``."""
    given = {"base_url": server.url + vendor.base_path, "api_key": "a-key", "max_retries": 0}
    return listed(vendor.name, is_async=is_async, **{**given, **settings})


@both_ways
@each_vendor
def test_the_list_is_asked_for_once_and_without_a_body(vendor: Vendor, is_async: bool) -> None:
    with WireServer([json_answer(vendor.answer)]) as server:
        found = asked(vendor, server, is_async=is_async, default_headers={"x-pond": "deep"})
        (request,) = server.requests
    assert found == vendor.models
    assert (request.method, request.path, request.body) == ("GET", vendor.path, b"")
    for name, value in {**vendor.headers, "x-pond": "deep"}.items():
        assert request.headers[name] == value
    header, key = vendor.key_header
    assert request.headers[header] == key


@each_vendor
def test_the_model_class_lists_what_core_lists(vendor: Vendor) -> None:
    with WireServer([json_answer(vendor.answer)]) as server:
        model_class: Any = get_provider(vendor.name).load()
        base_url = server.url + vendor.base_path
        assert model_class.list_models(base_url=base_url, api_key="a-key") == vendor.models


@each_vendor
def test_what_goes_wrong_is_an_error_of_the_tree(vendor: Vendor) -> None:
    answers = [
        (html(), MalformedResponseError),
        (json_answer({"kind": "fish"}), MalformedResponseError),
        (json_answer("fish"), MalformedResponseError),
        (json_answer({"error": {"message": "no such key"}}, 401), AuthenticationError),
        (json_answer({"error": {"message": "too many requests"}}, 429), RateLimitError),
    ]
    for answer, kind in answers:
        with WireServer([answer]) as server, pytest.raises(kind) as seen:
            asked(vendor, server)
        error: Any = seen.value
        assert error.provider == vendor.name
    with pytest.raises(APIConnectionError):
        listed(
            vendor.name, base_url="http://127.0.0.1:9", api_key="a-key", max_retries=0, timeout=5
        )
    with pytest.raises(InvalidParameterError, match="base_url"):
        listed(vendor.name, base_ur="http://127.0.0.1:9")


@each_vendor
def test_a_refusal_that_passes_is_tried_again(vendor: Vendor) -> None:
    busy = json_answer({"error": {"message": "busy"}}, 503, headers={"retry-after": "0"})
    with WireServer([busy, json_answer(vendor.answer)]) as server:
        assert asked(vendor, server, max_retries=1) == vendor.models


@both_ways
@each_vendor
def test_a_function_returns_the_key(vendor: Vendor, is_async: bool) -> None:
    with WireServer([json_answer(vendor.answer)]) as server:
        asked(vendor, server, is_async=is_async, api_key=lambda: "a-key")
        header, key = vendor.key_header
        assert server.requests[0].headers[header] == key


PAGES: dict[str, tuple[str, list[dict[str, Any]], list[dict[str, str]]]] = {
    "anthropic": (
        "/v1/models",
        [
            {"data": [{"id": "perch"}], "has_more": True, "last_id": "perch"},
            {"data": [{"id": "carp"}], "has_more": True, "last_id": "carp"},
            {"data": [{"id": "tench"}], "has_more": False, "last_id": "tench"},
        ],
        [{}, {"after_id": "perch"}, {"after_id": "carp"}],
    ),
    "google-genai": (
        "/v1beta/models",
        [
            {
                "models": [{"name": name, "supportedGenerationMethods": ["generateContent"]}],
                "nextPageToken": token,
            }
            for name, token in [("models/perch", "2/3"), ("models/carp", "3/3"), ("tench", "")]
        ],
        [{}, {"pageToken": "2/3"}, {"pageToken": "3/3"}],
    ),
}


@both_ways
@pytest.mark.parametrize("name", PAGES)
def test_all_pages_are_read_in_order(name: str, is_async: bool) -> None:
    path, pages, queries = PAGES[name]
    with WireServer([json_answer(page) for page in pages]) as server:
        found = listed(name, is_async=is_async, base_url=server.url, api_key="a-key")
        seen = [(request.path, request.query) for request in server.requests]
    assert [model.id for model in found] == ["perch", "carp", "tench"]
    assert seen == [(path, query) for query in queries]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_names_itself_as_the_next_ends_the_list(name: str) -> None:
    def again(_: Any) -> Answer:
        return json_answer(PAGES[name][1][0])

    with (
        WireServer(handler=again) as server,
        pytest.raises(MalformedResponseError, match="same page twice"),
    ):
        listed(name, base_url=server.url, api_key="a-key", max_retries=0)


def test_an_array_alone_is_a_list_on_the_chat_completions_wire() -> None:
    vendor = VENDORS[1]
    with WireServer([json_answer([{"id": "perch"}])]) as server:
        assert asked(vendor, server) == [ListedModel("perch")]


def test_google_leaves_an_empty_list_out() -> None:
    with WireServer([json_answer({})]) as server:
        assert asked(VENDORS[-1], server) == []


@pytest.mark.parametrize("name", ["azure-openai", "google-vertexai", "bedrock"])
def test_vendors_with_their_list_elsewhere_are_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"'{name}' cannot list models: .*address"):
        chat_core.list_models(name)


def test_a_model_that_is_no_vendors_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="'offline' cannot list models"):
        chat_core.list_models("offline")
    with pytest.raises(ProviderNotFoundError, match="groq"):
        chat_core.list_models("grok")


def test_a_key_is_needed_where_the_vendor_wants_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    with pytest.raises(MissingAPIKeyError, match="GROQ_API_KEY"):
        chat_core.list_models("groq")


def test_a_client_of_an_sdk_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="through a client of an SDK"):
        chat_core.list_models("groq", client=object())


def test_the_offline_server_lists_a_model_for_every_vendor_with_a_list() -> None:
    with OfflineServer() as server:
        for name in [*(vendor.name for vendor in VENDORS), "ollama"]:
            assert len(chat_core.list_models(name, **server.settings_of(name))) == 1, name
        assert server.calls == []
