"""The benchmark's own rules: what is served, what a ratio is, and when a target is met."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))

from contest import Costs, Spread, ratio
from contestants.story import Story
from measures import MEASURES, Row
from report import markdown
from server import Load, answer
from targets import TARGETS, verdicts

_PATHS = {
    "openai": "v1/chat/completions",
    "mistralai": "v1/chat/completions",
    "openai-responses": "v1/responses",
    "anthropic": "v1/messages",
    "google-genai": "v1beta/models/any:streamGenerateContent",
}


@pytest.mark.parametrize("wire", _PATHS)
def test_every_wire_sends_as_many_deltas_as_the_load_says(wire: str) -> None:
    load = Load(wire, "text", 12, 4)
    body = b"".join(answer(f"/{load}/{_PATHS[wire]}", is_stream=True))
    assert body.count(b'"moon "') == 12


def test_a_story_is_json_in_as_many_deltas_as_the_load_says() -> None:
    load = Load("openai", "slow-story", 40, 1)
    assert load.reply().text.startswith('{"title": "Goldfish on the moon"')
    assert Story.model_validate_json(load.reply().text).people == 123_456
    body = b"".join(answer(f"/{load}/{_PATHS['openai']}", is_stream=True))
    assert body.count(b'"content":') == 41  # the role comes with an empty one


def test_events_travel_together_as_the_load_says() -> None:
    # Twelve deltas; the role, the finish, the usage and [DONE] are events too.
    for per_segment, segments in ((1, 16), (8, 2)):
        load = Load("openai", "text", 12, per_segment)
        _head, *written, end = answer(f"/{load}/v1/chat/completions", is_stream=True)
        assert (len(written), end) == (segments, b"0\r\n\r\n")


def test_a_load_reads_what_it_writes() -> None:
    load = Load("openai-responses", "tool", 1000, 8)
    assert Load.read(str(load)) == load


def test_a_ratio_is_taken_within_each_round() -> None:
    slow_then_quick = [{"cpu": 4.0, "times": 2}, {"cpu": 1.0, "times": 2}]
    same_by_two = [{"cpu": 1.0, "times": 1}, {"cpu": 0.25, "times": 1}]
    outcome = {"a": Costs(slow_then_quick), "b": Costs(same_by_two)}
    assert ratio(outcome, "a", "b") == Spread(2.0, 2.0, 2.0)


def test_a_target_is_judged_by_its_worst_row() -> None:
    def row(case: str, value: float) -> Row:
        spread = Spread(value, value, value)
        return Row("stream", case, "ours", "µs", spread, "raw", spread)

    cases = [row("groq, text, 8 a segment", 1.5), row("openai, text, 8 a segment", 2.1)]
    (verdict,) = verdicts([*cases, row("openai, whatever", 9.0)])
    assert (verdict.figure, verdict.is_met) == (2.1, False)
    (verdict,) = verdicts(cases[:1])
    assert verdict.is_met


def test_a_target_that_wants_at_least_turns_the_ratio_round() -> None:
    spread = Spread(2.0, 2.0, 2.0)
    (verdict,) = verdicts([Row("together", "500 at once", "ours", "µs", spread, "raw", spread)])
    assert verdict.figure == 0.5
    assert not verdict.is_met


def test_every_target_names_a_measure_of_its_own() -> None:
    kinds = {(t.measure, t.entry, t.reference, t.case, t.is_cost) for t in TARGETS}
    assert len(kinds) == len(TARGETS)


def test_a_row_reads_what_it_writes() -> None:
    spread = Spread(2.0, 1.5, 2.5)
    row = Row("call", "100 at once", "ours", "µs CPU per call", spread, "raw", spread)
    assert Row.from_json(row.as_json()) == row


def test_the_page_states_under_what_conditions_each_table_was_measured() -> None:
    spread = Spread(2.0, 1.5, 2.5)
    rows = [
        Row("call", "100 at once", "ours", "µs CPU per call", spread, "raw", spread),
        Row("still", "first request", "ours", "ms", spread, "bare", spread),
    ]
    page = markdown(rows, list(verdicts(rows)), {"call": "a quiet machine", "still": "a busy one"})
    calls, stand_still = page.split("## CPU of one more call")[1].split("## Longest stand-still")
    assert "a quiet machine" in calls
    assert "a busy one" in stand_still


def test_the_page_has_a_verdict_for_each_goal_that_was_measured() -> None:
    spread = Spread(1.2, 1.1, 1.3)
    rows = [
        Row("call", "one after another", "ours", "µs CPU per call", spread, "raw", spread),
        Row("first", "to the first chunk", "ours", "ms CPU", spread, "bare", spread),
    ]
    found = {verdict.target.what: verdict.is_met for verdict in verdicts(rows)}
    assert list(found.values()) == [True, True]
    assert {"calls", "first", "imports", "engines", "streams", "together"} <= MEASURES.keys()
