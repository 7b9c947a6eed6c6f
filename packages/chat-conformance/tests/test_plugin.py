"""The pytest plugin: gaps, capabilities, backends and reports, seen from the outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_conformance import ChatModelConformance, ChatModelReliability, Gap
from plain_model import PlainConformance

ID_LAW = "test_an_answer_has_the_vendors_id"
WORD_LAW = "test_the_vendors_own_finish_reason_is_kept"

SOME_LAWS = (
    f"{ID_LAW} or test_a_call_arrives or test_an_answer_is_the_text_that_was_sent"
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
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")}
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
    assert finished.returncode != 0
    assert "\nTestNobody names no model: set `model_id`\n" in finished.stdout


WRONG_IDS = {
    "nosuch:thing": "No provider 'nosuch'",
    "llama-of-no-vendor": "'llama-of-no-vendor' names no provider",
    "plain:": "No provider 'plain'",
    "": "A model id is 'provider:model'",
}


@pytest.mark.parametrize(("id", "message"), WRONG_IDS.items())
def test_a_wrong_id_on_the_command_line_is_one_sentence(
    tmp_path: Path, id: str, message: str
) -> None:
    finished, _ = run(tmp_path, "--pyargs", "chat_conformance", "--chat-model", id)
    assert finished.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: --chat-model: {message}" in finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr


def test_a_run_for_no_model_is_not_green(tmp_path: Path) -> None:
    finished, _ = run(tmp_path, "--pyargs", "chat_conformance")
    assert finished.returncode != 0
    assert "\nName a model: --chat-model groq:llama-3.3-70b-versatile\n" in finished.stdout


def test_a_class_with_a_wrong_id_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from chat_conformance import ChatModelConformance\n"
        "class TestMine(ChatModelConformance):\n    model_id = 'nosuch:thing'\n"
    )
    finished, _ = run(tmp_path)
    assert finished.stdout.count("No provider 'nosuch'") == 1
    assert "1 error in" in finished.stdout


def test_a_law_cannot_be_redefined_not_even_by_a_mixin() -> None:
    mixin = type("Mixin", (), {ID_LAW: None})
    for bases, facts in (((PlainConformance,), {ID_LAW: None}), ((mixin, PlainConformance), {})):
        with pytest.raises(TypeError, match=rf"redefines {ID_LAW}.*declared in `gaps`"):
            type("Mine", bases, facts)


@pytest.mark.parametrize("mark", [pytest.mark.skip, [pytest.mark.xfail(reason="hard")]])
def test_laws_cannot_be_skipped_by_a_mark(mark: object) -> None:
    with pytest.raises(TypeError, match=r"skips its laws by a mark.*declared in `gaps`"):
        type("Mine", (PlainConformance,), {"pytestmark": mark})


@pytest.mark.parametrize("suite", [ChatModelConformance, ChatModelReliability])
def test_a_gap_in_a_law_that_does_not_exist_is_refused(suite: type) -> None:
    with pytest.raises(TypeError, match="gap in test_something_else, which is no law"):
        type("Mine", (suite,), {"gaps": {"test_something_else": Gap("why not")}})
    with pytest.raises(TypeError, match=rf"Did you mean {ID_LAW}\?"):
        type("Mine", (ChatModelConformance,), {"gaps": {f"{ID_LAW}s": Gap("why not")}})


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_gap_in_a_case_that_does_not_exist_fails_its_law(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from chat_conformance import Gap\nfrom plain_model import PlainConformance\n"
        "class TestMine(PlainConformance):\n"
        f"    gaps = {{'{ID_LAW}[snyc]': Gap('a slip')}}\n"
    )
    finished, report = run(tmp_path, "-k", f"{ID_LAW} or {WORD_LAW}", *workers)
    assert f"has a gap in {ID_LAW}[snyc]; the cases are: {ID_LAW}[sync], " in finished.stdout
    assert {each["law"]: each["outcome"] for each in report} == {
        ID_LAW: "failed",
        WORD_LAW: "passed",
    }


RELIABILITY = """
from broken_reliability import NeedsNoProof
from chat_conformance import ChatModelReliability, Gap
from plain_model import PlainConformance

class Endless(PlainConformance):
    __test__ = False
    model_class = NeedsNoProof

class TestPlain(ChatModelReliability):
    of = PlainConformance

class TestEndless(ChatModelReliability):
    of = Endless

class TestDeclared(ChatModelReliability):
    of = Endless
    gaps = {"test_a_fault_ends_as_it_must[chunked body cut short]": Gap("it has no end")}
"""


def test_a_third_party_is_put_to_every_fault_and_declares_gaps_by_name(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(RELIABILITY)
    _, report = run(tmp_path, "-k", "test_no_form or chunked and cut")
    found = {(each["subject"], each["law"]): each["outcome"] for each in report}
    for subject, outcome in (("Plain", "passed"), ("Endless", "failed"), ("Declared", "gap")):
        assert found[f"Test{subject}", "test_a_fault_ends_as_it_must"] == outcome
        assert found[f"Test{subject}", "test_no_form_of_a_model_shows_a_secret"] == "passed"


def test_the_end_of_a_run_lists_what_held_and_why_the_rest_did_not(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(CLASSES)
    finished, _ = run(tmp_path, "-k", f"{ID_LAW} or test_a_citation_names_its_source")
    report = finished.stdout.split("= conformance =")[1]
    assert "plain:plain-1 (TestBroken): 1 of 2 laws that apply hold\n" in report
    assert f"  does not hold: {ID_LAW}\n" in report
    assert f"  gap: {ID_LAW}: the vendor names no answers (docs/ids.md)\n" in report
    assert "  not offered: citations\n" in report


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


def test_cassettes_answer_without_a_server(tape: Path) -> None:
    finished, report = run(tape, "-k", SOME_LAWS, "--backend", "cassette")
    assert finished.returncode == 0, finished.stdout
    held = [each for each in report if each["outcome"] == "passed"]
    assert len(held) == len(list((tape / "cassettes" / "TestMine").iterdir()))


def test_cassettes_hold_neither_key_nor_host(tape: Path) -> None:
    for cassette in (tape / "cassettes").rglob("*.yaml"):
        kept = cassette.read_text()
        assert "secret-key-of-the-tests" not in kept
        assert "127.0.0.1" not in kept


def test_a_law_without_a_recording_is_skipped_by_name(tape: Path) -> None:
    finished, report = run(
        tape, "-k", SOME_LAWS, "--backend", "cassette", "--cassettes", "elsewhere"
    )
    assert finished.returncode == 0
    reasons = {each["reason"].partition(";")[0] for each in report if "no rec" in each["reason"]}
    assert "no recording: test_a_call_arrives-sync.yaml" in reasons


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
