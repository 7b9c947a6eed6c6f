"""Contestants side by side: the server, one worker each, and rounds in which all take their turn.

Machines drift, so nothing is compared across time: in every round each contestant does the same
job once, the order turning from round to round, and ratios are taken within a round.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, Self

from environments import HERE, python
from server import Load

ENVIRONMENTS = {
    "langchain": "frameworks",
    "pydantic_ai": "frameworks",
    "instructor": "instructor",
}
"""Contestant → its environment; the others run in `vendors`."""

_VERSIONED = ("openai", "fireworks", "openai-responses")
"""Wires whose SDK takes a base URL that ends in the version."""


@dataclass(frozen=True)
class Entry:
    """A contestant and the way in which it does a job."""

    contestant: str
    way: str = "astream"
    times: int = 1
    """How often a round repeats the job, so that quick ones are measured as well as slow ones."""

    def __str__(self) -> str:
        return self.contestant if self.way == "astream" else f"{self.contestant}.{self.way}"


@dataclass
class Costs:
    """What the rounds of one entry cost."""

    rounds: list[dict[str, float]] = field(default_factory=list)

    def per(self, what: str, divisor: float) -> list[float]:
        """`cpu` or `wall`, in seconds by `divisor`, round by round."""
        return [cost[what] / cost["times"] / divisor for cost in self.rounds]


Outcome = dict[str, Costs]
"""Entry as text → its costs."""


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of `values`."""
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(median(values), low, high)


def ratio(outcome: Outcome, one: str, other: str, what: str = "cpu") -> Spread:
    """The cost of `one` by that of `other`, taken within each round."""
    pairs = zip(outcome[one].per(what, 1), outcome[other].per(what, 1), strict=True)
    return Spread.of([mine / theirs for mine, theirs in pairs])


class Contest:
    """The server and the workers; a context manager."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self._workers: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        command = [sys.executable, str(HERE / "server.py")]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._server.stdout is not None
        self._root = f"http://127.0.0.1:{int(self._server.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self._workers.values(), self._server):
            process.kill()
            process.wait()

    def hold(self, load: Load, entries: Sequence[Entry], **job: Any) -> Outcome:
        """Let all `entries` take their turn at `load`; the first turn only warms up."""
        outcome: Outcome = {str(entry): Costs() for entry in entries}
        for number in range(self.rounds + 1):
            turn = number % len(entries)
            for entry in (*entries[turn:], *entries[:turn]):
                cost = self.once(load, entry, **job)
                if number:
                    outcome[str(entry)].rounds.append(cost)
        return outcome

    def once(self, load: Load, entry: Entry, **job: Any) -> dict[str, float]:
        """One turn of one entry. Raises `RuntimeError` if its process died."""
        worker = self._worker(entry.contestant)
        assert worker.stdin is not None
        assert worker.stdout is not None
        url = self.url(load)
        told = {"way": entry.way, "times": entry.times, "wire": load.wire, "url": url, **job}
        worker.stdin.write(json.dumps(told) + "\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
        if not line:
            raise RuntimeError(f"{entry} failed at {load}; see its traceback above")
        cost: dict[str, float] = json.loads(line)
        return {**cost, "times": entry.times}

    def url(self, load: Load) -> str:
        """The base URL at which the server answers with `load`."""
        return f"{self._root}/{load}" + ("/v1" if load.wire in _VERSIONED else "")

    def renew(self, contestant: str) -> None:
        """Let the contestant's next job start in a fresh process."""
        worker = self._workers.pop(contestant, None)
        if worker is not None:
            worker.kill()
            worker.wait()

    def _worker(self, contestant: str) -> subprocess.Popen[str]:
        if contestant not in self._workers:
            interpreter = python(ENVIRONMENTS.get(contestant, "vendors"))
            self._workers[contestant] = subprocess.Popen(
                [str(interpreter), str(HERE / "worker.py"), contestant],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._workers[contestant]
