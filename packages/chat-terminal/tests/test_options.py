"""``--option``, ``--schema`` and ``--tool``: what reaches the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Call, Reply
from chat_groq import ChatGroq
from chat_terminal.option_values import read_options
from terminal import Terminal, chat

MODEL = "groq:llama-3.3-70b-versatile"

CITY = """
from pydantic import BaseModel

class City(BaseModel):
    name: str
    people: int

def people(city: str) -> int:
    "How many people live in a city."
    if city == "Atlantis":
        raise LookupError("sunk")
    return 717_710
"""


@pytest.mark.parametrize(
    ("option", "settings"),
    [
        ("temperature=0", {"temperature": 0}),
        ("user=123", {"user": "123"}),
        ("seed=123", {"seed": 123}),
        ("stop=END", {"stop": "END"}),
        ('stop=["a", "b"]', {"stop": ["a", "b"]}),
        ("max-tokens=5", {"max_tokens": 5}),
        ("logprobs=true", {"logprobs": True}),
        ('metadata={"a": "b"}', {"metadata": {"a": "b"}}),
        ("model_kwargs={}", {"model_kwargs": {}}),
        ("base_url=http://localhost:1/?a=b", {"base_url": "http://localhost:1/?a=b"}),
        ("user=", {"user": ""}),
    ],
)
def test_a_value_is_what_its_field_takes(option: str, settings: dict[str, Any]) -> None:
    assert read_options(ChatGroq, [option]) == settings
    ChatGroq(model="any", **settings)


def test_a_schema_of_a_class_gives_json(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "places.py").write_text(CITY)
    server.enqueue(Reply(Call("City", '{"name": "Oslo", "people": 717710}')))
    done = chat("run", MODEL, "A city", "--schema", "places:City", env=env, folder=tmp_path)
    assert json.loads(done.stdout) == {"name": "Oslo", "people": 717710}


def test_a_schema_may_be_a_file_or_stand_in_the_command(
    env: dict[str, str], tmp_path: Path
) -> None:
    schema = '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'
    (tmp_path / "n.json").write_text(schema)
    for given in ("n.json", schema):
        done = chat("run", "offline:demo", "go", "--schema", given, env=env, folder=tmp_path)
        assert list(json.loads(done.stdout)) == ["n"]


def test_an_answer_that_does_not_fit_the_schema(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "places.py").write_text(CITY)
    server.enqueue(Reply(Call("City", '{"name": "Oslo"}')))
    done = chat("run", MODEL, "go", "--schema", "places.py:City", env=env, folder=tmp_path)
    assert done.returncode == 11
    assert "people" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_tool_is_run_and_its_result_goes_back(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "places.py").write_text(CITY)
    server.enqueue(Reply(Call("people", '{"city": "Oslo"}')), Reply("717,710 people."))
    done = chat("run", MODEL, "How big?", "-t", "places:people", env=env, folder=tmp_path)
    assert done.stdout == "717,710 people.\n"
    called, result = server.last.json["messages"][-2:]
    assert called["tool_calls"][0]["function"]["name"] == "people"
    assert (result["role"], result["content"]) == ("tool", "717710")


def test_a_tool_that_fails_is_reported_to_the_model(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "places.py").write_text(CITY)
    server.enqueue(
        Reply(Call("people", '{"city": "Atlantis"}', id="call00001")),
        Reply(Call("person", "{}", id="call00002")),
        Reply("I do not know."),
    )
    done = chat("run", MODEL, "How big?", "-t", "places:people", env=env, folder=tmp_path)
    assert done.stdout == "I do not know.\n"
    results = [each for each in server.last.json["messages"] if each["role"] == "tool"]
    assert [each["content"] for each in results] == [
        "LookupError: sunk",
        "There is no tool 'person'.",
    ]


def test_calls_and_results_are_messages_of_json_and_events(env: dict[str, str]) -> None:
    options = ("--tool", "platform:system")
    done = chat("run", "offline:demo", "go", *options, "--json", env=env)
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["ai", "tool", "ai"]
    done = chat("run", "offline:demo", "go", *options, "--events", env=env)
    names = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    ends = [name for name in names if name.endswith("_end")]
    assert ends == ["on_chat_model_end", "on_tool_end", "on_chat_model_end"]


def test_what_a_tool_prints_does_not_mix_with_the_answer(
    env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "loud.py").write_text("def f() -> int:\n    print('working')\n    return 1\n")
    for output in (), ("--json",), ("--events",):
        done = chat("run", "offline:demo", "go", "-t", "loud:f", *output, env=env, folder=tmp_path)
        assert "working" not in done.stdout
        assert done.stderr == "working\n"


def test_a_terminal_shows_which_tool_is_called(env: dict[str, str]) -> None:
    options = ("--tool", "platform:architecture")
    with Terminal("run", "offline:demo", "go", *options, env=env) as terminal:
        assert terminal.wait() == 0
        first, *_, last = terminal.screen().split("\n")
    assert first.startswith("→ architecture(")
    assert last.startswith("The tool answered:")


def test_a_tool_that_ends_the_program_does_not_end_the_command(
    env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "ends.py").write_text("import sys\ndef f() -> None:\n    sys.exit(3)\n")
    done = chat("run", "offline:demo", "go", "-t", "ends:f", env=env, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "The tool answered: SystemExit: 3\n")
    (tmp_path / "script.py").write_text("raise SystemExit(3)\n")
    done = chat("run", "offline:demo", "go", "-t", "script:f", env=env, folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)


def test_usage_goes_to_standard_error(server: OfflineServer, env: dict[str, str]) -> None:
    server.enqueue(Reply("ok"))
    done = chat("run", MODEL, "go", "--usage", env=env)
    assert done.stdout == "ok\n"
    assert "11 tokens in, " in done.stderr
    assert "finish reason stop" in done.stderr


def test_reasoning_is_dim_on_a_terminal_and_absent_in_a_pipe(env: dict[str, str]) -> None:
    with Terminal("run", "offline:think", "go", env=env) as terminal:
        assert terminal.wait() == 0
        assert b"\x1b[2mNo " in terminal.received
        assert terminal.screen().startswith("No vendor is asked here")
    done = chat("run", "offline:think", "go", env=env)
    assert done.stdout.startswith("You wrote: go")
