"""A model that is wrong in one way gives one failure to read, and no run hangs."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import wrong_from_the_ground as wrong
from chat_conformance.advice import ADVICE
from chat_conformance.first_cause import first_cause, missing_simulator
from chat_conformance.time_limits import RunsTooLongError, bounded
from plain_model import PlainConformance, PlainModel, conformance_of
from test_plugin import run


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (wrong.Buffering, "stream() buffers: it gives no chunk while the vendor has sent one"),
        (wrong.Blocking, "astream() blocks the event loop"),
        (wrong.Stringly, "stream() yields str, not AIMessageChunk."),
        (wrong.Shouting, "The vendor answered 'Hello'; invoke() returns the text 'HELLO'."),
        (wrong.Deaf, "invoke() gives no answer within 5 s of one that was sent whole; it waits at"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_is_wrong_from_the_ground_up_is_one_sentence(
    model: type[PlainModel], sentence: str
) -> None:
    found = first_cause(conformance_of(model))
    assert found is not None
    assert sentence in found.sentence
    assert found.law in ADVICE


@pytest.mark.parametrize("streams", [True, False])
def test_nothing_is_wrong_with_the_good_model(streams: bool) -> None:
    assert first_cause(conformance_of(PlainModel, lacks=() if streams else {"streaming"})) is None


def test_a_probe_whose_law_is_a_gap_is_left_out() -> None:
    subject = conformance_of(wrong.Stringly)
    assert first_cause(subject, ["test_a_stream_is_made_of_chunks[sync]"]) is not None
    found = first_cause(subject, ["test_a_stream_is_made_of_chunks"])
    assert found != first_cause(subject)


def test_a_wire_that_no_simulator_knows_is_named_with_its_path() -> None:
    unknown = type("Unknown", (PlainConformance,), {"simulator": None})
    sentence = missing_simulator(unknown)
    assert sentence is not None
    assert "No simulator serves POST /plain; set `simulator`" in sentence
    assert missing_simulator(PlainConformance) is None


RUNS = {
    "from wrong_from_the_ground import Stringly as Model": (
        "1 error",
        "TestMine: stream() yields str, not AIMessageChunk. No law of this model is run.",
    ),
    "from plain_model import PlainModel as Model\nclass PlainConformance(PlainConformance):\n"
    "    simulator = None": ("1 error", "TestMine: No simulator serves POST /plain; set"),
}


@pytest.mark.parametrize("setup", RUNS, ids=["chunks", "simulator"])
def test_a_run_over_such_a_model_gives_one_failure(tmp_path: Path, setup: str) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from plain_model import PlainConformance\n"
        f"{setup}\n"
        "class TestMine(PlainConformance):\n"
        "    model_class = Model\n"
    )
    count, sentence = RUNS[setup]
    finished, _ = run(tmp_path, "-k", "TestMine")
    last = finished.stdout.strip().splitlines()[-1]
    assert count in last
    assert " passed" not in last
    assert sentence in " ".join(finished.stdout.split())


def test_workers_of_one_run_report_the_first_cause_once(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from plain_model import PlainConformance\n"
        "from wrong_from_the_ground import Stringly\n"
        "class TestMine(PlainConformance):\n"
        "    model_class = Stringly\n"
    )
    for _ in range(2):  # each run reports it anew
        finished, report = run(tmp_path, "-n", "2", "-k", "TestMine and (named or order)")
        outcomes = [each["outcome"] for each in report]
        assert finished.returncode == 1
        assert len(outcomes) > 2
        assert outcomes.count("failed") == 1
        assert "passed" not in outcomes


def test_laws_that_hang_are_few_and_each_ends(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from chat_conformance.laws.law import limit\n"
        "from plain_model import PlainConformance\n"
        "from wrong_from_the_ground import ToldOff\n"
        "class TestMine(PlainConformance):\n"
        "    model_class = ToldOff\n"
        "for name in PlainConformance.laws:\n"
        "    getattr(PlainConformance, name).seconds = 1.0\n"
    )
    started = time.monotonic()
    finished, _ = run(tmp_path, "-k", "silence or times_out or comments or timeout")
    assert time.monotonic() - started < 40
    text = " ".join(finished.stdout.split())
    assert "gave no result within 1 s; it waited at" in text
    assert "not run because: 3 laws ran into their time limit" in text
    assert "3 failed" in text


def test_bounded_work_has_its_result_and_its_error() -> None:
    assert bounded(lambda: 7, 5.0) == 7
    with pytest.raises(ZeroDivisionError):
        bounded(lambda: 1 // 0, 5.0)


def test_work_that_is_given_up_says_where_it_waits() -> None:
    never = threading.Event()

    def wait() -> None:
        never.wait()

    with pytest.raises(RunsTooLongError, match=rf"within 0\.05 s; it waited at {__name__}, line"):
        bounded(wait, 0.05)
    never.set()
