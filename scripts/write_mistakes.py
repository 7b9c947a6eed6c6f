"""Runs the kit on a model with each of twenty mistakes, and writes docs/mistakes.md.

python scripts/write_mistakes.py            all of them: minutes
python scripts/write_mistakes.py 5 12       only these, printed and not written
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "packages" / "chat-conformance" / "tests"
PAGE = ROOT / "docs" / "mistakes.md"
sys.path.insert(0, str(TESTS))

from mistakes import MISTAKES, Mistake  # noqa: E402 - the path comes first

_HEAD = """# Twenty mistakes, and what the kit shows

Each model below is right but for one mistake, of the kind that a first attempt at a provider makes.
Under each stands what the conformance kit shows of it: the law that names the mistake, the request
and the answer, where such a failure usually comes from, and what to do. Long ones are cut.

This page is written by `make mistakes`.
"""

_MOST = 400
"""Characters of a request or answer that the page shows."""


def run(number: int, *, only: str = "") -> tuple[list[dict[str, Any]], float]:
    """The outcomes of the laws for a mistake, and the seconds of the run."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_mistake.py").write_text(
            "from chat_conformance import ChatModelReliability\n"
            "from mistakes import MISTAKES\nfrom plain_model import PlainConformance\n"
            "class TestMistake(PlainConformance):\n"
            f"    model_class = MISTAKES[{number}].model\n"
            "class TestReliability(ChatModelReliability):\n    of = TestMistake\n"
        )
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line"]
        command += ["--conformance-report", "out.json", *(["-k", only] if only else [])]
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")
        }
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(TESTS), env.get("PYTHONPATH"))))
        started = time.monotonic()
        subprocess.run(command, cwd=folder, env=env, check=False, capture_output=True)
        seconds = time.monotonic() - started
        return json.loads(Path(folder, "out.json").read_text()), seconds


def section(mistake: Mistake, outcomes: list[dict[str, Any]]) -> Iterator[str]:
    """The lines of the page about one mistake."""
    failed = [each for each in outcomes if each["outcome"] == "failed"]
    assert failed, f"no law names this mistake: {mistake.title}"
    shown = next((each for each in failed if each["law"] == mistake.law), failed[0])
    yield f"\n## {mistake.title}\n"
    yield f"```python\n{textwrap.dedent(inspect.getsource(mistake.part)).rstrip()}\n```\n"
    yield "```text"
    is_first_cause = "No law of this model is run" in shown["reason"]
    yield shown["subject"] if is_first_cause else shown["case"]
    yield _cut(shown["reason"])
    yield f"Rule: {shown['rule']}"
    if "seen" in shown:
        yield "Seen: " + "\n".join(_cut(line) for line in shown["seen"].splitlines())
    yield f"Usually comes from: {shown['usual']}"
    yield f"What to do: {shown['remedy']}"
    yield "```\n"
    if is_first_cause:
        yield "This is the first cause: the other laws are not run."


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[:_MOST]} …"


def main() -> int:
    every_law = sys.argv[1:] == ["--all"]
    laws = ["" if every_law else mistake.law for mistake in MISTAKES]
    parts = [_HEAD]
    with ThreadPoolExecutor(4) as workers:
        runs = workers.map(lambda number: run(number, only=laws[number]), range(len(MISTAKES)))
        for mistake, (outcomes, seconds) in zip(MISTAKES, runs, strict=True):
            failures = sum(each["outcome"] == "failed" for each in outcomes)
            print(f"{mistake.title}: {failures} failures in {seconds:.0f} s", flush=True)
            parts.append("\n".join(section(mistake, outcomes)))
    if not every_law:
        PAGE.write_text("\n".join(parts) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
