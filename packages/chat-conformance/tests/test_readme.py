"""The README's files and commands, run in its order in an empty folder, with no key."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)"| (fails))?\n(.*?)^```$', re.MULTILINE | re.DOTALL)

SOME_LAWS = (
    "test_an_answer_has_the_vendors_id or test_a_call_arrives or test_a_chain_streams_through"
    " or test_no_form_of_a_model or (reset and whole)"
)
"""Enough to see each command at work; all laws are run elsewhere."""


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell; commands that choose no laws are run for some."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")}
    env = {k: v for k, v in env.items() if not k.endswith("_API_KEY")}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env["PYTEST_ADDOPTS"] = "-p no:cacheprovider -p no:logfire"
    chosen = [] if " -k " in command else ["-k", SOME_LAWS]
    return subprocess.run(
        [sys.executable, "-m", *command.split(), *chosen],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def outputs(folder: Path) -> dict[str, str]:
    """The output of each command of the README; commands marked ``fails`` must fail."""
    found: dict[str, str] = {}
    for language, title, fails, text in BLOCK.findall(README.read_text()):
        if title:
            (folder / title).write_text(text)
        for command in text.splitlines() if language == "sh" else ():
            finished = run(command, folder)
            assert (finished.returncode != 0) == bool(fails), finished.stdout + finished.stderr
            found[command] = finished.stdout
    return found


def test_each_command_of_the_readme_prints_what_the_readme_states(tmp_path: Path) -> None:
    """One test, because the commands build on each other and each starts pytest."""
    found = outputs(tmp_path)
    held = found["pytest test_conformance.py"]
    assert "groq:llama-3.3-70b-versatile (TestGroq): 3 of 3 laws that apply hold\n" in held
    assert "groq:llama-3.3-70b-versatile (TestGroqReliability): 2 of 2 laws that apply" in held
    # No class is needed.
    held = found["pytest --pyargs chat_conformance --chat-model groq:llama-3.3-70b-versatile"]
    assert "3 of 3 laws that apply hold" in held
    # A closed gap fails.
    closed = "[XPASS(strict)] gap: answers have no id (https://acme.example/ids)"
    assert closed in found["pytest test_gaps.py -k test_an_answer_has_the_vendors_id"]
    assert closed in README.read_text()
    # Cassettes answer, and a live run names the key that it lacks.
    played = found["pytest test_conformance.py --backend cassette"]
    assert "(TestGroq): 2 of 2 laws that apply hold" in played
    assert "not run: scripted: this law needs the offline server" in played
    live = found["pytest test_conformance.py --backend live"]
    assert "not run: no key: set GROQ_API_KEY for a live run" in live
