"""Run the conformance suite and write what it found: `docs/support-matrix.md` and `.html`.

Where a vendor's key is in the environment its model is also held to the laws that any server can
be held to, live. The files hold no date and no machine, so a run that finds the same writes the
same. The list of the laws, `docs/laws.md`, is written too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import laws_page
from chat_conformance.declared import DECLARED
from matrix import PACKAGES, Outcome, Row, build
from matrix_packages import package_rows
from matrix_page import markdown, page

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "integration-tests"
SUITES = (str(TESTS / "test_conformance.py"), str(TESTS / "test_reliability.py"))
MARKDOWN = ROOT / "docs" / "support-matrix.md"
PAGE = ROOT / "docs" / "support-matrix.html"


def run(folder: Path, *arguments: str, cwd: Path = ROOT) -> list[Outcome]:
    """The outcomes of a run of pytest."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "--timeout", "120"]
    command += ["-r", "fE", "--conformance-report", str(report), *arguments]
    subprocess.run(command, cwd=cwd, check=False)
    if not report.is_file():
        sys.exit("the suite did not run")
    found: list[Outcome] = json.loads(report.read_text())
    return found


def run_packages(folder: Path) -> dict[str, Row]:
    """The rows about packages around a model."""
    report = folder / "packages.xml"
    tests = [str(TESTS / f"{module}.py") for module in PACKAGES]
    command = [sys.executable, "-m", "pytest", "-q", "--timeout", "120", f"--junitxml={report}"]
    subprocess.run([*command, *tests], check=False, cwd=ROOT)
    if not report.is_file():
        sys.exit("the tests of packages did not run")
    return package_rows(report)


def run_live(folder: Path) -> list[Outcome]:
    """The outcomes of live runs, of the models whose key is in the environment."""
    outcomes = []
    for subject in DECLARED:
        names = subject.live_keys or subject.make_model(base_url="http://127.0.0.1:9").api_key_env
        if any(os.environ.get(name) for name in names):
            # Outside the workspace, whose network guard would refuse it.
            arguments = ("--pyargs", "chat_conformance", "--chat-model", subject.model_id)
            found = run(folder, *arguments, "--backend", "live", cwd=folder)
            outcomes += [{**outcome, "subject": f"Test{subject.__name__}"} for outcome in found]
    return outcomes


def main() -> None:
    argparse.ArgumentParser(description=__doc__.split("\n\n")[0]).parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        laws = run(folder, "-n", "2", *SUITES)
        matrix = build(laws, run_live(folder), run_packages(folder))
    MARKDOWN.write_text(markdown(matrix))
    PAGE.write_text(page(matrix))
    laws_page.PAGE.write_text(laws_page.page())
    for written in (MARKDOWN, PAGE, laws_page.PAGE):
        print(f"wrote {written.relative_to(ROOT)}")
    if matrix.failed:
        sys.exit("\n".join(["does not hold:", *matrix.failed]))


if __name__ == "__main__":
    main()
