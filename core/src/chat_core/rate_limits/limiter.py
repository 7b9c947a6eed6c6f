"""``RateLimiter``: at most so many requests and tokens in a minute, for all models that share it.

    limiter = RateLimiter(requests_per_minute=60, tokens_per_minute=100_000)
    model = get_chat_model("some:model", rate_limiter=limiter)

Every request of a model, retries included, waits for a permit. Rules:

- In no 60 seconds do more than ``requests_per_minute`` requests start, nor requests of more than
  ``tokens_per_minute`` tokens; ``slack`` makes that longer. Requests start in the order in which
  they came, and as early as the limits allow.
- Tokens are estimated from the request's text and from earlier answers, and corrected by the usage
  that the vendor reports.
- The limits in the vendor's headers (``headers.py``) hold as well: each is modelled as a bucket
  that fills as fast as the vendor's does.
- Where the vendor refuses a request and asks to wait, every request waits. Those that waited then
  start as far apart as the limits allow for long, at most ``_STAGGER`` seconds.

The limiter does not sleep itself: ``wait`` returns seconds; the caller sleeps, in a thread or on
an event loop. One limiter may therefore serve threads and event loops at once. Times are those of
``time.monotonic``.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from ..arguments import of_type
from ..concurrency.cancellation import sleep
from ..concurrency.fork_lock import ForkLock
from ..errors import InvalidParameterError
from ..messages.chunks import AIMessageChunk
from ..messages.usage import UsageMetadata
from ..retry import MAX_WAIT
from .buckets import Cost, LearnedLimit, MinuteLimit, WaitingCosts
from .headers import read_quotas

__all__ = ["RateLimiter", "Permit"]

_CHARACTERS_PER_TOKEN: Final = 4.0
_FIRST_OUTPUT: Final = 500.0
"""Tokens that an answer is taken to have before one has arrived, where nothing bounds it."""
_WEIGHT: Final = 0.2
"""What the latest answer counts in the running estimates."""
_LONGEST_WORD: Final = 2000
"""A string of more characters than this without a space is no text but encoded media."""
_LONGEST_NAP: Final = 1.0
"""Seconds after which the first in the queue looks again: what was estimated may be known now."""
_FEWEST_ADDED_UP: Final = 64
"""Requests, waiting or gone, up to which their costs are not added up again."""
_STAGGER: Final = 0.02
"""Seconds between two requests that start after a wait that the vendor asked for, at most."""


@dataclass(slots=True, eq=False)
class Permit:
    """One request's place in the queue, and the usage that its answer reports."""

    limiter: RateLimiter
    number: int
    cost: Cost
    characters: int
    started: float = 0.0
    limits: Sequence[MinuteLimit | LearnedLimit] = ()
    arrived: bool = False
    usage: UsageMetadata | None = None

    def note(self, chunks: Sequence[AIMessageChunk]) -> None:
        """Remember the usage that ``chunks`` report."""
        for chunk in chunks:
            usage = chunk.usage_metadata
            if usage is not None:
                self.usage = usage if self.usage is None else self.usage.updated(usage)


