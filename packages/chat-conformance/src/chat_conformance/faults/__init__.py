"""The table of faults between a model and its vendor, each with what the call must end in.

``FAULTS`` is the table; ``trial.py`` runs a model against one of them.
"""

from __future__ import annotations

from .connections import BODIES, HEADS, SILENCES
from .early_exits import EARLY_EXITS, EarlyExit
from .error_replies import ERROR_REPLIES, RETRIES
from .fault import Fault, Method
from .trial import Result, Trials, misses
from .wires import ENDINGS, ERROR_OBJECTS, NO_ANSWERS

__all__ = ["FAULTS", "EarlyExit", "Fault", "Method", "Result", "Trials", "misses"]

FAULTS: dict[str, tuple[Fault | EarlyExit, ...]] = {
    "The vendor answers with an error": ERROR_REPLIES,
    "Retries": RETRIES,
    "The connection fails before an answer": HEADS,
    "The connection fails within an answer": BODIES,
    "The vendor stops sending": SILENCES,
    "The body is no answer": NO_ANSWERS,
    "An error object within an answer": ERROR_OBJECTS,
    "The answer is incomplete": ENDINGS,
    "The reader stops early": EARLY_EXITS,
}
"""All faults by theme, in the order of the table in the documentation."""
