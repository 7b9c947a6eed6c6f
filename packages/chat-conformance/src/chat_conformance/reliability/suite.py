"""``ChatModelReliability``: laws about faults, secrets and hostile answers, for one model.

    class TestGroqReliability(ChatModelReliability):
        of = TestGroq

``of`` is the class that declares the model, so nothing is declared twice. These laws need the kit's
scripted server and are skipped with ``--backend live`` or ``cassette``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..laws.law import Law
from ..subject import Subject
from ..suite import Suite
from .faults import FaultLaws
from .hostile import HostileLaws
from .keys import KeyLaws

__all__ = ["RELIABILITY_LAWS", "ChatModelReliability"]


class ChatModelReliability(FaultLaws, KeyLaws, HostileLaws, Suite):
    """The reliability laws, for one model.

    Attributes:
        of: the class that declares the model: its id, settings, capabilities and simulator.
        gaps: see ``Suite``; a single fault is ``"test_a_fault_ends_as_it_must[its name]"``.
    """

    names_it_by: ClassVar[str] = "of"
    of: ClassVar[type[Subject]] = Subject

    @classmethod
    def subject(cls) -> type[Subject]:
        """The class that declares the model."""
        return cls.of


RELIABILITY_LAWS: Mapping[str, Law] = ChatModelReliability.laws
"""Every law of this suite by name."""
