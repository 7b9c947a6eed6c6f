"""Pages that follow from the code: tables of parameters, what is tested together, READMEs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_core.provider import WireModel
from chat_groq import ChatGroq

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "docs")]

from page_snippets import is_executed  # noqa: E402 - the path comes first
from release.pages import pages  # noqa: E402
from release.parameters import with_parameters  # noqa: E402
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
