"""The command that holds an installed model to the laws, offline, and writes a report."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .html_report import html_report
from .selection import unusable

__all__ = ["main"]

_FORMATS = (".html", ".json", ".xml")


def main(arguments: Sequence[str]) -> int:
    """Run the laws of a model.

    Returns 0 if all that apply hold, 1 if one does not, 2 if there is no such model or the report
    cannot be written. Exits with status 2 for wrong arguments.
    """
    options = _parser().parse_args(arguments)
    if (why := unusable(options.model) or _unwritable(options.report)) is not None:
        print(f"chat-conformance: {why}", file=sys.stderr)
        return 2
    with TemporaryDirectory() as folder:
        outcomes = Path(folder, "outcomes.json")
        status = int(pytest.main(_pytest_arguments(options, folder, outcomes)))
        for path in options.report:
            if path.suffix == ".json":
                path.write_bytes(outcomes.read_bytes())
            elif path.suffix == ".html":
                path.write_text(
                    html_report(options.model, json.loads(outcomes.read_text())), encoding="utf-8"
                )
    return status


def _pytest_arguments(options: argparse.Namespace, folder: str, outcomes: Path) -> list[str]:
    """The arguments of pytest: no configuration of the current folder, no cache."""
    configuration = Path(folder, "pytest.ini")
    configuration.write_text("[pytest]\n")
    chosen = ["--pyargs", "chat_conformance", "--chat-model", options.model]
    chosen += ["-m", options.theme] if options.theme else []
    chosen += [f"--junit-xml={each.resolve()}" for each in options.report if each.suffix == ".xml"]
    quiet = ["-q", "--tb=short", "-p", "no:cacheprovider", "-c", str(configuration)]
    return [*chosen, *quiet, f"--rootdir={folder}", f"--conformance-report={outcomes}"]


def _unwritable(reports: Sequence[Path]) -> str | None:
    for path in reports:
        if path.suffix not in _FORMATS:
            return f"--report: {path} ends in none of {', '.join(_FORMATS)}"
        if not path.resolve().parent.is_dir():
            return f"--report: there is no folder {path.parent}"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chat-conformance",
        description="Holds a model of an installed provider to every law, offline: its requests go"
        " to a simulator on this machine. Needs no key.",
        epilog="Other commands: `chat-conformance new NAME` writes the package of a new provider;"
        " `chat-conformance offline` starts the offline server.",
    )
    parser.add_argument("model", help="the model, such as groq:llama-3.3-70b-versatile")
    parser.add_argument(
        "--report",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="write a report: HTML, JSON or JUnit, by the ending .html, .json or .xml; may repeat",
    )
    parser.add_argument(
        "--theme",
        metavar="EXPRESSION",
        help='only the laws of these themes, such as "tools or streams"',
    )
    return parser
