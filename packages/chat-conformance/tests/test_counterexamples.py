"""For each law there is a model that breaks it, and breaks no other law."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from unittest.mock import ANY

import broken_answers
import broken_blocks
import broken_breaks
import broken_construction
import broken_counting
import broken_early_exits
import broken_errors
import broken_events
import broken_files
import broken_growing
import broken_history
import broken_import
import broken_jobs
import broken_lossless
import broken_output
import broken_profiles
import broken_reliability
import broken_server_tools
import broken_streams
import broken_times
import broken_together
import broken_tool_loop
import broken_tools
import pytest
from breaking import COUNTEREXAMPLES, RELIABILITY_COUNTEREXAMPLES, Counterexample
from chat_conformance.conformance import LAWS
from chat_conformance.harness import Harness
from chat_conformance.reliability.suite import RELIABILITY_LAWS
from law_runner import broken_laws, broken_reliability_laws
from plain_model import PlainModel, WholeModel, conformance_of

BROKEN = (
    broken_answers,
    broken_blocks,
    broken_breaks,
    broken_construction,
    broken_counting,
    broken_errors,
    broken_events,
    broken_files,
    broken_growing,
    broken_history,
    broken_import,
    broken_jobs,
    broken_lossless,
    broken_output,
    broken_early_exits,
    broken_profiles,
    broken_reliability,
    broken_server_tools,
    broken_streams,
    broken_times,
    broken_together,
    broken_tool_loop,
    broken_tools,
)
"""The modules that register counterexamples."""

LACKS = {
    PlainModel: {"image_output"},
    WholeModel: {"streaming"},
}
"""The good models, and the capabilities that each has not."""

EVERY_LAW = "CONFORMANCE_EVERY_LAW"
"""Set in the environment, each counterexample is held to all other laws too (minutes)."""


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    with Harness() as running:
        yield running


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("model", [PlainModel, WholeModel])
def test_the_good_models_break_no_law(harness: Harness, model: type[PlainModel], mode: str) -> None:
    subject = conformance_of(model, lacks=LACKS[model])
    assert broken_laws(subject, harness, [mode]) == {}


def test_every_law_has_a_counterexample() -> None:
    assert {example.law for example in COUNTEREXAMPLES} == set(LAWS)


def test_a_pickle_finds_the_class_of_each_counterexample() -> None:
    for model in [each.model for each in (*COUNTEREXAMPLES, *RELIABILITY_COUNTEREXAMPLES)]:
        assert getattr(sys.modules[model.__module__], model.__qualname__, None) is model


@pytest.mark.parametrize("example", [pytest.param(each, id=each.law) for each in COUNTEREXAMPLES])
def test_a_counterexample_breaks_its_law_alone(harness: Harness, example: Counterexample) -> None:
    subject = conformance_of(example.model, lacks=example.lacks)
    laws = LAWS if os.environ.get(EVERY_LAW) else [example.law]
    assert broken_laws(subject, harness, ["sync"], laws) == {example.law: ANY}


@pytest.mark.parametrize("model", [PlainModel, WholeModel])
def test_the_good_models_break_no_reliability_law(model: type[PlainModel]) -> None:
    assert broken_reliability_laws(conformance_of(model, lacks=LACKS[model])) == {}


def test_every_reliability_law_has_a_counterexample() -> None:
    assert {example.law for example in RELIABILITY_COUNTEREXAMPLES} == set(RELIABILITY_LAWS)


@pytest.mark.parametrize(
    "example", [pytest.param(each, id=each.law) for each in RELIABILITY_COUNTEREXAMPLES]
)
def test_a_counterexample_breaks_its_reliability_law_alone(example: Counterexample) -> None:
    subject = conformance_of(example.model)
    laws = RELIABILITY_LAWS if os.environ.get(EVERY_LAW) else [example.law]
    assert broken_reliability_laws(subject, laws) == {example.law: ANY}
