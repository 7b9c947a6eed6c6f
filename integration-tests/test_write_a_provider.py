"""Follows ``docs/write-a-provider.md`` outside this repository, in an empty folder."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from guide_check import blocks, follow  # noqa: E402 - the path comes first

pytestmark = pytest.mark.slow


class Elsewhere:
    """A folder outside this repository, and an environment that borrows what is installed here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        environment = folder / "environment"
        venv.create(environment, with_pip=False, symlinks=True)
        self._bin = environment / "bin"
        (packages,) = environment.glob("lib/python*/site-packages")
        borrowed = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
        (packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
        command = self._bin / "chat-conformance"
        command.write_text('#!/bin/sh\nexec python -m chat_conformance "$@"\n')
        command.chmod(0o755)

    def run(self, command: str) -> str:
        """Run shell commands; return what they print."""
        finished = self.tried(command)
        assert finished.returncode == 0, f"{command}\n{finished.stdout[-3000:]}{finished.stderr}"
        return finished.stdout

    def tried(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run shell commands that may fail."""
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")
        }
        env |= {"PATH": f"{self._bin}{os.pathsep}{env['PATH']}"}
        env |= {"PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}  # the latter turns isolation off
        env.pop("PYTHONPATH", None)
        return subprocess.run(
            ["bash", "-euc", command],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    def report(self, arguments: str) -> list[dict[str, str]]:
        """The conformance report of a run of pytest, which may fail."""
        self.tried(f"python -m pytest -q --tb=line --conformance-report report.json {arguments}")
        found: list[dict[str, str]] = json.loads((self.folder / "report.json").read_text())
        return found


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    assert ROOT not in tmp_path.parents
    return Elsewhere(tmp_path)


def test_the_guide_leads_to_a_provider_that_keeps_every_law(elsewhere: Elsewhere) -> None:
    follow(elsewhere.folder, elsewhere.run)


def test_every_block_of_the_guide_is_used() -> None:
    """Blocks that are neither a file nor a command show what something looks like."""
    kinds = {(block.language, bool(block.file)) for block in blocks()}
    assert kinds == {("sh", False), ("python", True), ("json", False), ("text", False)}


UNWRITTEN = {
    "test_an_error_has_the_vendors_code",
    "test_an_error_in_a_stream_is_its_http_twin",
    "test_an_error_in_a_whole_answer_is_an_error",
    "test_an_error_tells_whether_a_retry_helps",
    "test_each_error_has_its_class",
    "test_what_lasts_is_asked_once",
}
"""The laws of what a new package leaves to write: the vendor's errors."""


@pytest.mark.parametrize("framing", ["sse", "ndjson", "binary", "json-array"])
def test_a_new_package_streams_and_fails_only_the_laws_of_what_is_left_to_write(
    elsewhere: Elsewhere, framing: str
) -> None:
    elsewhere.run(
        f"chat-conformance new big-fish --framing {framing}\n"
        "python -m pip install --quiet --editable chat-big-fish\n"
    )
    report = elsewhere.report("chat-big-fish/tests -k 'TestBigFish and not Reliability'")
    failed = {each["law"] for each in report if each["outcome"] == "failed"}
    held = {each["law"] for each in report if each["outcome"] == "passed"} - failed
    assert failed == UNWRITTEN
    assert len(held) > 130
    assert all(each["remedy"] for each in report if each["outcome"] == "failed")
    assert {"test_a_chunk_comes_before_the_next_is_sent", "test_break_disconnects"} <= held


def test_a_new_package_overwrites_nothing_and_has_a_sound_name(elsewhere: Elsewhere) -> None:
    elsewhere.run("chat-conformance new big-fish")
    again = elsewhere.tried("chat-conformance new big-fish")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    wrong = elsewhere.tried("chat-conformance new Big_Fish")
    assert (wrong.returncode, "is no provider id: lower-case" in wrong.stderr) == (2, True)
