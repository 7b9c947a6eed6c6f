"""Every executed page of the documentation shows what its code prints."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts" / "docs")]

from page_outputs import differences  # noqa: E402 - the path comes first
from page_snippets import executed_pages, snippets  # noqa: E402
from shown_commands import wrong_names  # noqa: E402

PAGES = executed_pages()
SHOWN = sorted(
    each
    for where in ("*", "core/*", "packages/*/*", "docs/**/*")
    for each in ROOT.glob(f"{where}.md")
)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_shows_what_its_code_prints(page: Path) -> None:
    assert snippets(page.read_text()), "no block of it is executed"
    assert "\n\n".join(differences(page)) == ""


@pytest.mark.parametrize("page", SHOWN, ids=name)
def test_the_packages_and_variables_of_a_page_exist(page: Path) -> None:
    assert list(wrong_names(page.read_text())) == []
