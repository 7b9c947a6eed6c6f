"""The README's files and commands, run in its order in an empty folder, with no key."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)"| (fails))?\n(.*?)^```$', re.MULTILINE | re.DOTALL)

SOME_LAWS = (
    "test_an_answer_has_the_vendors_id or test_a_call_arrives or test_a_chain_streams_through"
    " or test_no_form_of_a_model or (reset and whole)"
)
"""Enough to see each command at work; all laws are run elsewhere."""


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell; commands that choose no laws are run for some."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    env = {k: v for k, v in env.items() if not k.endswith("_API_KEY")}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env["PYTEST_ADDOPTS"] = "-p no:cacheprovider"
    chosen = [] if " -k " in command else ["-k", SOME_LAWS]
    return subprocess.run(
        [sys.executable, "-m", *command.split(), *chosen],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The output of each command of the README; commands marked ``fails`` must fail."""
    folder = tmp_path_factory.mktemp("readme")
    found: dict[str, str] = {}
    for language, title, fails, text in BLOCK.findall(README.read_text()):
        if title:
            (folder / title).write_text(text)
        for command in text.splitlines() if language == "sh" else ():
            finished = run(command, folder)
            assert (finished.returncode != 0) == bool(fails), finished.stdout + finished.stderr
            found[command] = finished.stdout
    return found


def test_the_dozen_lines_hold(outputs: dict[str, str]) -> None:
    held = outputs["pytest test_conformance.py"]
    assert "groq:llama-3.3-70b-versatile (TestGroq): 3 of 3 laws that apply hold\n" in held
    assert "groq:llama-3.3-70b-versatile (TestGroqReliability): 2 of 2 laws that apply" in held


def test_no_class_is_needed(outputs: dict[str, str]) -> None:
    held = outputs["pytest --pyargs chat_conformance --chat-model groq:llama-3.3-70b-versatile"]
    assert "3 of 3 laws that apply hold" in held


def test_a_closed_gap_fails_with_the_words_of_the_readme(outputs: dict[str, str]) -> None:
    report = outputs["pytest test_gaps.py -k test_an_answer_has_the_vendors_id"]
    assert "[XPASS(strict)] gap: answers have no id (https://acme.example/ids)" in report
    assert (
        "[XPASS(strict)] gap: answers have no id (https://acme.example/ids)" in README.read_text()
    )


def test_cassettes_answer_and_a_live_run_says_which_key_it_misses(outputs: dict[str, str]) -> None:
    played = outputs["pytest test_conformance.py --backend cassette"]
    assert "(TestGroq): 2 of 2 laws that apply hold" in played
    assert "not run: scripted: this law needs the offline server" in played
    live = outputs["pytest test_conformance.py --backend live"]
    assert "not run: no key: set GROQ_API_KEY for a live run" in live
