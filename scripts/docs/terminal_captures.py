"""Writes `docs/screenshots/chat-*.txt`: what the screen shows after `chat` has run in a terminal.

Each runs in a pseudo-terminal, without key and network. Run it with the workspace's Python:
`.venv/bin/python scripts/docs/terminal_captures.py`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packages" / "chat-terminal" / "tests"))

from terminal import Terminal  # noqa: E402 - the path comes first

FOLDER = ROOT / "docs" / "screenshots"
COMMANDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "chat-run": (80, ("run", "offline:demo", "Write a verse about the moon", "--usage")),
    "chat-run-ten-columns": (10, ("run", "offline:demo", "漢字 and words")),
    "chat-run-no-key": (80, ("run", "groq:llama-3.3-70b-versatile", "Hello")),
    "chat-doctor": (80, ("doctor", "ollama:qwen3")),
    "chat-help": (80, ("--help",)),
}
"""For each file: the columns of the terminal, and the arguments of `chat`."""


def environment(home: str) -> dict[str, str]:
    """No key, no settings, no proxy: as on a new machine."""
    wanted = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8"}
    return {**wanted, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def capture(columns: int, arguments: tuple[str, ...], env: dict[str, str]) -> str:
    """The screen after a command has ended."""
    with Terminal(*arguments, env=env, columns=columns) as terminal:
        terminal.wait()
        return terminal.screen()


def capture_talk(env: dict[str, str]) -> str:
    """The screen after a conversation: a question, another model, a paste of two lines."""
    with Terminal("-m", "offline:demo", env=env) as terminal:
        terminal.wait_for("\n>")
        terminal.type("Hello\n")
        terminal.wait_for("dawn comes.\n>")
        terminal.type("/model offline:think\n")
        terminal.wait_for("offline:think\n>")
        terminal.type("\x1b[200~Two lines,\npasted\x1b[201~")
        terminal.wait_for("pasted")
        terminal.type("\n")
        terminal.wait_for("pasted\n\nGoldfish on the moon")
        terminal.type("/exit\n")  # shown once the answer is whole
        terminal.wait()
        return terminal.screen()


def main() -> None:
    """Write all captures."""
    with tempfile.TemporaryDirectory() as home:
        env = environment(home)
        shown = {name: capture(*each, env) for name, each in COMMANDS.items()}
        shown["chat-talk"] = capture_talk(env)
    for name, screen in shown.items():
        (FOLDER / f"{name}.txt").write_text(f"{screen}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
