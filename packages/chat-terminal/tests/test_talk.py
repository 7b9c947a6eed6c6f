"""``chat`` as a conversation: in a terminal, and with questions from a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest
from chat_conformance.http_answers import Stall
from chat_conformance.offline import OfflineServer
from chat_conformance.script import ErrorReply, Reply
from chat_terminal import ExitCode
from terminal import Terminal, chat

GROQ = "groq:llama-3.3-70b-versatile"
OPENAI = "openai:gpt-4o-mini"


def texts(server: OfflineServer) -> list[tuple[str, str]]:
    """Role and text of the messages of the latest request."""
    return [(each["role"], each["content"]) for each in server.last.json["messages"]]


def test_the_next_question_is_sent_with_the_whole_conversation(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("I am Ada."), Reply("Ada."))
    with Terminal("-m", GROQ, "-s", "Be brief.", env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("Who are you?\n")
        terminal.wait_for("I am Ada.\n>")
        terminal.type("Again?\n")
        terminal.wait_for("\nAda.\n>")
        terminal.type("\x04")
        assert terminal.wait() == 0
    assert texts(server) == [
        ("system", "Be brief."),
        ("user", "Who are you?"),
        ("assistant", "I am Ada."),
        ("user", "Again?"),
    ]


def test_another_vendor_goes_on_with_the_same_conversation(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("Seven."), Reply("Eight."))
    lines = f"A number?\n/model {OPENAI} temperature=0\nThe next?\n"
    done = chat("-m", GROQ, env=env, stdin=lines)
    assert done.stdout == "Seven.\nEight.\n"
    assert texts(server) == [("user", "A number?"), ("assistant", "Seven."), ("user", "The next?")]
    assert server.last.json["model"] == "gpt-4o-mini"
    assert server.last.json["temperature"] == 0


def test_lines_between_exclamation_marks_are_one_question(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("ok"))
    with Terminal("-m", GROQ, env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("!\ndef f():\n    return 1\n!\n")
        terminal.wait_for("ok\n>")
        terminal.type("/exit\n")
        assert terminal.wait() == 0
    assert texts(server) == [("user", "def f():\n    return 1")]


def test_ctrl_c_ends_the_answer_and_keeps_what_arrived(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("one two ", Stall(), "seven"), Reply("Then five."))
    with Terminal("-m", GROQ, env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("Count.\n")
        terminal.wait_for("one two")
        terminal.type("\x03")
        terminal.wait_for("stopped")
        terminal.type("Go on.\n")
        terminal.wait_for("Then five.\n>")
        terminal.type("\x04")
        assert terminal.wait() == 0
    assert [role for role, _ in texts(server)] == ["user", "assistant", "user"]
    kept = texts(server)[1][1]
    assert kept.startswith("one two")
    assert "seven" not in kept


def test_an_error_does_not_end_the_conversation(server: OfflineServer, env: dict[str, str]) -> None:
    server.enqueue(ErrorReply("invalid_request", "No such thing."), Reply("Better."))
    with Terminal("-m", GROQ, env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("first\n")
        terminal.wait_for("No such thing.")
        terminal.type("second\n")
        terminal.wait_for("Better.\n>")
        terminal.type("\x04")
        assert terminal.wait() == 0
    assert texts(server) == [("user", "second")]


def test_ctrl_c_at_the_prompt_does_not_end_it(env: dict[str, str]) -> None:
    with Terminal("-m", "offline:demo", env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("half a line\x03")
        terminal.wait_for("stopped")
        terminal.type("/exit\n")
        assert terminal.wait() == 0


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        ("hello\n", ExitCode.USAGE, "No model yet"),
        ("/modl x\n", ExitCode.USAGE, "/model"),
        ("/model grok3:x\n", ExitCode.NOT_FOUND, "No provider"),
        ("/attach absent.png\n", ExitCode.INPUT, "No such file"),
    ],
)
def test_from_a_pipe_an_error_ends_the_talk(
    lines: str, code: ExitCode, words: str, env: dict[str, str]
) -> None:
    done = chat(env=env, stdin=lines)
    assert done.returncode == code
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_model_the_default_alias_is_used(env: dict[str, str]) -> None:
    chat("aliases", "set", "default", "offline:demo", env=env)
    assert chat(env=env, stdin="hello\n").stdout.startswith("You wrote: hello")


def test_history_and_clear(env: dict[str, str]) -> None:
    done = chat("-m", "offline:demo", env=env, stdin="a\n/clear\nb\n/history\n")
    assert "human: b\nai: You wrote: b" in done.stdout
    assert "human: a" not in done.stdout


def test_a_paste_of_several_lines_is_one_question(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("ok"))
    with Terminal("-m", GROQ, env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("\x1b[200~/first line\rsecond 漢字\r\rlast\x1b[201~")
        terminal.wait_for("last")
        terminal.type("\n")
        terminal.wait_for("ok\n>")
        terminal.type("\x04")
        assert terminal.wait() == 0
    assert texts(server) == [("user", "/first line\nsecond 漢字\n\nlast")]


def test_an_error_before_the_first_token_leaves_no_spinner(env: dict[str, str]) -> None:
    del env["GROQ_API_KEY"]
    with Terminal("-m", GROQ, env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("Hello\n")
        terminal.wait_for("chat keys set groq\n>")
        terminal.type("/help\n")
        terminal.wait_for("Ctrl-C stops an answer")
        terminal.type("\x04")
        assert terminal.wait() == 0
        assert not any("\u2800" <= letter <= "\u28ff" for letter in terminal.screen())
        assert "> /help\n/model MODEL" in terminal.screen()


def test_attachments_are_counted_and_stand_in_the_history(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-1.7\n")
    server.enqueue(Reply("Two."))
    lines = f"/attach {tmp_path}/*.pdf\nHow many?\n/history\n"
    done = chat("-m", OPENAI, env=env, stdin=lines)
    assert "2 attached" in done.stderr
    assert done.stdout == "Two.\nhuman: [file] [file] How many?\nai: Two.\n"


def test_what_is_typed_during_an_answer_appears_at_the_next_prompt(env: dict[str, str]) -> None:
    with Terminal("-m", "offline:demo", env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("Hello\n")
        terminal.wait_for("Goldfish")
        terminal.type("/usage\n")
        terminal.wait_for("dawn comes.\n> /usage\n>")
        assert terminal.screen().count("/usage") == 1
        assert "\n\n\n" not in terminal.screen()
        terminal.type("\x04")
        assert terminal.wait() == 0
