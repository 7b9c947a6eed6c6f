"""The page about the command line has every exit code with its meaning."""

from __future__ import annotations

import re
from pathlib import Path

from chat_terminal import ExitCode

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "command-line.md"


def test_the_page_has_each_exit_code_with_its_meaning() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [(str(code.value), code.name, code.meaning) for code in ExitCode]
