"""Whatever is wrong outside the program is one line on standard error and an exit code."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest
from chat_conformance.http_answers import Reset
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Call, EndOfBody, ErrorReply, Refusal, Reply
from chat_terminal import ExitCode
from terminal import Terminal, chat, command

MODEL = "groq:llama-3.3-70b-versatile"
OPENAI = "openai:gpt-4o-mini"


def assert_one_line(
    done: subprocess.CompletedProcess[str], code: ExitCode, words: str, stdout: str = ""
) -> None:
    assert (done.returncode, done.stdout) == (code, stdout), done.stderr
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_standard_input_that_is_not_utf8(env: dict[str, str]) -> None:
    done = chat("run", "offline:demo", "go", env=env, stdin=b"caf\xe9")
    assert_one_line(done, ExitCode.INPUT, "not UTF-8: byte 0xe9 at offset 3")


def test_a_question_that_is_not_utf8(env: dict[str, str]) -> None:
    line = f"{' '.join(command('run', 'offline:demo'))} $'\\xff'"
    done = subprocess.run(
        ["bash", "-c", line], env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == ExitCode.INPUT
    assert b"the question is not UTF-8" in done.stderr


def test_a_conversation_whose_input_is_not_utf8(env: dict[str, str]) -> None:
    done = chat("-m", "offline:demo", env=env, stdin=b"caf\xe9\n")
    assert_one_line(done, ExitCode.INPUT, "not UTF-8")


def test_a_huge_attachment_is_refused_by_its_size(env: dict[str, str], tmp_path: Path) -> None:
    huge = tmp_path / "film.mp4"
    with huge.open("wb") as file:
        file.truncate(10**12)
    done = chat("run", MODEL, "go", "-a", str(huge), env=env)
    assert_one_line(done, ExitCode.INPUT, "1,000,000,000,000 bytes")


def test_huge_standard_input_is_not_read_to_its_end(env: dict[str, str]) -> None:
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(
            command("run", MODEL), env=env, stdin=endless, capture_output=True, check=False
        )
    assert done.returncode == ExitCode.INPUT
    assert b"too large" in done.stderr


@pytest.mark.parametrize("kind", ["folder", "loop", "empty", "binary"])
def test_an_attachment_that_cannot_be_sent(kind: str, env: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "thing"
    words = {
        "folder": "is a folder",
        "loop": "cannot be read",
        "empty": "is empty",
        "binary": "neither UTF-8 text nor",
    }[kind]
    if kind == "folder":
        place.mkdir()
    elif kind == "loop":
        place.symlink_to(place)
    else:
        place.write_bytes(b"" if kind == "empty" else bytes(range(256)))
    assert_one_line(chat("run", MODEL, "go", "-a", str(place), env=env), ExitCode.INPUT, words)


def test_a_reader_that_ends_first_ends_the_request_without_a_word(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("line\n" * 100_000, piece=4000))
    line = f"{' '.join(command('run', MODEL, 'go'))} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (ExitCode.CLOSED_PIPE, b"line\n", b"")


@pytest.mark.parametrize("option", ["--markdown", "--events"])
def test_a_closed_pipe_is_the_same_for_every_output(
    option: str, server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("line\n\n" * 20_000, piece=4000))
    line = f"{' '.join(command('run', MODEL, 'go', option))} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert (done.returncode, done.stderr) == (ExitCode.CLOSED_PIPE, b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_standard_streams(closed: str, env: dict[str, str]) -> None:
    line = f"{' '.join(command('run', 'offline:demo', 'go', '--usage'))} {closed}"
    done = subprocess.run(
        ["bash", "-c", line], env=env, capture_output=True, check=False, input=b""
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_a_full_disk_is_a_line(env: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("run", "offline:demo", "go"),
            env=env,
            stdout=full,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    assert done.returncode == ExitCode.UNEXPECTED
    assert b"No space left" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_terminal_ten_columns_wide(server: OfflineServer, env: dict[str, str]) -> None:
    server.enqueue(Reply("# Some heading\n\nUnbreakableword and `code`\n\n```\nx = 1\n```\n"))
    with Terminal("run", MODEL, "go", env=env, columns=10, rows=4) as terminal:
        assert terminal.wait() == 0
        screen = terminal.screen()
    assert "Unbreakabl\neword and\ncode" in screen
    assert "x = 1" in screen


def test_control_characters_of_a_model_do_not_reach_the_terminal(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("a\x1b]0;title\x07b"), Reply("a\x1b[2Jb"))
    with Terminal("run", MODEL, "go", env=env) as terminal:
        assert terminal.wait() == 0
        assert b"\x1b]0;" not in terminal.received
    with Terminal("run", MODEL, "go", "--no-markdown", env=env) as terminal:
        assert terminal.wait() == 0
        assert b"\x1b[2J" not in terminal.received


@pytest.mark.parametrize("home", ["", "/dev/null/home"])
def test_without_a_home_folder_models_answer_and_settings_are_refused(
    home: str, env: dict[str, str]
) -> None:
    bare = env | {"HOME": home}
    assert chat("run", "offline:demo", "go", env=bare).returncode == 0
    if home:
        done = chat("aliases", "set", "a", "offline:demo", env=bare)
        assert_one_line(done, ExitCode.STORAGE, "/dev/null/home")


def test_settings_that_cannot_be_read_are_named_before_anything_is_sent(
    env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "settings.json").write_text("{")
    done = chat("run", "offline:demo", "go", env=env | {"CHAT_HOME": str(tmp_path)})
    assert_one_line(done, ExitCode.STORAGE, str(tmp_path / "settings.json"))


def test_a_locked_log_is_named_after_the_answer(env: dict[str, str], tmp_path: Path) -> None:
    place = env | {"CHAT_HOME": str(tmp_path)}
    assert chat("run", "offline:demo", "one", "--log", env=place).returncode == 0
    with sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        done = chat("run", "offline:demo", "two", "--log", env=place)
        holder.execute("ROLLBACK")
    holder.close()
    assert done.stdout.startswith("You wrote: two")
    assert done.returncode == ExitCode.STORAGE
    assert str(tmp_path / "log.sqlite3") in done.stderr
    assert "locked" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_log_that_is_no_database_is_named(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "log.sqlite3").write_text("this is a letter, not a database, and long enough" * 9)
    done = chat("log", "list", env=env | {"CHAT_HOME": str(tmp_path)})
    assert_one_line(done, ExitCode.STORAGE, "log.sqlite3")


def test_no_network(env: dict[str, str]) -> None:
    away = env | {"GROQ_BASE_URL": "http://127.0.0.1:9"}
    done = chat("run", MODEL, "go", "-o", "max_retries=0", env=away)
    assert_one_line(done, ExitCode.CONNECTION, "127.0.0.1:9")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (ErrorReply("authentication"), ExitCode.KEY),
        (ErrorReply("not_found"), ExitCode.NOT_FOUND),
        (ErrorReply("context_length"), ExitCode.REFUSED),
        (ErrorReply("rate_limit"), ExitCode.UNAVAILABLE),
        (ErrorReply("quota"), ExitCode.UNAVAILABLE),
        (ErrorReply("server_error"), ExitCode.UNAVAILABLE),
    ],
)
def test_what_a_vendor_refuses_has_an_exit_code_of_its_kind(
    reply: ErrorReply, code: ExitCode, server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(reply)
    done = chat("run", MODEL, "go", "-o", "max_retries=0", env=env)
    assert_one_line(done, code, "message about the error")


def test_an_interrupted_answer_is_printed_and_reported(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("as far as here", EndOfBody()))
    done = chat("run", MODEL, "go", env=env)
    assert done.returncode == ExitCode.INTERRUPTED
    assert done.stdout == "as far as here\n"
    assert done.stderr.count("\n") == 1


def test_a_connection_that_breaks_is_reported_after_what_arrived(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("half", Reset()))
    done = chat("run", MODEL, "go", env=env)
    assert (done.returncode, done.stdout) == (ExitCode.INTERRUPTED, "half\n")


def test_a_model_that_declines(server: OfflineServer, env: dict[str, str]) -> None:
    server.enqueue(Reply(Refusal("I would rather not.")))
    done = chat("run", OPENAI, "go", env=env)
    assert_one_line(done, ExitCode.REFUSED, "I would rather not.")


def test_an_answer_cut_off_at_its_length_is_noted(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("and then", finish="length"))
    done = chat("run", MODEL, "go", env=env)
    assert_one_line(done, ExitCode.OK, "max_tokens", stdout="and then\n")


def test_tool_calls_that_do_not_end(server: OfflineServer, env: dict[str, str]) -> None:
    server.enqueue(*[Reply(Call("system", id=f"call0000{n}")) for n in range(2)])
    options = ("--tool", "platform:system", "--max-steps", "2")
    done = chat("run", MODEL, "go", *options, env=env)
    assert_one_line(done, ExitCode.NO_RESULT, "--max-steps")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--schema", "{"), ExitCode.USAGE, "not JSON"),
        (("--schema", "[1]"), ExitCode.INPUT, "No such file"),
        (("--schema", "absent.json"), ExitCode.INPUT, "No such file"),
        (("--schema", "pathlib:Pth"), ExitCode.NOT_FOUND, "'Path'"),
        (("--schema", "{}", "--json"), ExitCode.USAGE, "--json and --schema"),
        (("--tool", "platform:sytem"), ExitCode.NOT_FOUND, "'system'"),
        (("--tool", "no_such_module:f"), ExitCode.NOT_FOUND, "no_such_module"),
        (("--tool", "system"), ExitCode.USAGE, "module:name"),
        (("--tool", "sys:path"), ExitCode.USAGE, "no function"),
        (("--tool", "time:ctime"), ExitCode.USAGE, "ctime cannot be a tool"),
        (("--tool", "antigravity_of_mine.py:f"), ExitCode.NOT_FOUND, "no file"),
        (("-a", "/dev/zero"), ExitCode.INPUT, "too large"),
        (("-a", "-"), ExitCode.INPUT, "'-' is empty"),
        (("-o", "temperature"), ExitCode.USAGE, "NAME=VALUE"),
        (("-o", "temperature=hot"), ExitCode.USAGE, "temperature"),
        (("--max-steps", "0"), ExitCode.USAGE, "--max-steps"),
        (("--modle", "x"), ExitCode.USAGE, "--modle"),
    ],
)
def test_an_option_that_cannot_be_right(
    arguments: tuple[str, ...], code: ExitCode, words: str, env: dict[str, str], tmp_path: Path
) -> None:
    done = chat("run", MODEL, "go", *arguments, env=env, folder=tmp_path)
    assert_one_line(done, code, words)


def test_ctrl_c_prints_what_arrived_and_restores_the_terminal(
    server: OfflineServer, env: dict[str, str]
) -> None:
    from chat_conformance.http_answers import Stall

    server.enqueue(Reply("Some **words**", Stall()))
    with Terminal("run", MODEL, "go", env=env) as terminal:
        terminal.wait_for("Some words")
        terminal.type("\x03")
        assert terminal.wait() == ExitCode.CTRL_C
        assert terminal.screen() == "Some words"
        assert terminal.received.rfind(b"\x1b[?25h") > terminal.received.rfind(b"\x1b[?25l")


def test_a_traceback_is_shown_with_debug_alone(env: dict[str, str]) -> None:
    for arguments in (("--debug", "run", "grok3:x", "go"), ("run", "grok3:x", "go", "--debug")):
        done = chat(*arguments, env=env)
        assert done.returncode == ExitCode.NOT_FOUND
        assert "Traceback" in done.stderr
    assert "Traceback" not in chat("run", "grok3:x", "go", env=env).stderr
