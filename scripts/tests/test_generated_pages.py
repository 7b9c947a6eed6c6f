"""Generated pages are equal to what their generators write."""

from __future__ import annotations

import html
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

SCRIPTS = Path(__file__).parents[1]
sys.path.insert(0, str(SCRIPTS))

# The scripts are no package; they import each other as neighbours.
import laws_page  # noqa: E402
from chat_conformance.declared import DECLARED  # noqa: E402
from matrix import ALL_LAWS, FAILED, GAP, NOT_OFFERED, NOT_RUN, WORKS, Matrix, build  # noqa: E402
from matrix_packages import package_rows  # noqa: E402
from matrix_page import SIGNS, markdown, page, streaming  # noqa: E402

DOCS = SCRIPTS.parent / "docs"


def outcome(law: str, subject: str = "Groq", **facts: str) -> dict[str, str]:
    given = {"subject": f"Test{subject}", "law": law, "case": f"{law}[sync]", "outcome": "passed"}
    return {**given, "reason": "", **facts}


STREAMS = "test_a_chunk_comes_before_the_next_is_sent"


def test_the_page_of_laws_is_what_its_generator_writes() -> None:
    assert (DOCS / "laws.md").read_text() == laws_page.page()


def test_every_law_on_the_page_has_its_sentence_and_its_broken_model() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", laws_page.page(), re.MULTILINE)
    assert {name for name, _, _ in rows} == set(ALL_LAWS)
    for _, sentence, model in rows:
        assert sentence.strip()
        assert re.match(r"\[[a-z].+\]\(\.\./packages/.+\.py\)", model)


def skeleton(text: str) -> list[str]:
    """What no run changes: prose, headings, heads of tables and what their rows are called."""
    gone = re.sub(rf"\| (?:{'|'.join(map(re.escape, SIGNS.values()))})(?: \d+)? (?=\|)", "", text)
    gone = re.sub(r"^\*\*Which.*$", "", gone, flags=re.MULTILINE)
    return gone.partition("## Gaps")[0].splitlines()


def test_the_support_matrix_has_the_rows_columns_and_words_of_its_generator() -> None:
    committed = (DOCS / "support-matrix.md").read_text()
    assert skeleton(committed) == skeleton(markdown(build([], [])))
    assert not re.search(r"\| ✗", committed)


def cells(text: str) -> list[str]:
    return [html.unescape(cell) for cell in re.findall(r"<th[^>]*>(.*?)</th>", text)]


def test_the_html_has_the_same_headings() -> None:
    assert cells((DOCS / "support-matrix.html").read_text()) == cells(page(build([], [])))


class Reader(HTMLParser):
    """Notes tags, their attributes, and what is left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_loads_nothing_and_every_heading_of_a_table_has_its_scope() -> None:
    text = (DOCS / "support-matrix.html").read_text()
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in reader.seen}
    assert not re.search(r"url\(|@import|src=|href=", text)
    for tag, attributes in reader.seen:
        assert tag != "th" or attributes["scope"] in ("col", "row")
        assert tag != "td" or attributes["aria-label"]
    assert sum(tag == "caption" for tag, _ in reader.seen) == 4
    assert "prefers-color-scheme: dark" in text


def state(matrix: Matrix, capability: str, name: str) -> str:
    return matrix.capabilities[capability][name].state


def test_a_cell_is_what_the_laws_about_it_came_to() -> None:
    gap = outcome(STREAMS, "MistralAI", outcome="gap", reason="gap: it waits (docs)")
    matrix = build([outcome(STREAMS), gap], [])
    assert state(matrix, "streaming", "Groq") == WORKS
    assert state(matrix, "streaming", "MistralAI") == GAP
    assert state(matrix, "video_base64", "Groq") == NOT_OFFERED
    assert f"- **mistralai**: it waits (docs) (`{STREAMS}`)" in markdown(matrix)
    assert "<strong>mistralai</strong>: it waits (docs)" in page(matrix)


def test_the_answer_about_streaming_names_who_does_and_who_does_not() -> None:
    assert streaming(build([outcome(STREAMS)], [])).startswith(
        f"1 of {len(DECLARED)}: groq. Not: openai (not run)"
    )


def test_what_fails_is_named_in_the_matrix() -> None:
    matrix = build([outcome(STREAMS, outcome="failed", reason="came late")], [])
    assert matrix.failed == [f"Groq: {STREAMS}[sync]: came late"]
    assert state(matrix, "streaming", "Groq") == FAILED
    assert f"| {SIGNS[FAILED]} |" in markdown(matrix)


def test_a_row_about_a_package_is_what_its_tests_came_to(tmp_path: Path) -> None:
    name = 'classname="integration-tests.test_costs_of_providers" name="test_a_price'
    report = tmp_path / "report.xml"
    report.write_text(
        f"""<testsuites><testsuite>
        <testcase {name}[Groq]"/>
        <testcase {name}[Ollama]"><failure message="no price"/></testcase>
        <testcase {name}[Anthropic]"><skipped/></testcase>
        <testcase {name}_of_all"/>
        </testsuite></testsuites>"""
    )
    matrix = build([], [], package_rows(report))
    row = matrix.packages["test_costs_of_providers"]
    assert (row["Groq"].state, row["Groq"].held) == (WORKS, 1)
    assert (row["Ollama"].state, row["Anthropic"].state) == (FAILED, NOT_RUN)
    assert matrix.failed == ["Ollama: test_a_price[Ollama]: no price"]
    assert f"| {SIGNS[WORKS]} 1 |" in markdown(matrix)
