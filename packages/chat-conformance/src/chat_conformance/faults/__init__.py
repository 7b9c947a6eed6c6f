"""The table of faults between a model and its vendor, each with what the call must end in.

``FAULTS`` is the table; ``trial.py`` runs a model against one of them.
"""

from __future__ import annotations

from .connections import BODIES, HEADS, SILENCES
from .early_exits import EARLY_EXITS, EarlyExit
from .error_replies import AGAIN, ERROR_REPLIES
from .fault import Fault, Method
from .trial import Result, Trials, misses
from .wires import ENDINGS, ERROR_OBJECTS, NO_ANSWERS

__all__ = ["FAULTS", "EarlyExit", "Fault", "Method", "Result", "Trials", "misses"]

FAULTS: dict[str, tuple[Fault | EarlyExit, ...]] = {
    "The vendor refuses": ERROR_REPLIES,
    "Trying again": AGAIN,
    "The connection fails before an answer": HEADS,
    "The connection fails within an answer": BODIES,
    "The vendor falls silent": SILENCES,
    "What comes is no answer": NO_ANSWERS,
    "An error object within an answer": ERROR_OBJECTS,
    "An answer that is not all it could be": ENDINGS,
    "The reader leaves": EARLY_EXITS,
}
"""All faults by theme, in the order of the table in the documentation."""
