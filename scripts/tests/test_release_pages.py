"""Pages that follow from the code: tables of parameters, what is tested together, READMEs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from chat_core.provider import WireModel
from chat_groq import ChatGroq

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "docs")]

from page_snippets import is_executed  # noqa: E402 - the path comes first
from release.front_picture import OTHERS, PICTURE, Piece, drawn  # noqa: E402
from release.pages import pages  # noqa: E402
from release.parameters import with_parameters  # noqa: E402
from release.speed_section import _table  # noqa: E402
from release.tested_together import PAGE, page  # noqa: E402
from workspace import ROOT, distributions  # noqa: E402

WORKSPACE = distributions()
PROVIDERS = [each for each in WORKSPACE if each.providers and each.name != "chat-core"]


@pytest.mark.parametrize("path", list(pages()), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_generated_page_is_as_the_code_is_now(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "make docs-output writes it"


@pytest.mark.parametrize("distribution", PROVIDERS, ids=lambda each: each.name)
def test_the_readme_of_a_provider_shows_each_way_in(distribution: Any) -> None:
    readme = distribution.folder / "README.md"
    text = readme.read_text(encoding="utf-8")
    assert is_executed(readme)
    assert f"pip install {distribution.name}\n" in text
    assert re.search(r'^```bash\nexport [A-Z_]+="', text, re.MULTILINE)
    assert re.search(r'^```powershell\n\$env:[A-Z_]+ = "', text, re.MULTILINE)
    assert re.search(rf'get_chat_model\("({"|".join(distribution.providers)}):', text)
    assert f"\nfrom {distribution.package} import Chat" in text
    for way in (".stream(", ".astream(", ".stream_events("):
        assert way in text, way
    assert re.search(r"^## What works, and what .* lacks$", text, re.MULTILINE)


def test_a_readme_without_a_place_for_its_parameters_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match=f"the README of {PROVIDERS[0].name} has no lines"):
        with_parameters("# A README\n", PROVIDERS[0])


def test_the_table_of_parameters_has_each_field_of_the_class_once() -> None:
    [groq] = [each for each in PROVIDERS if each.name == "chat-groq"]
    text = (groq.folder / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `.*` \| .*\w.* \|$", text, re.MULTILINE)
    own = set(ChatGroq.model_fields) - set(WireModel.model_fields)
    assert own <= set(rows) <= set(ChatGroq.model_fields)
    assert rows == sorted(set(rows))


def test_what_is_tested_together_has_each_requirement_with_its_versions() -> None:
    rows = [line.split("|") for line in page().splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= len(WORKSPACE)
    for _, title, name, _range, tested, oldest, _ in rows:
        assert re.fullmatch(r" \d[\w.]* ", tested), (title, name, tested)
        assert re.fullmatch(r" \d[\w.]* ", oldest), (title, name, oldest)
    assert PAGE.name == "tested-together.md"


def test_the_front_page_names_every_provider_and_its_package() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for distribution in WORKSPACE:
        for provider in distribution.providers:
            assert re.search(
                rf"^\|[^|]* `{provider}:`.*`{distribution.name}`", text, re.MULTILINE
            ), provider


def test_the_picture_of_the_front_page_shows_what_its_program_prints() -> None:
    root = ElementTree.fromstring(PICTURE.read_text(encoding="utf-8"))
    rows: dict[float, str] = {}
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        rows[float(text.attrib["y"])] = rows.get(float(text.attrib["y"]), "") + (text.text or "")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    printed = re.search(r"^```text\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    assert printed is not None
    shown = list(rows.values())
    lines = printed[1].splitlines()
    starts = [number + 1 for number, row in enumerate(shown) if row.endswith("python song.py")]
    assert len(starts) == 1 + len(OTHERS)
    for start in starts:
        assert shown[start : start + len(lines)] == lines


def test_the_picture_asks_no_other_host_and_runs_no_script() -> None:
    text = PICTURE.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\(|href|@import|<script|on\w+=", text)


def test_what_appears_in_the_picture_is_drawn_where_a_terminal_has_it() -> None:
    svg = drawn([Piece(0.5, "$ "), Piece(1.0, "a<b\nc", is_typed=True), Piece(2.0, "d\n")])
    assert svg.count("<text ") == 4
    assert 'y="52" textLength="25.2" class="t" style="animation-delay:1.00s">a&lt;b</text>' in svg
    assert re.search(r'x="26\.4" y="72" .*2\.00s">d</text>', svg)


def test_the_table_of_speed_marks_the_lowest_of_each_row() -> None:
    rows = [
        {
            "measure": "stream",
            "case": "x, text, 8 a segment",
            "entry": who,
            "cost": {"middle": cost},
        }
        for who, cost in (("raw", 4.0), ("ours", 3.5), ("sdk", 1234.5), ("ours.events", 1.0))
    ]
    assert "| x, 8 events a segment, µs a chunk | 4 | **3.5** | 1,234 |  |  |" in list(_table(rows))
