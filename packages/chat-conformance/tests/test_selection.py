"""Models named on the command line: held to what their package declares, under both groups."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from typing import Any

import pytest
from chat_conformance import ChatModelConformance, ChatModelReliability, Gap
from chat_conformance.selection import conformance_class, reliability_class

LAW, FAULT = "test_a_call_arrives", "test_a_fault_ends_as_it_must[403, an empty body]"


class Declared(ChatModelConformance):
    capabilities = frozenset({"tools"})
    gaps = {LAW: Gap("mumbles")}  # noqa: RUF012 - as a third party writes it


class InReliability(ChatModelReliability):
    gaps = {FAULT: Gap("answers 500")}  # noqa: RUF012


@dataclass
class Entry:
    name: str
    cls: type

    def load(self) -> type:
        return self.cls


@pytest.fixture
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {
        "chat_conformance.declarations": [Entry("other", object), Entry("my-fish", Declared)],
        "chat_conformance.reliability": [Entry("my-fish", InReliability)],
    }

    def entry_points(*, group: str) -> list[Any]:
        return groups[group]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)


@pytest.mark.usefixtures("_declared")
def test_a_declared_model_has_its_capabilities_and_its_gaps_in_both_suites() -> None:
    subject = conformance_class("My_Fish:small")
    assert (subject.model_id, subject.capabilities) == ("My_Fish:small", {"tools"})
    assert list(subject.gaps) == [LAW]
    hard = reliability_class(subject)
    assert hard.of is subject
    assert list(hard.gaps) == [FAULT]


@pytest.mark.usefixtures("_declared")
def test_any_other_model_is_held_to_all_that_its_wire_offers() -> None:
    subject = conformance_class("big-fish:large")
    assert (subject.capabilities, subject.gaps) == (None, {})
    assert reliability_class(subject).gaps == {}


def test_a_bare_name_is_held_to_what_its_provider_declares() -> None:
    assert "refusal" in (conformance_class("gpt-4o-mini").capabilities or ())
