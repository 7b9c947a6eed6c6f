"""``chat run`` as a process: through pipes, and through a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Reply
from chat_terminal import ExitCode
from terminal import Terminal, chat

MODEL = "groq:llama-3.3-70b-versatile"


def test_in_a_pipe_the_answer_is_the_text_itself(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("**Salt** water"))
    done = chat("run", MODEL, "What is in the sea?", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "**Salt** water\n", "")


def test_what_is_piped_in_follows_the_question(server: OfflineServer, env: dict[str, str]) -> None:
    server.enqueue(Reply("ok"))
    chat("run", MODEL, "Translate:", env=env, stdin="der Hund\n")
    sent = server.last.json
    assert sent["messages"][-1]["content"] == "Translate:\n\nder Hund"


def test_on_a_terminal_markdown_is_rendered(server: OfflineServer, env: dict[str, str]) -> None:
    server.enqueue(Reply("Salt is **old**.\n\n- one\n- two\n"))
    with Terminal("run", MODEL, "go", env=env) as terminal:
        assert terminal.wait() == 0
        assert terminal.screen() == "Salt is old.\n\n • one\n • two"


def test_json_is_the_whole_message(server: OfflineServer, env: dict[str, str]) -> None:
    server.enqueue(Reply("short"))
    done = chat("run", MODEL, "go", "--json", env=env)
    message = json.loads(done.stdout)
    assert message["blocks"][0]["text"] == "short"
    assert message["response_metadata"]["finish_reason"] == "stop"


def test_events_are_json_lines_from_start_to_end(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("a b c"))
    done = chat("run", MODEL, "go", "--events", env=env)
    names = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert (names[0], names[-1]) == ("on_chat_model_start", "on_chat_model_end")
    assert "on_chat_model_stream" in names


def test_a_misspelt_option_is_refused_with_the_nearest_name(env: dict[str, str]) -> None:
    done = chat("run", MODEL, "go", "-o", "temprature=1", env=env)
    assert done.returncode == ExitCode.USAGE
    assert "'temperature'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("run", "grok3:x", "go"), ExitCode.NOT_FOUND, "No provider"),
        (("run", MODEL), ExitCode.USAGE, "no question"),
        (("rum",), ExitCode.USAGE, "'run'"),
        (("run", MODEL, "go", "-a", "absent.png"), ExitCode.INPUT, "No such file"),
    ],
)
def test_wrong_use_is_one_line_and_its_exit_code(
    arguments: tuple[str, ...], code: ExitCode, words: str, env: dict[str, str], tmp_path: Path
) -> None:
    done = chat(*arguments, env=env)
    assert done.returncode == code
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_that_cannot_move_its_cursor_gets_plain_text(
    variables: dict[str, str], server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("**Salt**"))
    with Terminal("run", MODEL, "go", env=env | variables) as terminal:
        assert terminal.wait() == 0
        assert terminal.received == b"**Salt**\r\n"


def test_markdown_in_a_pipe_has_no_escape_codes_even_where_colours_are_forced(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("**Salt**"))
    done = chat("run", MODEL, "go", "--markdown", env=env | {"FORCE_COLOR": "1"})
    assert done.stdout == "Salt\n"


def test_an_async_function_is_a_tool_as_well(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "weather.py").write_text(
        "async def weather(city: str) -> str:\n    return f'rain in {city}'\n"
    )
    asked = ("run", "offline:demo", "Rain?", "--tool", "weather:weather")
    assert chat(*asked, env=env, folder=tmp_path).stdout == "The tool answered: rain in city\n"


def test_a_wrong_command_line_names_the_help_of_its_command(env: dict[str, str]) -> None:
    assert chat("keys", "list", env=env).stderr.endswith("(see chat keys --help)\n")
    assert chat("doctor", env=env).stderr.endswith("(see chat doctor --help)\n")
