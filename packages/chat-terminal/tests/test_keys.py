"""``chat keys``, and keys of the keyring in requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Reply
from chat_terminal import ExitCode
from terminal import Terminal, chat

MODEL = "groq:llama-3.3-70b-versatile"
SECRET = "gsk-aquamarine-7"


@pytest.fixture
def keyring_env(env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment with a keyring in a file, and without a key for Groq."""
    del env["GROQ_API_KEY"]
    return env | {
        "PYTHONPATH": str(Path(__file__).parent),
        "PYTHON_KEYRING_BACKEND": "keyrings.FileKeyring",
        "TEST_KEYRING": str(tmp_path / "keyring.json"),
    }


def test_a_key_of_the_keyring_is_sent_and_never_shown(
    server: OfflineServer, keyring_env: dict[str, str]
) -> None:
    server.enqueue(Reply("ok"))
    kept = chat("keys", "set", "groq", env=keyring_env, stdin=f"{SECRET}\n")
    listed = chat("keys", env=keyring_env)
    asked = chat("run", MODEL, "go", env=keyring_env)
    assert [done.returncode for done in (kept, listed, asked)] == [0, 0, 0]
    assert "groq\tkeyring\n" in listed.stdout
    assert server.last.headers["authorization"] == f"Bearer {SECRET}"
    for done in (kept, listed, asked):
        assert SECRET not in done.stdout + done.stderr


def test_a_key_typed_at_the_terminal_is_not_echoed(keyring_env: dict[str, str]) -> None:
    with Terminal("keys", "set", "groq", env=keyring_env) as terminal:
        terminal.wait_for("not shown")
        terminal.type(f"{SECRET}\n")
        assert terminal.wait() == 0
        assert SECRET not in terminal.screen()
    assert "groq\tkeyring" in chat("keys", env=keyring_env).stdout


def test_the_environment_comes_before_the_keyring(
    server: OfflineServer, keyring_env: dict[str, str]
) -> None:
    server.enqueue(Reply("ok"))
    chat("keys", "set", "groq", env=keyring_env, stdin=SECRET)
    chat("run", MODEL, "go", env=keyring_env | {"GROQ_API_KEY": "of-the-environment"})
    assert server.last.headers["authorization"] == "Bearer of-the-environment"


def test_a_deleted_key_is_gone_and_cannot_be_deleted_again(keyring_env: dict[str, str]) -> None:
    chat("keys", "set", "groq", env=keyring_env, stdin=SECRET)
    assert chat("keys", "delete", "groq", env=keyring_env).returncode == 0
    assert "keyring" not in chat("keys", env=keyring_env).stdout
    assert chat("keys", "delete", "groq", env=keyring_env).returncode == ExitCode.NOT_FOUND


def test_without_a_key_the_line_names_the_variable(keyring_env: dict[str, str]) -> None:
    done = chat("run", MODEL, "go", env=keyring_env)
    assert done.returncode == ExitCode.KEY
    assert "GROQ_API_KEY" in done.stderr
    assert "chat keys set" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_locked_keyring_is_a_line_and_its_exit_code(keyring_env: dict[str, str]) -> None:
    broken = keyring_env | {"PYTHON_KEYRING_BACKEND": "keyrings.BrokenKeyring"}
    for arguments in (("keys",), ("keys", "set", "groq"), ("keys", "delete", "groq")):
        done = chat(*arguments, env=broken, stdin=SECRET)
        assert done.returncode == ExitCode.STORAGE
        assert "collection is locked" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_locked_keyring_does_not_stop_a_model_whose_key_is_in_the_environment(
    server: OfflineServer, keyring_env: dict[str, str]
) -> None:
    server.enqueue(Reply("ok"))
    broken = keyring_env | {"PYTHON_KEYRING_BACKEND": "keyrings.BrokenKeyring"}
    done = chat("run", MODEL, "go", env=broken | {"GROQ_API_KEY": "k"})
    assert (done.returncode, done.stderr) == (0, "")


def test_a_system_without_a_keyring_has_no_keys_and_keeps_none(
    keyring_env: dict[str, str],
) -> None:
    none = keyring_env | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    assert chat("run", MODEL, "go", env=none).returncode == ExitCode.KEY
    done = chat("keys", "set", "groq", env=none, stdin=SECRET)
    assert done.returncode == ExitCode.STORAGE
    assert SECRET not in done.stderr


def test_an_unknown_provider_keeps_no_key(keyring_env: dict[str, str]) -> None:
    done = chat("keys", "set", "grok", env=keyring_env, stdin=SECRET)
    assert done.returncode == ExitCode.NOT_FOUND
    assert SECRET not in done.stderr


def test_without_any_key_a_line_reports_it(keyring_env: dict[str, str]) -> None:
    del keyring_env["OPENAI_API_KEY"]
    done = chat("keys", env=keyring_env)
    assert (done.returncode, done.stdout) == (0, "")
    assert "No key" in done.stderr
