"""The law that runs every fault of the table against the model."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest

from ..faults import FAULTS
from ..laws.law import limit

if TYPE_CHECKING:
    from ..faults import EarlyExit, Fault
    from .harness import ReliabilityHarness

__all__ = ["FaultLaws"]

_ALL = tuple(chain.from_iterable(FAULTS.values()))


class FaultLaws:
    """Whatever the vendor or the network does, a call ends in an answer or in the right error."""

    @limit(60)
    @pytest.mark.parametrize("fault", _ALL, ids=[fault.name for fault in _ALL])
    def test_a_fault_ends_as_it_must(
        self, reliability: ReliabilityHarness, fault: Fault | EarlyExit
    ) -> None:
        """Each fault ends as the table states, whole and streamed, blocking and on a loop."""
        if not reliability.trials.applies_to(fault):
            pytest.skip("the wire cannot express it")
        assert reliability.trials.misses(fault) == []