class RateLimiter:
    """Limits that models share; give the same object to each. For threads and event loops alike.

    Args:
        requests_per_minute: at most so many requests start in any 60 seconds.
        tokens_per_minute: at most so many tokens, of input and output together. A single request of
            more is let through when nothing else was sent for a minute.
        learn: whether the vendors' rate-limit headers count too. Use one limiter for each key then,
            because a vendor's limits belong to the key.
        slack: seconds by which requests may leave later than they start here, as those that
            another process sends; a minute counts so much longer.

    Raises ``InvalidParameterError`` for a limit below 1 or a slack below 0. A copy in another
    process (pickle, fork) counts by itself.
    """

    def __init__(
        self,
        *,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        learn: bool = True,
        slack: float = 0.0,
    ) -> None:
        self.requests_per_minute = _checked("requests_per_minute", requests_per_minute)
        self.tokens_per_minute = _checked("tokens_per_minute", tokens_per_minute)
        self.learn = learn
        self.slack = _checked_slack(slack)
        self._lock = ForkLock()
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._minutes: list[MinuteLimit] = []
        if self.requests_per_minute is not None:
            self._minutes.append(MinuteLimit("requests", self.requests_per_minute, self.slack))
        if self.tokens_per_minute is not None:
            self._minutes.append(MinuteLimit("tokens", self.tokens_per_minute, self.slack))
        self._learned: dict[tuple[str, ...], LearnedLimit] = {}
        # The waiting requests, in order: their numbers, and what they will cost.
        self._queue: list[int] = []
        self._costs: list[Cost] = []
        # The same costs added up, with 0 for those that have left; and each one's place in there.
        self._waiting = WaitingCosts()
        self._places: list[int] = []
        self._next = 0
        self._held_until = 0.0
        self._characters_per_token = _CHARACTERS_PER_TOKEN
        self._output: float | None = None

    def __repr__(self) -> str:
        shown = [
            f"{name}={value!r}"
            for name, value, default in (
                ("requests_per_minute", self.requests_per_minute, None),
                ("tokens_per_minute", self.tokens_per_minute, None),
                ("learn", self.learn, True),
                ("slack", self.slack, 0.0),
            )
            if value != default
        ]
        return f"RateLimiter({', '.join(shown)})"

    def __reduce__(self) -> tuple[object, ...]:
        return (_remade, (self.requests_per_minute, self.tokens_per_minute, self.learn, self.slack))

    # --- by hand

    def acquire(self, tokens: float = 0.0) -> None:
        """Wait for the permit of one request that costs ``tokens``, sent by other means.

        Raises ``InvalidParameterError`` for ``tokens`` that is no number of tokens.
        """
        permit = self._permit(Cost(1.0, _checked_tokens(tokens)), 0)
        try:
            while seconds := self.wait(permit):
                sleep(seconds)
        finally:
            self.end(permit)

    async def aacquire(self, tokens: float = 0.0) -> None:
        """``acquire`` on an event loop."""
        from asyncio import sleep

        permit = self._permit(Cost(1.0, _checked_tokens(tokens)), 0)
        try:
            while seconds := self.wait(permit):  # noqa: ASYNC110 - it waits for a time, not an event
                await sleep(seconds)
        finally:
            self.end(permit)

    # --- for a model

    def request_permit(self, body: Mapping[str, object], max_tokens: int | None) -> Permit:
        """A place in the queue for a request with ``body``, bounded to ``max_tokens`` of output."""
        characters = _count_characters(body)
        output = self._output or float(max_tokens or _FIRST_OUTPUT)
        if max_tokens is not None:
            output = min(output, max_tokens)
        return self._permit(Cost(1.0, characters / self._characters_per_token, output), characters)

    def _permit(self, cost: Cost, characters: int) -> Permit:
        with self._lock:
            if self._pid != os.getpid():
                self._reset()  # requests that wait in the parent process are counted there
            permit = Permit(self, self._next, cost, characters)
            self._next += 1
            self._queue.append(permit.number)
            self._costs.append(cost)
            self._places.append(len(self._waiting))
            self._waiting.append(cost)
            return permit

    def wait(self, permit: Permit) -> float:
        """Seconds to sleep before asking again. Zero starts the request: ask no more then."""
        with self._lock:
            now = time.monotonic()
            place = bisect_left(self._queue, permit.number)
            limits: list[MinuteLimit | LearnedLimit] = [*self._minutes, *self._learned.values()]
            ahead = self._ahead(place, limits)
            if now < self._held_until:
                return self._held_until - now + _seconds_for(ahead, limits)
            seconds = max((limit.wait(now, ahead, permit.cost) for limit in limits), default=0.0)
            if seconds > 0:
                return min(seconds, _LONGEST_NAP * (1 + place / 100))
            self._forget(permit)
            for limit in limits:
                limit.spend(now, permit.cost)
            permit.started = now
            permit.limits = limits
            return 0.0

    def _ahead(self, place: int, limits: Sequence[MinuteLimit | LearnedLimit]) -> Cost:
        """The cost of all requests before ``place`` in the queue."""
        if not place or all(limit.counts == "requests" for limit in limits):
            return Cost(float(place))
        is_last = place == len(self._places)
        ahead = self._waiting.before(len(self._waiting) if is_last else self._places[place])
        ahead.requests = float(place)
        return ahead

    def _forget(self, permit: Permit) -> None:
        """Take ``permit`` out of the queue."""
        place = bisect_left(self._queue, permit.number)
        if place == len(self._queue) or self._queue[place] != permit.number:
            return
        self._waiting.remove(self._places[place], self._costs[place])
        del self._queue[place], self._costs[place], self._places[place]
        if len(self._waiting) > _FEWEST_ADDED_UP and len(self._waiting) > 2 * len(self._queue):
            self._add_up_again()

    def _add_up_again(self) -> None:
        """Add up the costs of those that wait, without the many that have left."""
        self._waiting = WaitingCosts(self._costs)
        self._places = list(range(len(self._costs)))

    def answered(self, permit: Permit, headers: Mapping[str, str]) -> None:
        """The head of the answer has arrived: learn from its headers."""
        quotas = read_quotas(headers, now=time.time()) if self.learn else []
        with self._lock:
            self._arrive(permit)
            now = time.monotonic()
            for quota in quotas:
                limit = self._learned.get(quota.name)
                if limit is None:
                    limit = self._learned[quota.name] = LearnedLimit(quota)
                limit.learn(now, quota)

    def hold(self, seconds: float) -> None:
        """Start no request for ``seconds``; ignored if that is more than ``MAX_WAIT``."""
        with self._lock:
            if seconds <= MAX_WAIT:
                self._held_until = max(self._held_until, time.monotonic() + seconds)

    def end(self, permit: Permit) -> None:
        """The request is over, or was never sent. May be called more than once."""
        with self._lock:
            self._forget(permit)
            self._arrive(permit)
            usage, permit.usage = permit.usage, None
            if usage is None:
                return
            estimate, cost = Cost(1.0, permit.cost.input, permit.cost.output), permit.cost
            if usage.input_tokens is not None:
                cost.input = float(usage.input_tokens)
                if cost.input and permit.characters:
                    ratio = permit.characters / cost.input
                    self._characters_per_token += _WEIGHT * (ratio - self._characters_per_token)
            if usage.output_tokens is not None:
                cost.output = float(usage.output_tokens)
                known = cost.output if self._output is None else self._output
                self._output = known + _WEIGHT * (cost.output - known)
            for limit in permit.limits:
                limit.correct(permit.started, estimate, cost)

    def _arrive(self, permit: Permit) -> None:
        """Count ``permit`` as one that the vendor has counted, or never will."""
        if not permit.arrived:
            permit.arrived = True
            for limit in permit.limits:
                limit.arrived(permit.cost)


