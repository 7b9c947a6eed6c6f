"""What a rule is: one thing that a vendor refuses in a request body, as an executable check.

A rulebook is the list of rules of one wire. A rule is a generator function over the parsed body; it
yields one ``Finding`` for each place that breaks the rule. Its docstring states the rule, and where
it is from: the vendor's documentation, the types of its SDK, or a public report.

    findings = MESSAGES.check(body)      # [] for a body that the vendor accepts
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["Check", "Finding", "Rulebook"]

Check: TypeAlias = Callable[[Mapping[str, Any]], Iterator[tuple[str, Any]]]
"""Yields ``(where, seen)`` for each place of a body that breaks the rule."""


@dataclass(frozen=True)
class Finding:
    """One place of a request body that breaks a rule.

    Args:
        rule: the name of the rule, such as ``"results_follow_their_calls"``.
        where: the place, such as ``"messages[2]"``.
        seen: what stands there, shortened.
    """

    rule: str
    where: str
    seen: str

    def __str__(self) -> str:
        return f"{self.rule} at {self.where}: {self.seen}"


class Rulebook:
    """The rules of one wire.

    Args:
        wire: the name of the wire.
        checks: the rules; the name of a rule is the name of its function.
    """

    def __init__(self, wire: str, *checks: Check) -> None:
        self.wire = wire
        self.checks = checks

    def check(self, body: Mapping[str, Any]) -> list[Finding]:
        """Every place of ``body`` that breaks a rule."""
        return [
            Finding(check.__name__, where, _short(seen))
            for check in self.checks
            for where, seen in check(body)
        ]

    def without(self, *names: str) -> Rulebook:
        """The same rulebook without ``names``. Raises ``ValueError`` for an unknown name."""
        known = {check.__name__ for check in self.checks}
        if unknown := set(names) - known:
            raise ValueError(f"The rulebook {self.wire} has no rule {sorted(unknown)}.")
        return Rulebook(self.wire, *(c for c in self.checks if c.__name__ not in names))


def _short(seen: Any) -> str:
    text = seen if isinstance(seen, str) else repr(seen)
    return text if len(text) <= 160 else f"{text[:160]}…"
