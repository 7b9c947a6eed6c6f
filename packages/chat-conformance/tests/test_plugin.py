"""The pytest plugin: gaps, capabilities, backends and reports, seen from the outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_conformance import ChatModelConformance, Gap
from plain_model import PlainConformance

ID_LAW = "test_an_answer_has_the_vendors_id"
WORD_LAW = "test_the_vendors_own_word_is_kept"

SOME_LAWS = (
    f"{ID_LAW} or test_a_call_is_heard or test_an_answer_is_the_text_that_was_said"
    " or test_objects_come_through_a_tool or test_a_chain_streams_through"
)

CLASSES = f"""
from broken_answers import DropsTheId
from chat_conformance import Gap
from plain_model import PlainConformance

class TestBroken(PlainConformance):
    model_class = DropsTheId

class TestDeclared(PlainConformance):
    model_class = DropsTheId
    gaps = {{"{ID_LAW}": Gap("the vendor names no answers", "docs/ids.md")}}

class TestHalfDeclared(PlainConformance):
    model_class = DropsTheId
    gaps = {{"{ID_LAW}[sync]": Gap("only in blocking code")}}

class TestClosed(PlainConformance):
    gaps = {{"{ID_LAW}": Gap("was so once")}}

class TestIncapable(PlainConformance):
    capabilities = PlainConformance.capabilities - {{"citations"}}
"""


def run(folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], list[Any]]:
    """A run of pytest in ``folder``, and its report."""
    report = folder / "report.json"
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--conformance-report", str(report)),
            *arguments,
        ],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return finished, json.loads(report.read_text()) if report.is_file() else []


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Class and case → outcome and reason, of one run over ``CLASSES``."""
    folder = tmp_path_factory.mktemp("classes")
    (folder / "test_mine.py").write_text(CLASSES)
    _, report = run(folder, "-k", f"{ID_LAW} or test_a_citation_names_its_source")
    assert report
    return {f"{each['subject']}::{each['case']}": each for each in report}


def test_a_law_that_does_not_hold_fails_the_run(outcomes: dict[str, Any]) -> None:
    assert outcomes[f"TestBroken::{ID_LAW}[sync]"]["outcome"] == "failed"


def test_a_gap_is_reported_with_its_reason(outcomes: dict[str, Any]) -> None:
    gap = outcomes[f"TestDeclared::{ID_LAW}[async]"]
    assert gap["outcome"] == "gap"
    assert gap["reason"] == "gap: the vendor names no answers (docs/ids.md)"


def test_a_gap_may_be_declared_for_one_case(outcomes: dict[str, Any]) -> None:
    assert outcomes[f"TestHalfDeclared::{ID_LAW}[sync]"]["outcome"] == "gap"
    assert outcomes[f"TestHalfDeclared::{ID_LAW}[async]"]["outcome"] == "failed"


def test_a_gap_whose_law_holds_fails_the_run(outcomes: dict[str, Any]) -> None:
    closed = outcomes[f"TestClosed::{ID_LAW}[sync]"]
    assert closed["outcome"] == "failed"
    assert "was so once" in closed["reason"]


def test_what_is_not_offered_is_skipped_by_name(outcomes: dict[str, Any]) -> None:
    skipped = outcomes["TestIncapable::test_a_citation_names_its_source[sync]"]
    assert (skipped["outcome"], skipped["reason"]) == ("skipped", "not offered: citations")
    held = outcomes["TestClosed::test_a_citation_names_its_source[sync]"]
    assert held["outcome"] == "passed"


def test_a_model_that_is_not_named_fails(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from chat_conformance import ChatModelConformance\n"
        "class TestNobody(ChatModelConformance): ...\n"
    )
    finished, _ = run(tmp_path, "-k", WORD_LAW)
    assert finished.returncode == 1
    assert "TestNobody names no model: set `model_id`" in finished.stdout


def test_a_law_cannot_be_redefined() -> None:
    with pytest.raises(TypeError, match=f"redefines {ID_LAW}.*declared in `gaps`"):
        type("Mine", (PlainConformance,), {ID_LAW: None})


def test_a_gap_in_a_law_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="test_something_else"):
        type("Mine", (ChatModelConformance,), {"gaps": {"test_something_else": Gap("why not")}})


def test_a_capability_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Mine declares flying; capabilities are streaming, "):
        type("Mine", (ChatModelConformance,), {"capabilities": {"flying"}})


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a class and what was recorded of it from the offline server."""
    folder = tmp_path_factory.mktemp("tape")
    (folder / "test_mine.py").write_text(
        "from plain_model import PlainConformance\nclass TestMine(PlainConformance): ...\n"
    )
    finished, _ = run(folder, "-k", SOME_LAWS, "--backend", "cassette", "--record", "offline")
    assert finished.returncode == 0, finished.stdout
    return folder


def test_cassettes_answer_when_nobody_is_there(tape: Path) -> None:
    finished, report = run(tape, "-k", SOME_LAWS, "--backend", "cassette")
    assert finished.returncode == 0, finished.stdout
    held = [each for each in report if each["outcome"] == "passed"]
    assert len(held) == len(list((tape / "cassettes" / "TestMine").iterdir()))


def test_cassettes_hold_neither_key_nor_host(tape: Path) -> None:
    for cassette in (tape / "cassettes").rglob("*.yaml"):
        kept = cassette.read_text()
        assert "key-that-nobody-may-see" not in kept
        assert "127.0.0.1" not in kept


def test_a_law_without_a_recording_is_skipped_by_name(tape: Path) -> None:
    finished, report = run(
        tape, "-k", SOME_LAWS, "--backend", "cassette", "--cassettes", "elsewhere"
    )
    assert finished.returncode == 0
    reasons = {each["reason"].partition(";")[0] for each in report if "no rec" in each["reason"]}
    assert "no recording: test_a_call_is_heard-sync.yaml" in reasons


def test_a_live_run_without_a_key_is_skipped_by_name(tape: Path) -> None:
    finished, report = run(tape, "-k", SOME_LAWS, "--backend", "live")
    assert finished.returncode == 0
    reasons = {each["reason"] for each in report}
    assert reasons == {
        "no key: set PLAIN_API_KEY for a live run",
        "scripted: this law needs the offline server",
    }


def test_recording_goes_with_cassettes_alone(tmp_path: Path) -> None:
    finished, _ = run(tmp_path, "--record")
    assert "--record goes with --backend cassette" in finished.stderr
