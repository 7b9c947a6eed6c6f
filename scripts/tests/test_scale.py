"""The simulation of a shared limiter, and the page that `make scale` writes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

SCRIPTS = Path(__file__).parents[1]
sys.path.insert(0, str(SCRIPTS / "scale"))

# The scripts are no package; they import each other as neighbours.
import limiter  # noqa: E402
import open_streams  # noqa: E402
import page  # noqa: E402
import rows  # noqa: E402

PLAN = limiter.Plan(workers=40, per_minute=60, seconds=300, storm=(120, 130))


def test_workers_that_share_a_limiter_stay_below_its_limit_and_get_their_share() -> None:
    outcome = limiter.simulate(PLAN)
    assert outcome.most_in_a_minute == PLAN.per_minute
    assert outcome.refused > 0
    assert min(outcome.served) > 0
    assert outcome.fairness > 0.9
    assert time.monotonic is sys.modules["time"].monotonic


def test_after_a_storm_the_workers_are_at_the_limit_again() -> None:
    outcome = limiter.simulate(PLAN)
    assert limiter.seconds_to_recover(PLAN, outcome) is not None
    assert outcome.rate(PLAN.storm[0] + 0.2, PLAN.storm[1]) < outcome.rate(200, 300)


def test_the_page_says_what_was_measured_and_what_was_calculated() -> None:
    measured = open_streams.Measured(400, 8000, 0.8, 1.0, 20.0, 100.0, 1.0)
    asked = {"one process": [rows.Measured(7200, 10.0, 5.0, 120.0)]}
    engines = {"httpx": [measured], "aiohttp": [measured], "threads": [measured]}
    text = page.page("small", 0.5, engines, asked, PLAN, limiter.simulate(PLAN))
    assert "| `httpx` | 400 | 8,000 | 0.80 | 1.0 ms | 20.0 ms | 100 kB | 1.00 |" in text
    assert "| one process | 7,200 | 720 | 2,592,000 | 0.69 ms | 120 MB |" in text
    # 70 of 100 of 8,000 chunks / 0.8 cores / 20 chunks of a stream = 350 streams of a core.
    assert "| `httpx` | 350 | 5,600 | 179 | 0.5 GB | 350 |" in text
    assert "load average 0.5.\n" in text