def _seconds_for(ahead: Cost, limits: Sequence[MinuteLimit | LearnedLimit]) -> float:
    """Seconds in which all ``ahead`` start one after another, once the vendor serves again."""
    steady = [seconds for limit in limits if (seconds := limit.seconds_for(ahead))]
    return min(_STAGGER * ahead.requests, max(steady, default=inf))


def _remade(
    requests: float | None, tokens: float | None, learn: bool, slack: float = 0.0
) -> RateLimiter:
    return RateLimiter(
        requests_per_minute=requests, tokens_per_minute=tokens, learn=learn, slack=slack
    )


def _checked(name: str, limit: float | None) -> float | None:
    if limit is None:
        return limit
    of_type(name, limit, (int, float), "a number, 1 or more")
    if limit >= 1:
        return limit
    raise InvalidParameterError(f"{name} is 1 or more, or None for no limit; got {limit!r}.")


def _checked_slack(slack: float) -> float:
    of_type("slack", slack, (int, float), "a number of seconds, 0 or more")
    if 0 <= slack < inf:
        return slack
    raise InvalidParameterError(f"slack is a number of seconds, 0 or more; got {slack!r}.")


def _checked_tokens(tokens: object) -> float:
    if not isinstance(tokens, int | float) or not 0 <= tokens < float("inf"):
        raise InvalidParameterError(f"tokens is a number, 0 or more; got {tokens!r:.40}.")
    return tokens


def _count_characters(value: object) -> int:
    """The characters of all text in a request's body; encoded media is none."""
    if isinstance(value, str):
        is_text = len(value) <= _LONGEST_WORD or " " in value[:_LONGEST_WORD]
        return len(value) if is_text else 0
    if isinstance(value, Mapping):
        return sum(_count_characters(v) + len(str(k)) for k, v in value.items())
    if isinstance(value, list | tuple):
        return sum(map(_count_characters, value))
    return 0
