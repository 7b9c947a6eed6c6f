"""What to make of a law that does not hold: one entry for each law, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from . import answers, batch_jobs, failures, history, models
from .advice import Advice

__all__ = ["ADVICE", "Advice"]

ADVICE: Mapping[str, Advice] = {
    **models.ADVICE,
    **history.ADVICE,
    **answers.ADVICE,
    **failures.ADVICE,
    **batch_jobs.ADVICE,
}
