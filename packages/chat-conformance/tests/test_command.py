"""The command `chat-conformance`: runs laws for an installed model, and writes reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chat_conformance import command
from chat_conformance.html_report import html_report
from chat_conformance.new_package.write import FRAMINGS, write_package

MODEL = "groq:llama-3.3-70b-versatile"


def start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "chat_conformance", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_laws_of_a_theme_are_run_and_reported_in_every_format(tmp_path: Path) -> None:
    reports = [f"--report=out.{ending}" for ending in ("html", "json", "xml")]
    finished = start(tmp_path, MODEL, "--theme", "media", *reports)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    outcomes = json.loads((tmp_path / "out.json").read_text())
    assert {each["model"] for each in outcomes} == {MODEL}
    assert len(outcomes) > 4
    page = (tmp_path / "out.html").read_text()
    assert "All laws that apply hold." in page
    assert f"Conformance of {MODEL}" in page
    assert len([*ElementTree.parse(tmp_path / "out.xml").iter("testcase")]) >= len(outcomes)


def test_settings_of_the_current_folder_do_not_change_a_run(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    finished = start(tmp_path, MODEL, "--theme", "citations")
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nosuch:model"], "No provider 'nosuch'"),
        ([MODEL, "--report", "out.pdf"], "ends in none of .html, .json, .xml"),
        ([MODEL, "--report", "no/such/folder/out.html"], "there is no folder no/such/folder"),
    ],
)
def test_wrong_arguments_are_named(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_a_page_shows_the_lesson_of_a_failure_and_escapes_it() -> None:
    failure = {"subject": "TestMine", "model": "mine:m", "law": "test_it", "case": "test_it[sync]"}
    failure |= {"outcome": "failed", "reason": "1 < 2", "rule": "It holds.", "remedy": "<b>"}
    page = html_report("mine:m", [failure])
    assert "<dt>What to do<dd><pre>&lt;b&gt;</pre>" in page
    assert "<b>" not in page
    assert "1 &lt; 2" in page
    assert "All laws that apply hold" not in page


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_written_package_compiles_in_every_framing(tmp_path: Path, framing: str) -> None:
    written = write_package("big-fish", tmp_path, framing=framing)
    for path in written:
        text = path.read_text()
        assert "{{" not in text, path
        if path.suffix == ".py":
            compile(text, str(path), "exec")
    decoder = (tmp_path / "chat-big-fish" / "src" / "chat_big_fish" / "decode.py").read_text()
    named = re.findall(r"framing: ClassVar\[type\[Framing\]\] = (\w+)", decoder)
    assert named == ([] if framing == "sse" else [FRAMINGS[framing].parser])
