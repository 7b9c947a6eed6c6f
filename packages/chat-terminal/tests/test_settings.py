"""``chat aliases`` and ``chat log``: what is kept between two commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chat_conformance.offline import OfflineServer
from chat_terminal import ExitCode
from terminal import chat

DEMO = "offline:demo"


def test_an_alias_stands_for_a_model_until_it_is_deleted(env: dict[str, str]) -> None:
    chat("aliases", "set", "a", DEMO, env=env)
    chat("aliases", "set", "b", "groq:x", env=env)
    assert chat("aliases", env=env).stdout == f"a\t{DEMO}\nb\tgroq:x\n"
    assert chat("run", "a", "go", env=env).stdout.startswith("You wrote: go")
    assert chat("aliases", "delete", "a", env=env).returncode == 0
    assert chat("run", "a", "go", env=env).returncode == ExitCode.NOT_FOUND


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("set", "a:b", DEMO), ExitCode.USAGE, "colon"),
        (("set", "a", "gpt"), ExitCode.USAGE, "PROVIDER:MODEL"),
        (("delete", "a"), ExitCode.NOT_FOUND, "none"),
        (("set", "a"), ExitCode.USAGE, "MODEL"),
    ],
)
def test_an_alias_that_cannot_be(
    arguments: tuple[str, ...], code: ExitCode, words: str, env: dict[str, str]
) -> None:
    done = chat("aliases", *arguments, env=env)
    assert done.returncode == code
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_is_written_before_the_log_is_on(env: dict[str, str], tmp_path: Path) -> None:
    chat("run", DEMO, "go", env=env)
    chat("-m", DEMO, env=env, stdin="go\n")
    assert list(tmp_path.iterdir()) == []


def test_logged_answers_are_listed_shown_and_found(env: dict[str, str]) -> None:
    on = chat("log", "on", env=env)
    assert on.stdout.endswith("log.sqlite3\n")
    chat("run", DEMO, "The tide\nat noon?", env=env)
    chat("-m", DEMO, env=env, stdin="100% sure?\n")
    chat("run", DEMO, "not this one", "--no-log", env=env)
    listed = chat("log", "list", env=env).stdout.splitlines()
    assert [line.split("  ")[2:] for line in listed] == [
        [DEMO, "The tide at noon?"],
        [DEMO, "100% sure?"],
    ]
    assert "The tide" in chat("log", "search", "TIDE", env=env).stdout
    assert chat("log", "search", "0%", env=env).stdout.count("\n") == 1
    assert chat("log", "search", "0_", env=env).stdout == ""
    shown = chat("log", "show", "1", env=env).stdout
    assert "The tide\nat noon?" in shown
    assert "Goldfish on the moon" in shown
    message = json.loads(chat("log", "show", "--json", env=env).stdout)
    assert message["type"] == "ai"


def test_the_log_alone_says_whether_it_is_on(env: dict[str, str]) -> None:
    assert chat("log", env=env).stdout.startswith("off\t/")
    chat("log", "on", env=env)
    assert chat("log", env=env).stdout.startswith("on\t/")


def test_the_log_can_be_turned_off_and_an_entry_may_be_missing(env: dict[str, str]) -> None:
    chat("log", "on", env=env)
    chat("log", "off", env=env)
    chat("run", DEMO, "go", env=env)
    assert chat("log", "list", env=env).stdout == ""
    for arguments in (("show",), ("show", "7")):
        done = chat("log", *arguments, env=env)
        assert done.returncode == ExitCode.NOT_FOUND
        assert done.stderr.count("\n") == 1


def test_providers_are_listed_with_their_keys(env: dict[str, str]) -> None:
    lines = chat("providers", env=env).stdout.splitlines()
    assert [line.split() for line in lines if line.startswith("groq ")] == [
        ["groq", "chat-groq", "key", "in", "GROQ_API_KEY"]
    ]


def test_models_of_an_unknown_provider(env: dict[str, str]) -> None:
    done = chat("models", "grok", env=env)
    assert done.returncode == ExitCode.NOT_FOUND
    assert done.stderr.count("\n") == 1


def test_models_that_a_providers_package_lists(server: OfflineServer, env: dict[str, str]) -> None:
    done = chat("models", "ollama", "-o", f"base_url={server.url}/ollama", env=env)
    assert (done.returncode, done.stdout) == (0, "ollama:qwen3:latest\n")


def test_models_of_a_vendor_with_the_key_of_the_environment(env: dict[str, str]) -> None:
    done = chat("models", "groq", env=env)
    assert (done.returncode, done.stdout) == (0, "groq:model-that-answered\n")


def test_models_of_a_vendor_that_lists_them_elsewhere(env: dict[str, str]) -> None:
    done = chat("models", "azure-openai", env=env)
    assert (done.returncode, done.stderr.count("\n")) == (ExitCode.USAGE, 1)
    assert "'azure-openai' cannot list models" in done.stderr
