"""Both protocols read by the clients that define them, the npm packages ai and @ag-ui/client.

Run by ``make web-clients``, which installs the packages. They read a real server over a socket; the
messages that they make are compared with ours, and those that they send back are read by ours.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_core import AIMessage, HumanMessage, Message, ToolMessage
from hypothesis import given, settings

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from client_scenarios import SCENARIOS, conversation  # noqa: E402
from client_server import ClientServer  # noqa: E402
from random_events import streams  # noqa: E402

MEDIA = {"image": ["image"], "image first": ["image"], "sound": ["audio"]}
"""The kinds of the files that a scenario's model made."""
FOLDER = Path(os.environ["CHAT_WEB_CLIENTS"])
RANDOM = 150


def random_streams() -> list[list[Any]]:
    found: list[list[Any]] = []

    @settings(max_examples=RANDOM, derandomize=True, database=None, deadline=None)
    @given(events=streams)
    def collect(events: list[Any]) -> None:
        found.append(events)

    collect()
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[ClientServer, str]]:
    serving = ClientServer(random_streams())
    with serving as address:
        yield serving, address


def node(script: str, *arguments: str) -> Any:
    shutil.copy(HERE / script, FOLDER)
    command = ["node", script, *arguments]
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=["ai", "ai-6", "ai-5"])
def vercel(request: pytest.FixtureRequest, server: tuple[ClientServer, str]) -> Any:
    return node("vercel.mjs", request.param, server[1])


@pytest.fixture(scope="module")
def ag_ui(server: tuple[ClientServer, str]) -> Any:
    return node("ag_ui.mjs", server[1])


def plain(messages: list[Message]) -> list[Message]:
    """Messages without what depends on the run: ids and the facts of answers without extras."""
    shown: list[Message] = []
    for message in messages:
        if isinstance(message, AIMessage):
            shown.append(AIMessage(list(message.blocks)))
        elif isinstance(message, ToolMessage):
            content = list(message.blocks)
            shown.append(ToolMessage(content, message.tool_call_id, message.status))
        else:
            shown.append(type(message)(list(message.blocks)))
    return shown


def pending_as_invalid(messages: list[Message]) -> list[Message]:
    """What becomes of calls that the user went past."""
    from chat_web.protocols.history import in_order

    return in_order([*messages, HumanMessage("Thanks.")])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_ai_sdk_shows_the_texts_and_calls_of_our_messages(vercel: Any, scenario: str) -> None:
    answer = vercel[scenario]
    assert answer["errors"] == (
        ["The model has too many requests at the moment. Try again in 3 s."]
        if scenario == "error"
        else []
    )
    message = answer["message"]
    assert message["id"] == "server-1"
    assert message["metadata"]["page"] == 2
    answers = [each for each in conversation(scenario) if isinstance(each, AIMessage)]
    shown = [part for part in message["parts"] if part["type"] == "text"]
    assert "".join(part["text"] for part in shown) == "".join(
        each.content + each.refusal for each in answers
    )
    calls = [part for part in message["parts"] if part["type"] == "tool-weather"]
    ours = [call for each in answers for call in each.tool_calls if call.name == "weather"]
    assert [(call["toolCallId"], call["input"]) for call in calls] == [
        (call.id, call.args) for call in ours
    ]
    if scenario != "error":
        assert message["metadata"]["usage"]["outputTokens"] == 5 * len(answers)
    files = [part["mediaType"] for part in message["parts"] if part["type"] == "file"]
    assert [kind.partition("/")[0] for kind in files] == MEDIA.get(scenario, [])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_ai_sdk_sends_back_our_messages(
    vercel: Any, server: tuple[ClientServer, str], scenario: str
) -> None:
    received = server[0].received["vercel", f"history:{scenario}"]
    expected = [HumanMessage("What is the weather?"), *conversation(scenario)]
    assert plain(received) == pending_as_invalid(plain(expected))


def test_the_ai_sdk_reads_random_streams_without_an_error(vercel: Any) -> None:
    random = {name: found for name, found in vercel.items() if name.startswith("random-")}
    assert len(random) >= RANDOM
    assert {name: found["errors"] for name, found in random.items() if found["errors"]} == {}
    assert all(found["types"][-1] == "finish" for found in random.values())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_client_of_ag_ui_makes_our_messages(ag_ui: Any, scenario: str) -> None:
    run = ag_ui[scenario]
    assert run["warnings"] == []
    assert run["state"] == {"page": 2}
    if scenario == "error":
        text = "The model has too many requests at the moment. Try again in 3 s."
        assert run["errors"] == [f"RateLimitError: {text}"]
    else:
        assert run["errors"] == []
        assert run["outcome"]["outcome"]["type"] == "success"
    answers = [each for each in conversation(scenario) if isinstance(each, AIMessage)]
    files = [m["content"]["type"] for m in run["messages"] if m["role"] == "activity"]
    assert files == MEDIA.get(scenario, [])
    shown = [message for message in run["messages"] if message["role"] == "assistant"]
    assert [message.get("content", "") for message in shown] == [
        each.content + each.refusal for each in answers
    ]
    calls = [call for message in shown for call in message.get("toolCalls", [])]
    ours = [call for each in answers for call in each.tool_calls]
    assert [(call["id"], json.loads(call["function"]["arguments"])) for call in calls][
        : len(ours)
    ] == [(call.id, call.args) for call in ours] or scenario == "server tool"


def test_the_client_of_ag_ui_is_given_the_calls_that_it_is_to_run(ag_ui: Any) -> None:
    outcome = ag_ui["frontend tool"]["outcome"]["outcome"]
    assert outcome == {"type": "success", "pendingToolCallIds": ["call_9"]}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_client_of_ag_ui_sends_back_our_messages(
    ag_ui: Any, server: tuple[ClientServer, str], scenario: str
) -> None:
    received = server[0].received["ag-ui", f"history:{scenario}"]
    expected = [HumanMessage("What is the weather?"), *conversation(scenario)]
    assert plain(received) == pending_as_invalid(plain(expected))


def test_the_client_of_ag_ui_reads_random_streams_without_an_error(ag_ui: Any) -> None:
    random = {name: found for name, found in ag_ui.items() if name.startswith("random-")}
    assert len(random) >= RANDOM
    wrong = {n: (f["errors"], f["warnings"]) for n, f in random.items()}
    assert {name: found for name, found in wrong.items() if found != ([], [])} == {}
