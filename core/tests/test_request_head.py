"""Heads of requests: addresses, merged headers, and what core's transport adds to them."""

from __future__ import annotations

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core.errors import InvalidParameterError
from chat_core.wire.address import shown_address
from chat_core.wire.http_transport import HTTPTransport
from chat_core.wire.request_head import (
    RequestHead,
    join_url,
    merge_headers,
    parse_header_lines,
    user_agent,
)
from chat_core.wire.transport import Request
from letters_model import LettersModel


class PostmanTransport(HTTPTransport):
    """Sends everything to one address."""

    distribution = "chat-postman"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def build_head(self, request: Request) -> RequestHead:
        return RequestHead(self._url, {"Authorization": "Bearer k"}, {"api-version": "1"})


@pytest.mark.parametrize("base_url", ["https://a.org/v1", "https://a.org/v1/"])
def test_one_slash_stands_between_base_url_and_path(base_url: str) -> None:
    assert join_url(base_url, "chat") == join_url(base_url, "/chat") == "https://a.org/v1/chat"


def test_a_query_of_base_url_stays_the_query() -> None:
    assert join_url("https://a.org/v1?tenant=7", "chat") == "https://a.org/v1/chat?tenant=7"


def test_values_of_secret_looking_parameters_of_an_address_are_not_shown() -> None:
    url = "https://a.org/v1?api-version=7&subscription-KEY=s3cret&code=f4&flag&sig="
    shown = "https://a.org/v1?api-version=7&subscription-KEY=**********&code=**********&flag&sig="
    assert shown_address(url) == shown + "**********"
    assert shown_address("https://a.org/v1") == "https://a.org/v1"


def test_the_repr_of_a_model_shows_no_key_in_its_address() -> None:
    model = LettersModel(base_url="https://a.org/v1?tenant=7&api_key=s3cret")
    assert "https://a.org/v1?tenant=7&api_key=****" in repr(model)
    assert "s3cret" not in repr(model)
    assert model.base_url == "https://a.org/v1?tenant=7&api_key=s3cret"


def test_an_address_that_is_refused_is_shown_without_the_keys_in_it() -> None:
    with pytest.raises(InvalidParameterError) as refused:
        join_url("a.org/v1?key=s3cret", "chat")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding"])
def test_headers_that_belong_to_the_body_are_refused_by_name(name: str) -> None:
    model = LettersModel(base_url="http://127.0.0.1:9", default_headers={name: "7"})
    with pytest.raises(InvalidParameterError, match=f"default_headers: '{name}'"):
        model.invoke("x")
    with pytest.raises(InvalidParameterError, match=f"extra_headers: '{name}'"):
        LettersModel(base_url="http://127.0.0.1:9").invoke("x", extra_headers={name: "7"})
    with pytest.raises(InvalidParameterError, match=f"environment: '{name}'"):
        parse_header_lines(f"X-A: 1\n{name}: 7")


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("a.org", "scheme"),
        ("http://", "scheme"),
        ("ftp://a.org", "scheme"),
        ("http://[::1", "no address"),
        ("http://a.org:70000/v1", "70000"),
        ("http://a.org:0", "port"),
    ],
)
def test_an_address_where_nothing_can_be_sent_is_refused(base_url: str, reason: str) -> None:
    with pytest.raises(InvalidParameterError, match=rf"base_url.*{reason}"):
        join_url(base_url, "chat")


@pytest.mark.parametrize(
    "base_url",
    [
        "https://me:pa55word@a.org",
        "https://me:pa55word@[a.org",
        "https://me:pa55word/@a.org:b",
        "ftp://me:pa55word@a.org",
        "me:pa55word@a.org",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_shown(base_url: str) -> None:
    with pytest.raises(InvalidParameterError, match="base_url") as caught:
        join_url(base_url, "chat")
    assert "pa55word" not in str(caught.value)


def test_a_later_header_replaces_an_earlier_one_in_any_case() -> None:
    assert merge_headers({"Accept": "a", "X-A": "1"}, {"ACCEPT": "b"}) == {
        "accept": "b",
        "x-a": "1",
    }


def test_header_lines_without_a_colon_are_ignored() -> None:
    assert parse_header_lines("X-A: 1:2\nnothing\n  X-B :3 ") == {"X-A": "1:2", "X-B": "3"}


def test_the_user_agent_names_the_package_and_core() -> None:
    agent, core = user_agent("chat-core"), user_agent("not-installed-at-all")
    assert agent.startswith("chat-core/")
    assert core == f"not-installed-at-all {agent}"


def test_a_request_carries_head_and_callers_headers_and_query() -> None:
    with WireServer(json_answer({})) as server:
        transport = PostmanTransport(f"{server.url}/chat?tenant=7")
        request = Request({"a": "ü"}, headers={"AUTHORIZATION": "mine"}, query={"debug": "1"})
        transport.send(request).close()
        transport.close()
        (sent,) = server.requests
    assert (sent.method, sent.json) == ("POST", {"a": "ü"})
    assert sent.path == "/chat"
    assert sent.query == {"tenant": "7", "api-version": "1", "debug": "1"}
    assert sent.headers["authorization"] == "mine"
    assert sent.headers["content-type"] == sent.headers["accept"] == "application/json"
    assert sent.headers["accept-encoding"] == "gzip, deflate"
    assert sent.headers["user-agent"].startswith("chat-postman chat-core/")
