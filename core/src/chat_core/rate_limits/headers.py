"""Rate limits in the headers of a response, read by one grammar for all vendors; pure.

    x-ratelimit-remaining-requests: 59          anthropic-style-ratelimit-input-tokens-reset: 2026-…
    x-ratelimit-limit-tokens-minute: 500000     ratelimit-reset: 30

A header name contains ``ratelimit`` and words that say which number it is (``limit``,
``remaining``, ``reset``, ``renewalperiod``), what is counted (``requests``, or ``tokens``, of
``input`` or ``output`` alone), and the period. Headers with a word that is not in the tables below
count something else (images, audio) and are ignored. Seen in recordings of eight vendors;
``ratelimit-*`` is the IETF's draft.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

__all__ = ["Counted", "Quota", "read_quotas", "read_retry_after", "read_seconds"]

Counted = Literal["requests", "tokens", "input", "output"]

_FACTS = frozenset({"limit", "remaining", "reset", "renewalperiod"})
_COUNTED: dict[str, Counted] = {
    "req": "requests",
    "request": "requests",
    "requests": "requests",
    "token": "tokens",
    "tokens": "tokens",
    "input": "input",
    "prompt": "input",
    "output": "output",
    "generated": "output",
}
_PERIODS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0, "month": 2_592_000.0}
_NAME = re.compile(r"^(?:.*-)?ratelimit-(?P<words>[a-z-]+)$")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|us|ns|d|h|m|s)")
_UNITS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_LONGEST_VALUE = 64
"""Characters; no number, duration or date is longer, and reading one would take too long."""
_EPOCH = 1e9
"""A number of seconds from here on is a moment since 1970, and from a thousandfold on it is in
milliseconds."""


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit as a vendor states it.

    Args:
        name: the words that tell it from the vendor's other limits: ``("input", "tokens")``.
        counts: what it counts.
        limit: how much it allows when nothing has been used.
        remaining: how much it allows now.
        rate: how much comes back in a second; ``None`` where the headers do not say.
    """

    name: tuple[str, ...]
    counts: Counted
    limit: float
    remaining: float
    rate: float | None


def read_quotas(headers: Mapping[str, str], *, now: float) -> list[Quota]:
    """The limits that ``headers`` state with what remains; ``now`` is the time since 1970.

    Moments are measured from the response's own ``Date`` where it has one.
    """
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for header, value in headers.items():
        match = _NAME.match(header.lower())
        if match is None:
            continue
        words = match["words"].split("-")
        facts = [word for word in words if word in _FACTS]
        name = tuple(word for word in words if word not in _FACTS)
        if len(facts) == 1 and all(word in _COUNTED or word in _PERIODS for word in name):
            found.setdefault(name, {})[facts[0]] = value
    if not found:
        return []
    sent = read_moment(headers.get("date") or "")
    quotas = [_quota(name, facts, now if sent is None else sent) for name, facts in found.items()]
    return [quota for quota in quotas if quota is not None]


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a refusal asks to wait; ``None`` where it asks for nothing that can be read.

    ``retry-after-ms``, or ``Retry-After`` in seconds or as a date (RFC 9110, 10.2.3), which is
    measured from the response's own ``Date``, so that no clock is needed.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after") or ""
    seconds = _number(text)
    if seconds is not None:
        return seconds
    then, now = read_moment(text), read_moment(headers.get("date") or "")
    return None if then is None or now is None else max(0.0, then - now)


def _quota(name: tuple[str, ...], facts: dict[str, str], now: float) -> Quota | None:
    limit, remaining = _number(facts.get("limit")), _number(facts.get("remaining"))
    if limit is None or remaining is None or limit <= 0:
        return None
    period = next((_PERIODS[word] for word in name if word in _PERIODS), None)
    period = _number(facts.get("renewalperiod")) or period
    rate: float | None = None
    if period:
        rate = limit / period
    else:
        # The time until the limit is whole again, so what is missing comes back in it.
        reset = read_seconds(facts.get("reset") or "", now=now)
        if reset and remaining < limit:
            rate = (limit - remaining) / reset
    return Quota(name, _counted(name), limit, remaining, rate)


def _counted(name: tuple[str, ...]) -> Counted:
    """What the words count: one side where one is named, requests where nothing is."""
    kinds = [_COUNTED[word] for word in name if word in _COUNTED]
    return next((kind for kind in kinds if kind != "tokens"), kinds[0] if kinds else "requests")


def read_seconds(text: str, *, now: float) -> float | None:
    """Seconds from ``now``: ``1m26.4s``, ``20ms``, ``59.7``, a moment, or seconds since 1970.

    ``None`` for anything else; never negative.
    """
    text = text.strip()
    if len(text) > _LONGEST_VALUE:
        return None
    number = _number(text)
    if number is not None:
        if number >= _EPOCH * 1000:
            number /= 1000
        return max(0.0, number - now if number >= _EPOCH else number)
    pieces = _DURATION.findall(text)
    if pieces and "".join(amount + unit for amount, unit in pieces) == text:
        return sum(float(amount) * _UNITS[unit] for amount, unit in pieces)
    moment = read_moment(text)
    return None if moment is None else max(0.0, moment - now)


def read_moment(text: str) -> float | None:
    """A moment of RFC 3339 or of HTTP (RFC 9110) in seconds since 1970."""
    from email.utils import parsedate_to_datetime

    if len(text) > _LONGEST_VALUE:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, TypeError, OverflowError):
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None


def _number(text: str | None) -> float | None:
    if text is not None and len(text) > _LONGEST_VALUE:
        return None
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < 1e15 else None
