"""The site: what a page of the repository becomes in it, and what its checks find."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "docs")]

import reference  # noqa: E402 - the path comes first
import site_build  # noqa: E402
from chat_core import list_providers  # noqa: E402
from chat_groq import ChatGroq  # noqa: E402
from model_parameters import common_parameters, parameters  # noqa: E402
from site_check import problems  # noqa: E402
from site_pages import Sources, site_path, site_text, title  # noqa: E402

ROOT = SCRIPTS.parent


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.reference_pages()


@pytest.mark.parametrize("module", reference.MODULES)
def test_each_public_name_has_one_entry_in_the_reference(
    module: str, pages: dict[str, str]
) -> None:
    written = [line for text in pages.values() for line in text.splitlines()]
    names = reference.entries(module)
    assert names
    assert [written.count(f"::: {name}") for name in names] == [1] * len(names)


def test_each_model_class_has_a_page_on_which_every_parameter_is_described(
    pages: dict[str, str],
) -> None:
    for provider in list_providers():
        if provider.settings:  # its class has a page under another id
            continue
        text = pages[f"reference/providers/{provider.name}.md".removeprefix("reference/")]
        cells = [row.split(" | ") for row in text.splitlines() if row.startswith("| `")]
        assert cells or provider.name == "offline"
        assert [row[0] for row in cells if not row[2].strip()] == [], provider


def test_a_parameter_has_its_type_default_limits_and_description() -> None:
    shared = {each.name: each for each in common_parameters()}
    assert shared["timeout"].type == "`float`"
    assert shared["timeout"].default == "`60.0`"
    assert "seconds" in shared["timeout"].description
    assert "> 0" in shared["timeout"].description
    own = {each.name: each for each in parameters(ChatGroq)}
    assert own["reasoning_format"].type == '`"hidden" | "raw" | "parsed"`'
    assert own["reasoning_format"].default == ""
    assert "top_p" not in own


def test_every_page_of_the_repository_is_in_the_navigation() -> None:
    found = site_build.pages()
    titles = {place: title(file.read_text()) for place, file in found.items()}
    listed = str(site_build.navigation(titles))
    assert len(titles) > 30
    assert [place for place in titles if repr(place) not in listed] == []


@pytest.mark.parametrize("place", sorted(site_build.pages()))
def test_every_link_of_a_page_leads_to_something(place: str) -> None:
    file = site_build.pages()[place]
    assert site_text(file, Sources()).startswith("#")


def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """A page `docs/how-to/x.md` of a repository in which `docs/y.md` and `core/a.py` lie too."""
    monkeypatch.setattr("site_pages.ROOT", tmp_path)
    for name, content in (("docs/how-to/x.md", text), ("docs/y.md", "# y"), ("core/a.py", "")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path / "docs" / "how-to" / "x.md"


def test_links_lead_to_pages_and_other_files_get_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "# x\n\n[y](../y.md#part) [a](../../core/a.py) [h](https://h.example)\n"
    file = page(tmp_path, monkeypatch, text)
    sources = Sources()
    shown = site_text(file, sources)
    assert "[y](../y.md#part)" in shown
    assert "[a](../source/core/a.py.md)" in shown
    assert "[h](https://h.example)" in shown
    assert sources.files == {tmp_path / "core" / "a.py"}
    assert site_path(file) == "how-to/x.md"


def test_a_link_to_nothing_is_refused_and_one_within_a_block_is_no_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = "# x\n\n```python\n[a](missing.md)\n```\n"
    assert site_text(page(tmp_path, monkeypatch, block), Sources()) == block
    with pytest.raises(ValueError, match=r"docs/how-to/x.md: the link 'missing.md'"):
        site_text(page(tmp_path, monkeypatch, "# x\n\n[a](missing.md)\n"), Sources())


def test_titles_between_the_marks_become_tabs_with_their_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "# x\n\n<!-- tabs -->\n\n**One**\n\n```python\nif a:\n\n    b\n```\n\n"
        "**Two**\n\ntext\n\n<!-- /tabs -->\n\nafter\n"
    )
    assert site_text(page(tmp_path, monkeypatch, text), Sources()) == (
        '# x\n\n=== "One"\n\n    ```python\n    if a:\n\n        b\n    ```\n\n'
        '=== "Two"\n\n    text\n\n\nafter\n'
    )


def test_a_pipe_in_the_code_of_a_table_has_no_backslash_in_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "# x\n\n| `a \\| b` | c \\| d |\n\n`a \\| b`\n"
    shown = site_text(page(tmp_path, monkeypatch, text), Sources())
    assert shown == "# x\n\n| `a | b` | c \\| d |\n\n`a \\| b`\n"


def test_comments_of_the_executor_are_not_in_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "# x\n\n<!-- answers\nReply()\n-->\n\ntext\n"
    assert site_text(page(tmp_path, monkeypatch, text), Sources()) == "# x\n\n\ntext\n"


def test_the_check_finds_broken_links_missing_places_and_other_hosts(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there">1</a> <a href="b.html#gone">2</a> <a href="c.html">3</a>'
        '<a href="https://h.example/">4</a><script src="https://h.example/x.js"></script>'
    )
    (tmp_path / "b.html").write_text('<h1 id="there">b</h1>')
    (tmp_path / "s.css").write_text("a{background:url('https://h.example/f.woff')}")
    assert list(problems(tmp_path)) == [
        "a.html: the link 'b.html#gone' leads to no place 'gone'",
        "a.html: the link 'c.html' leads to no file",
        "a.html loads https://h.example/x.js, from another host",
        "s.css loads https://h.example/f.woff, from another host",
    ]
