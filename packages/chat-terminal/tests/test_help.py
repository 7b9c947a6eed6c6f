"""``--help``: quick to come, with examples that run; commands of other packages; completion."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Reply
from chat_terminal import ExitCode
from terminal import chat, command
from test_attachments import png

COMMANDS = ["", "run", "doctor", "providers", "models", "profile", "keys", "aliases", "log"]


def examples(text: str) -> list[str]:
    """The commands below ``Examples:``, one a line."""
    return re.findall(r"^ {4}(\S.*)$", text.partition("Examples:")[2], re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_the_help_run(
    name: str, server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    server.answer_always(Reply("Hello."))
    text = chat(*filter(None, [name]), "--help", env=env | {"COLUMNS": "200"}).stdout
    (tmp_path / "cat.png").write_bytes(png())
    (tmp_path / "key.txt").write_text("a-key\n")
    place = {
        "PYTHONPATH": str(Path(__file__).parent),
        "PYTHON_KEYRING_BACKEND": "keyrings.FileKeyring",
        "TEST_KEYRING": str(tmp_path / "keyring.json"),
    }
    assert examples(text) or name == "models"
    for line in examples(text):
        words = f'chat() {{ {" ".join(command())} "$@"; }}; {line}'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", words],
            env=env | place,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_help_imports_neither_models_nor_rich(env: dict[str, str]) -> None:
    source = (
        "import sys; from chat_terminal.entry import run; run(['--help']);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], env=env, capture_output=True, text=True, check=True
    )
    assert "Commands:" in done.stdout
    loaded = set(re.findall(r"'(\w+)'", done.stdout.splitlines()[-1]))
    assert not loaded & set("chat_core pydantic rich httpx httpx2 sqlite3 keyring asyncio".split())


def test_the_versions(env: dict[str, str]) -> None:
    assert re.fullmatch(
        r"chat-terminal \d\S*\nchat-core \d\S*\n", chat("--version", env=env).stdout
    )


def test_every_option_has_a_help_text(env: dict[str, str]) -> None:
    for name in COMMANDS:
        text = chat(*filter(None, [name]), "--help", env=env | {"COLUMNS": "200"}).stdout
        for line in re.findall(r"^  -.*$", text, re.MULTILINE):
            assert re.search(r"\S {2,}\S", line), line


def add_command(folder: Path, source: str) -> dict[str, str]:
    """Install a distribution with a command into ``folder``; returns the variables to find it."""
    (folder / "chat_dice.py").write_text(source)
    info = folder / "chat_dice-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: chat-dice\nVersion: 1.0\nSummary: Throws dice.\n"
    )
    (info / "entry_points.txt").write_text("[chat_terminal.commands]\ndice = chat_dice:dice\n")
    return {"PYTHONPATH": str(folder)}


def test_another_package_adds_a_command(env: dict[str, str], tmp_path: Path) -> None:
    source = "def dice(sides: int = 6) -> None:\n    'Throw.'\n    print(f'1 of {sides}')\n"
    added = env | add_command(tmp_path, source)
    assert re.search(r"^  dice +Throws dice\.$", chat("--help", env=added).stdout, re.MULTILINE)
    assert chat("dice", "--sides", "20", env=added).stdout == "1 of 20\n"
    assert chat("dice", "--sides", "x", env=added).returncode == ExitCode.USAGE


def test_a_command_that_cannot_be_loaded_names_its_package(
    env: dict[str, str], tmp_path: Path
) -> None:
    added = env | add_command(tmp_path, "import no_such_module\n")
    assert "dice" in chat("--help", env=added).stdout
    done = chat("dice", env=added)
    assert done.returncode == ExitCode.NOT_FOUND
    assert "chat-dice" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("chat ru", "run"),
        ("chat run off", "offline:"),
        ("chat run qu", "quick"),
        ("chat keys set gr", "groq"),
    ],
)
def test_the_shell_completes_commands_providers_and_aliases(
    words: str, offered: str, env: dict[str, str]
) -> None:
    chat("aliases", "set", "quick", "offline:demo", env=env)
    asking = {
        "_CHAT_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    assert offered in chat(env=env | asking).stdout.split()


def test_the_script_for_completion_names_the_command(env: dict[str, str]) -> None:
    # Without this Typer takes the shell from the processes above, where make runs sh.
    named = env | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = chat("--show-completion", "bash", env=named)
    assert "_CHAT_COMPLETE=complete_bash" in done.stdout
