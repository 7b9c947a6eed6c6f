"""A failing law teaches, in the terminal, in JUnit and in the report; laws have themes."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chat_conformance.advice import ADVICE, Advice
from chat_conformance.advice.failures import BLOCKED_LOOP
from chat_conformance.conformance import LAWS
from chat_conformance.http_answers import Answer, Pause, Reset
from chat_conformance.lessons import show_exchange
from chat_conformance.plugin import THEMES
from chat_conformance.reliability.suite import RELIABILITY_LAWS
from chat_conformance.wire_connection import Exchange, Request
from test_plugin import ID_LAW, run

ALL = {**LAWS, **RELIABILITY_LAWS}

BROKEN = """
from broken_answers import DropsTheId
from plain_model import PlainConformance

class TestBroken(PlainConformance):
    model_class = DropsTheId
"""


def test_each_law_has_its_advice_and_no_other_has() -> None:
    assert ADVICE.keys() == ALL.keys()
    for advice in ADVICE.values():
        for sentence in advice:
            assert re.fullmatch(r".{20,}\.", sentence), sentence


def test_each_law_states_its_rule() -> None:
    assert [name for name, law in ALL.items() if not law.sentence.endswith(".")] == []


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "workers"])
def test_a_failure_teaches_in_all_three_reports(tmp_path: Path, workers: tuple[str, ...]) -> None:
    (tmp_path / "test_mine.py").write_text(BROKEN)
    finished, [failure, _] = run(tmp_path, "-k", ID_LAW, "--junit-xml", "junit.xml", *workers)
    advice: Advice = ADVICE[ID_LAW]
    assert failure["rule"] == "`id` is the vendor's id of the answer."
    assert Advice(failure["usual"], failure["remedy"]) == advice
    assert failure["seen"].startswith("POST /plain\n")
    assert '"turns":' in failure["seen"]
    assert "answered with status 200:" in failure["seen"]
    for label, text in (("Usually comes from", advice.usual), ("What to do", advice.remedy)):
        assert f"{label}: {text}" in finished.stdout
    junit = ElementTree.parse(tmp_path / "junit.xml")
    properties = {each.get("name"): each.get("value") for each in junit.iter("property")}
    assert properties["remedy"] == advice.remedy
    assert properties["rule"] == failure["rule"]


def test_a_law_that_holds_and_a_declared_gap_teach_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        f"from chat_conformance import Gap\n{BROKEN}    gaps = {{'{ID_LAW}': Gap('no ids')}}\n"
    )
    finished, report = run(tmp_path, "-k", f"{ID_LAW} or test_the_model_is_named")
    assert finished.returncode == 0
    assert not any("rule" in each for each in report)


def test_a_first_cause_teaches_its_law(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        BROKEN.replace(
            "broken_answers import DropsTheId", "wrong_from_the_ground import Stringly"
        ).replace("DropsTheId", "Stringly")
    )
    finished, report = run(tmp_path)
    assert ADVICE["test_a_stream_is_made_of_chunks"].remedy in finished.stdout
    assert [each["remedy"] for each in report if each["outcome"] == "failed"] == [
        ADVICE["test_a_stream_is_made_of_chunks"].remedy
    ]


def test_a_model_that_blocks_the_event_loop_is_advised_about_the_loop(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        BROKEN.replace(
            "broken_answers import DropsTheId", "wrong_from_the_ground import Blocking"
        ).replace("DropsTheId", "Blocking")
    )
    _, report = run(tmp_path, "-k", ID_LAW)
    (failure,) = [each for each in report if each["outcome"] == "failed"]
    assert (failure["usual"], failure["remedy"]) == BLOCKED_LOOP
    assert "event loop" in failure["rule"]


def test_laws_are_chosen_by_theme(tmp_path: Path) -> None:
    assert set(THEMES) == {law.theme for law in ALL.values()}
    (tmp_path / "test_mine.py").write_text(BROKEN)
    _, report = run(tmp_path, "-m", "media or citations", "--strict-markers")
    assert {ALL[each["law"]].theme for each in report} == {"media", "citations"}


def test_what_was_seen_is_short_and_readable() -> None:
    request = Request("POST", "/chat", {}, {}, b'{"text": "' + b"g" * 5000 + b'"}')
    steps = (b'data: {"text": "caf\xc3\xa9"}\n\n', Pause(0.5), b"\xff", Reset())
    shown = show_exchange(Exchange(request, Answer(framing="chunked", body=steps)))
    assert len(shown) < 2000
    assert "(5012 characters)" in shown
    assert r'data: {"text": "café"}\n\n [0.5 s of silence] \xff [Reset()]' in shown
