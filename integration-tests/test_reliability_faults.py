"""Every provider before every fault, whole and streamed, blocking and on an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat_conformance.declared import DECLARED
from chat_conformance.faults import FAULTS, Trials
from chat_core import retry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chat_conformance import ChatModelConformance
    from chat_conformance.faults import Fault

CASES = [
    pytest.param(subject, fault, id=f"{subject.__name__}-{fault.name}")
    for subject in DECLARED
    for faults in FAULTS.values()
    for fault in faults
]


@pytest.fixture(scope="module")
def trials(request: pytest.FixtureRequest) -> Iterator[Trials]:
    subject: type[ChatModelConformance] = request.param
    with Trials(subject) as made:
        yield made


@pytest.mark.parametrize(("trials", "fault"), CASES, indirect=["trials"])
def test_every_fault_ends_as_it_must(
    trials: Trials, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not trials.sayable(fault):
        pytest.skip("the wire has no words for it")
    monkeypatch.setattr(retry, "BASE_WAIT", 0.01)
    assert trials.misses(fault) == []
