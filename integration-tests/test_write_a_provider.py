"""Follows ``docs/write-a-provider.md`` outside this repository, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import site
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "write-a-provider.md"

BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One block of code in the guide."""

    language: str
    file: str
    text: str


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

    def run(self, command: str) -> str:
        """Run shell commands; return what they print."""
        finished = self.tried(command)
        assert finished.returncode == 0, f"{command}\n{finished.stdout[-3000:]}{finished.stderr}"
        return finished.stdout

    def tried(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run shell commands that may fail."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        env |= {"PATH": f"{self._bin}{os.pathsep}{env['PATH']}", "CHAT": str(ROOT)}
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


def blocks() -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(GUIDE.read_text())]


def test_the_guide_leads_to_a_provider_that_keeps_every_law(elsewhere: Elsewhere) -> None:
    reply = ""
    for block in blocks():
        if block.file:
            (elsewhere.folder / block.file).write_text(block.text)
        elif block.language == "sh":
            reply = elsewhere.run(block.text)
    last = reply.splitlines()[-1]
    assert re.search(r"\d{3} passed", last)
    assert "failed" not in last


def test_every_block_of_the_guide_is_used() -> None:
    """Blocks that are neither a file nor a command show what something looks like."""
    kinds = {(block.language, bool(block.file)) for block in blocks()}
    assert kinds == {("sh", False), ("python", True), ("json", False), ("text", False)}


def test_a_new_package_fails_only_the_laws_that_need_its_codec(elsewhere: Elsewhere) -> None:
    elsewhere.run(
        f"{sys.executable} $CHAT/scripts/new_provider.py big-fish\n"
        "python -m pip install --quiet --no-deps --no-build-isolation --editable chat-big-fish\n"
    )
    shown = elsewhere.run(
        "python -c 'from chat_core import get_chat_model; print(get_chat_model(\"big_fish:x\"))'"
    )
    assert shown.startswith("model='x'")
    report = elsewhere.report("chat-big-fish/tests")
    failed = [each for each in report if each["outcome"] == "failed"]
    assert failed
    for each in failed:  # its wire is unknown as long as it sends no request
        assert re.search("NotImplementedError|no simulator knows this wire", each["reason"]), each
    held = {each["law"] for each in report if each["outcome"] == "passed"}
    assert {
        "test_building_needs_no_key",
        "test_building_imports_no_http_library",
        "test_repr_and_str_hide_secrets",
        "test_a_pickle_leaves_the_key_behind",
        "test_a_misspelt_setting_is_refused_and_the_nearest_named",
        "test_a_conversation_without_messages_is_refused",
    } <= held
