"""Simulates workers that share one `RateLimiter`, in virtual time.

The limiter is core's own, on a clock that the simulation moves. Every worker asks one request after
another: it gets a permit, waits as long as the limiter says, and has an answer 2 to 8 seconds
later. In the middle the vendor refuses every request for some seconds with HTTP 429 and asks to
wait; the limiter gets this answer, as it does from a model.
"""

from __future__ import annotations

import heapq
import random
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from chat_core import RateLimiter

STORM_WAIT = 5.0
"""Seconds that the vendor asks to wait during the storm."""


class Clock:
    """Stands for the module `time` in the limiter."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


@dataclass
class Plan:
    """How many workers, their limit, and when the vendor refuses."""

    workers: int
    per_minute: int
    seconds: float
    storm: tuple[float, float]


@dataclass
class Outcome:
    """What the workers got.

    Args:
        starts: the times at which requests started.
        refused: requests that were answered with HTTP 429.
        served: answers of each worker.
        waits: how long each request waited for its permit, in seconds.
        questions: how often the limiter was asked.
        cpu: seconds of CPU in the limiter.
        most_in_a_minute: the most requests that started in any 60 seconds.
    """

    starts: list[float] = field(default_factory=list)
    refused: int = 0
    served: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    questions: int = 0
    cpu: float = 0.0

    @property
    def most_in_a_minute(self) -> int:
        recent: deque[float] = deque()
        most = 0
        for start in self.starts:
            recent.append(start)
            while recent[0] <= start - 60 + 1e-6:  # rounding of the clock
                recent.popleft()
            most = max(most, len(recent))
        return most

    @property
    def fairness(self) -> float:
        """Jain's index of the answers of the workers: 1 where all have as many."""
        total, squares = sum(self.served), sum(n * n for n in self.served)
        return total * total / (len(self.served) * squares) if squares else 0.0

    def rate(self, start: float, end: float) -> float:
        """Requests a second that started between two times."""
        return sum(start <= moment < end for moment in self.starts) / (end - start)


def simulate(plan: Plan, *, seed: int = 1) -> Outcome:
    """Let the workers ask until the time is over."""
    clock, chance = Clock(), random.Random(seed)
    module: Any = sys.modules[RateLimiter.__module__]
    real, module.time = module.time, clock
    try:
        return _run(plan, clock, chance)
    finally:
        module.time = real


def _run(plan: Plan, clock: Clock, chance: random.Random) -> Outcome:
    limiter = RateLimiter(requests_per_minute=plan.per_minute)
    outcome = Outcome(served=[0] * plan.workers)
    permits: dict[int, Any] = {}
    asked_at: dict[int, float] = {}
    # A worker wakes to ask for a permit (or again for the same), or to read its answer.
    events = [(chance.random(), worker, "ask") for worker in range(plan.workers)]
    heapq.heapify(events)
    while events and events[0][0] < plan.seconds:
        clock.now, worker, what = heapq.heappop(events)
        began = time.process_time()
        if what == "ask":
            if worker not in permits:
                permits[worker] = limiter.request_permit({"text": "moon"}, None)
                asked_at[worker] = clock.now
            seconds = limiter.wait(permits[worker])
            outcome.questions += 1
            if not seconds:
                outcome.starts.append(clock.now)
                outcome.waits.append(clock.now - asked_at[worker])
                seconds, what = 2 + 6 * chance.random(), "read"
                if plan.storm[0] <= clock.now < plan.storm[1]:
                    seconds, what = 0.1, "refused"
        else:
            permit = permits.pop(worker)
            limiter.answered(permit, {})
            if what == "refused":
                outcome.refused += 1
                limiter.hold(STORM_WAIT)
            else:
                outcome.served[worker] += 1
            limiter.end(permit)
            seconds, what = 0.0, "ask"
        outcome.cpu += time.process_time() - began
        heapq.heappush(events, (clock.now + seconds, worker, what))
    return outcome


def seconds_to_recover(plan: Plan, outcome: Outcome) -> float | None:
    """Seconds from the end of the storm to the first minute with 90 of 100 of the limit."""
    moment = plan.storm[1]
    while moment + 60 <= plan.seconds:
        if outcome.rate(moment, moment + 60) >= 0.9 * plan.per_minute / 60:
            return moment - plan.storm[1]
        moment += 1
    return None
