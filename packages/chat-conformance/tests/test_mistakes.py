"""The page of mistakes shows what the kit shows of them; a few are run again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from mistakes import MISTAKES, Mistake

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "scripts"))

from write_mistakes import PAGE, run, section  # noqa: E402 - the path comes first


def named(title: str) -> int:
    """The number of a mistake."""
    return [mistake.title for mistake in MISTAKES].index(title)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_the_page_shows_each_mistake_with_the_law_that_names_it(mistake: Mistake) -> None:
    page = PAGE.read_text()
    shown = page.partition(f"## {mistake.title}\n")[2].partition("\n## ")[0]
    assert f"class {mistake.part.__name__}(" in shown or f"class {mistake.part.__name__}:" in shown
    assert mistake.law in shown or "No law of this model is run" in shown
    assert "What to do: " in shown


@pytest.mark.parametrize(
    "title",
    ["It yields strings, not chunks", "It drops the system message", "It loses the ids of calls"],
)
def test_a_mistake_that_is_run_again_shows_what_the_page_shows(title: str) -> None:
    number = named(title)
    law = MISTAKES[number].law
    outcomes, seconds = run(number, only=law)
    assert seconds < 60
    assert "\n".join(section(MISTAKES[number], outcomes)) in PAGE.read_text()
