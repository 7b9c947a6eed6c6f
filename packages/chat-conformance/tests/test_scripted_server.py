"""The kit's servers refuse a request that breaks a rule of its vendor, and answer the others."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.script import Reply
from chat_conformance.scripted_server import ScriptedServer
from chat_conformance.wire_server import WireServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


def post(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)


def refusal(server: ScriptedServer, path: str, body: dict[str, Any]) -> str:
    """The body of the server's status 400."""
    server.enqueue(Reply("Fish"))
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(server.url + path, body)
    with caught.value as error:
        assert error.code == 400
        return error.read().decode()


LONE_RESULT = {"role": "tool", "tool_call_id": "call00001", "content": "sunny"}
SILENT = {"role": "assistant", "content": [{"type": "text", "text": ""}]}


def test_a_result_without_its_call_is_refused_with_the_rules_name(server: ScriptedServer) -> None:
    messages = [{"role": "user", "content": "Hi"}, LONE_RESULT]
    seen = refusal(server, "/v1/chat/completions", {"model": "m", "messages": messages})
    assert "results_have_a_call" in seen
    assert server.problem is None


def test_the_rulebook_is_that_of_the_wire(server: ScriptedServer) -> None:
    messages = [{"role": "user", "content": "Hi"}, SILENT, {"role": "user", "content": "And?"}]
    body = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": messages}
    assert "text_is_not_blank" in refusal(server, "/v1/messages", body)


def test_a_provider_may_have_rules_of_its_own(server: ScriptedServer) -> None:
    hello = [{"role": "user", "content": "Hi"}]
    body = {"model": "gpt-5", "messages": hello, "max_tokens": 9, "max_completion_tokens": 9}
    server.enqueue(Reply("Fish"))
    assert post(f"{server.url}/v1/chat/completions", body)["choices"]
    server.forget(provider="openai")
    assert "one_limit_of_tokens" in refusal(server, "/v1/chat/completions", body)


def test_a_request_that_keeps_the_rules_is_answered(server: ScriptedServer) -> None:
    server.enqueue(Reply("Fish"))
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    answer = post(f"{server.url}/v1/chat/completions", body)
    assert answer["choices"][0]["message"]["content"] == "Fish"


def test_the_wire_server_refuses_too_unless_its_check_is_taken_away() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}, LONE_RESULT]}
    with WireServer([json_answer({}), json_answer({"id": "second"})]) as server:
        url = f"{server.url}/v1/chat/completions"
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(url, body)
        with caught.value as error:
            assert "results_have_a_call" in error.read().decode()
        server.check = None
        assert post(url, body) == {"id": "second"}


def test_a_path_of_no_known_wire_has_no_rules() -> None:
    with WireServer([json_answer({"id": "any"})]) as server:
        assert post(f"{server.url}/token", {"messages": []}) == {"id": "any"}
