"""The table of faults beside an SDK and frameworks: its rows, and how a cell is judged."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "bench")]

from chat_conformance.scripted_server import ScriptedServer  # noqa: E402 - the path comes first
from peer_faults.__main__ import BEGIN, CONTESTANTS, END, cell, meet  # noqa: E402
from peer_faults.faults import FAULTS, TEXT, PeerFault, Seen  # noqa: E402
from workspace import ROOT  # noqa: E402

BY_NAME = {fault.name: fault for fault in FAULTS}
CUT = BY_NAME["a call cut off by the length limit"]
SHORT = BY_NAME["the body ends in mid-answer, without a finish reason"]
BREAK = BY_NAME["the reader breaks off"]


def section() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0]


def test_the_front_page_has_a_row_for_each_fault_and_a_column_for_each_contestant() -> None:
    rows = [line.split(" | ") for line in section().splitlines() if line.startswith("| ")]
    assert [row[0].removeprefix("| ") for row in rows[1:]] == list(BY_NAME)
    assert {len(row) for row in rows} == {2 + len(CONTESTANTS)}


def test_ours_is_right_in_each_row_of_the_front_page() -> None:
    rows = [line.split(" | ") for line in section().splitlines() if line.startswith("| ")]
    assert all(row[2].startswith("✓ ") for row in rows[1:])


@pytest.mark.parametrize("fault", FAULTS, ids=list(BY_NAME))
def test_ours_meets_each_fault_as_the_front_page_shows(
    fault: PeerFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with ScriptedServer() as server:
        shown = cell("ours", fault, meet(server, "ours", fault))
    row = rf"^\| {re.escape(fault.name)} \| [^|]+ \| {re.escape(shown)} \|"
    assert re.search(row, section(), re.MULTILINE)


@pytest.mark.parametrize(
    ("who", "fault", "seen", "shown"),
    [
        ("langchain", CUT, Seen(calls=({"city": "Os"},)), '✗ hands out `{"city": "Os"}`'),
        ("ours", CUT, Seen(), "✓ no call"),
        ("sdk", CUT, Seen(), "left to the caller"),
        ("sdk", SHORT, Seen(text=TEXT), "✗ no error"),
        ("sdk", SHORT, Seen(text=TEXT, error="APIError"), "✓ APIError"),
        ("sdk", SHORT, Seen(hangs=True), "✗ hangs"),
        ("sdk", BREAK, Seen(text=TEXT), "✗ still connected"),
        ("sdk", BREAK, Seen(text=TEXT, disconnected=True), "✓ disconnected"),
    ],
)
def test_a_cell_says_what_came_and_whether_it_is_right(
    who: str, fault: PeerFault, seen: Seen, shown: str
) -> None:
    assert cell(who, fault, seen) == shown
