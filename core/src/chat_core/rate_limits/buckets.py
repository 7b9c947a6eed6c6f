"""The arithmetic of rate limits: a limit that the user sets, and one in a vendor's headers.

Both compute how long a request must wait behind those ahead of it, whose cost ``WaitingCosts``
adds up. They are pure: the time is an argument.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from ..retry import MAX_WAIT
from .headers import Counted, Quota

__all__ = ["WINDOW", "Cost", "LearnedLimit", "MinuteLimit", "WaitingCosts"]

WINDOW = 60.0
"""Seconds in a minute."""
_ROUNDING = 1e-6
"""Tokens below which a difference comes from adding and subtracting."""


@dataclass(slots=True)
class Cost:
    """What requests take from limits: how many they are, and tokens either way."""

    requests: float = 1.0
    input: float = 0.0
    output: float = 0.0

    def of(self, counts: Counted) -> float:
        """How much of what a limit counts."""
        if counts == "requests":
            return self.requests
        if counts == "tokens":
            return self.input + self.output
        return self.input if counts == "input" else self.output


class WaitingCosts:
    """The tokens of requests in the order in which they came, added up from the first to any.

    A Fenwick tree: entry ``i``, counted from 1, is the sum of the last ``i & -i`` requests up to
    the ``i``-th. So adding up, adding and removing take as many steps as ``i`` has binary digits.
    """

    __slots__ = ("_input", "_output")

    def __init__(self, costs: Iterable[Cost] = ()) -> None:
        self._input = [0.0]
        self._output = [0.0]
        for cost in costs:
            self.append(cost)

    def __len__(self) -> int:
        return len(self._input) - 1

    def append(self, cost: Cost) -> None:
        """Add a request after all others."""
        end = len(self._input)
        start = end - (end & -end)
        inside, before = self.before(end - 1), self.before(start)
        self._input.append(inside.input - before.input + cost.input)
        self._output.append(inside.output - before.output + cost.output)

    def remove(self, place: int, cost: Cost) -> None:
        """Take out what the request at ``place``, counted from 0, costs; the others stay."""
        entry = place + 1
        while entry < len(self._input):
            self._input[entry] -= cost.input
            self._output[entry] -= cost.output
            entry += entry & -entry

    def before(self, place: int) -> Cost:
        """What all requests before ``place`` cost; their number is not counted."""
        found = Cost(0.0)
        while place:
            found.input += self._input[place]
            found.output += self._output[place]
            place -= place & -place
        return found


class MinuteLimit:
    """At most ``limit`` in any 60 seconds and ``slack``, exactly."""

    __slots__ = ("_spent", "_total", "_window", "counts", "limit")

    def __init__(self, counts: Counted, limit: float, slack: float = 0.0) -> None:
        self.counts = counts
        self.limit = limit
        self._window = WINDOW + slack
        self._spent: deque[tuple[float, Cost]] = deque()
        self._total = 0.0

    def wait(self, now: float, ahead: Cost, cost: Cost) -> float:
        """Seconds until there may be room for ``cost`` and all ``ahead``; zero if there is now."""
        while self._spent and self._spent[0][0] <= now - self._window:
            self._total -= self._spent.popleft()[1].of(self.counts)
        before = ahead.of(self.counts)
        excess = self._total + before + cost.of(self.counts) - self.limit
        if excess <= _ROUNDING or not (self._spent or before):
            return 0.0
        if self._spent and excess <= self._total:
            return self._room_for(excess) + self._window - now
        excess -= self._total
        # No room before some of those ahead have come and gone; the first can come when the first
        # that is counted goes.
        first = self._spent[0][0] if self._spent else now - self._window
        return first + self._window * (1 + ceil(excess / self.limit)) - now

    def _room_for(self, excess: float) -> float:
        """When the last of the requests started that together cost ``excess``, oldest first."""
        if self.counts == "requests":  # each costs one; there may be thousands
            return self._spent[ceil(excess) - 1][0]
        for moment, past in self._spent:
            excess -= past.of(self.counts)
            if excess <= 0:
                return moment
        return self._spent[-1][0]  # by rounding

    def seconds_for(self, cost: Cost) -> float:
        """Seconds in which the limit lets ``cost`` through, if nothing else is sent."""
        return cost.of(self.counts) * self._window / self.limit

    def spend(self, now: float, cost: Cost) -> None:
        """A request starts."""
        if not self._spent:
            self._total = 0.0  # what rounding has left
        self._spent.append((now, cost))
        self._total += cost.of(self.counts)

    def correct(self, at: float, estimate: Cost, cost: Cost) -> None:
        """What started ``at`` cost ``cost`` (the object given to ``spend``), not ``estimate``."""
        if self._spent and self._spent[0][0] <= at:
            self._total += cost.of(self.counts) - estimate.of(self.counts)

    def arrived(self, cost: Cost) -> None:
        """Nothing to do: what starts is counted at once."""


class LearnedLimit:
    """A vendor's limit as in its headers: what remains, and how fast it fills again."""

    __slots__ = ("_at", "_level", "_limit", "_on_way", "_rate", "counts")

    def __init__(self, quota: Quota) -> None:
        self.counts = quota.counts
        self._limit = quota.limit
        self._rate = quota.limit / WINDOW  # until the headers say otherwise
        self._on_way = 0.0
        """Of requests whose answer has not begun: the vendor may not have counted them yet."""
        self._level = quota.remaining
        self._at = 0.0

    def learn(self, now: float, quota: Quota) -> None:
        """Take over the state in the headers of an answer that has just begun."""
        self._limit = quota.limit
        self._rate = quota.rate or self._rate
        self._level = quota.remaining - self._on_way
        self._at = now

    def _filled(self, now: float) -> float:
        return min(self._limit, self._level + self._rate * (now - self._at))

    def wait(self, now: float, ahead: Cost, cost: Cost) -> float:
        """Seconds until there is room for ``cost`` and all ``ahead``; zero if there is now.

        Where this request alone would wait longer than ``MAX_WAIT``, it does not wait: the vendor's
        refusal says more to the caller.
        """
        own = min(cost.of(self.counts), self._limit)
        if own / self._rate > MAX_WAIT:
            return 0.0
        seconds = (ahead.of(self.counts) + own - self._filled(now)) / self._rate
        return seconds if seconds > 1e-6 else 0.0

    def seconds_for(self, cost: Cost) -> float:
        """Seconds in which the limit lets ``cost`` through, if nothing else is sent."""
        return cost.of(self.counts) / self._rate

    def spend(self, now: float, cost: Cost) -> None:
        """A request starts."""
        amount = cost.of(self.counts)
        self._level = self._filled(now) - amount
        self._at = now
        self._on_way += amount

    def correct(self, at: float, estimate: Cost, cost: Cost) -> None:
        """Nothing to do: the next answer's headers say what is left."""

    def arrived(self, cost: Cost) -> None:
        """The vendor has counted a request that was spent here, or never will."""
        self._on_way = max(0.0, self._on_way - cost.of(self.counts))
