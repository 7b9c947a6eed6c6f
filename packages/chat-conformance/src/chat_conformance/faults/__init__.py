"""Everything that can go wrong between a model and its vendor, and what has to come of it.

``FAULTS`` is the table; ``trial.py`` puts a model to one of them.
"""

from __future__ import annotations

from .connections import BODIES, HEADS, SILENCES
from .early_exits import DEPARTURES, Departure
from .fault import Fault, Mode
from .refusals import AGAIN, REFUSALS
from .trial import Result, Trials, misses
from .wires import ENDINGS, ERROR_OBJECTS, NO_ANSWERS

__all__ = ["FAULTS", "Departure", "Fault", "Mode", "Result", "Trials", "misses"]

FAULTS: dict[str, tuple[Fault | Departure, ...]] = {
    "The vendor refuses": REFUSALS,
    "Trying again": AGAIN,
    "The connection fails before an answer": HEADS,
    "The connection fails within an answer": BODIES,
    "The vendor falls silent": SILENCES,
    "What comes is no answer": NO_ANSWERS,
    "An error object within an answer": ERROR_OBJECTS,
    "An answer that is not all it could be": ENDINGS,
    "The reader leaves": DEPARTURES,
}
"""All faults by theme, in the order of the table in the documentation."""
