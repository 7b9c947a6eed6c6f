"""Executes the README of an installed distribution, in the environment that the README installs.

Its vendors are a server on loopback. The blocks run in one process, `readme_child.py`, which can
give that server no answers; answers that a README has are given before its first block runs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chat_conformance import script
from chat_conformance.simulators import ScriptItem
from page_server import SERVER_VARIABLE, PageServer
from page_snippets import EXECUTED, Snippet, fences, snippets

__all__ = ["Expected", "ReadmeError", "execute", "executed", "installs"]

CHILD = Path(__file__).with_name("readme_child.py")
SECONDS = 300


class ReadmeError(RuntimeError):
    """A README does not do what it shows."""


@dataclass(frozen=True)
class Expected:
    """The distribution whose README is executed."""

    name: str
    package: str
    version: str


def executed(text: str) -> list[Snippet]:
    """What of a README is executed, in order; empty if its blocks are not."""
    return snippets(text) if EXECUTED.search(text) else []


def installs(text: str, own: Iterable[str]) -> list[str]:
    """The distributions of `own` that the first `pip install` among a README's blocks names."""
    commands = [each.text for each in fences(text) if each.language == "bash"]
    found = re.search(r"^pip install (.+)$", "\n".join(commands), re.MULTILINE)
    return [name for name in (found[1].split() if found else []) if name in set(own)]


def execute(
    python: Path,
    work: Path,
    expected: Expected,
    steps: Sequence[Snippet],
    environment: Mapping[str, str],
) -> str:
    """Execute the steps of a README in `work`; return what `readme_child.py` prints at the end.

    Raises:
        ReadmeError: a block fails, prints something else than the README shows, or sends a request
            that a vendor would refuse; or answers of the README were not asked for.
    """
    answers, blocks = _answers_and_blocks(steps)
    with PageServer() as server:
        server.script(*answers)
        run = subprocess.run(
            [str(python), "-P", str(CHILD), _argument(expected, blocks)],
            cwd=work,
            env={
                **environment,
                SERVER_VARIABLE: server.url,
                "PATH": f"{python.parent}{os.pathsep}{environment['PATH']}",
            },
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )
        if run.returncode:
            raise ReadmeError(f"{run.stdout}{run.stderr}")
        if server.problem is not None:
            raise ReadmeError(f"a request of its README: {server.problem}")
        if server.left:
            raise ReadmeError(f"{server.left} answers of its README were not asked for")
    return run.stdout.strip()


def _answers_and_blocks(steps: Sequence[Snippet]) -> tuple[list[ScriptItem], list[Snippet]]:
    """The answers for the server, and what is executed after they are given."""
    answers: list[ScriptItem] = []
    blocks: list[Snippet] = []
    for step in steps:
        if step.kind != "answers":
            blocks.append(step)
        elif blocks:
            raise ReadmeError(
                f"line {step.line} of its README: answers stand before the first block that runs"
            )
        else:
            answers += eval(f"[{step.text}]", {**vars(script)})
    return answers, blocks


def _argument(expected: Expected, blocks: Sequence[Snippet]) -> str:
    """What `readme_child.py` takes."""
    return json.dumps(
        {
            "distribution": expected.name,
            "package": expected.package,
            "version": expected.version,
            "snippets": [
                {
                    "kind": each.kind,
                    "line": each.line,
                    "text": each.text,
                    "shown": each.output.text if each.output else "",
                }
                for each in blocks
            ],
        }
    )
