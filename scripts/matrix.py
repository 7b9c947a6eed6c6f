"""Provider × capability, from the outcomes of conformance runs: works, gap, failed, not offered.

A ``Matrix`` holds no wording of its own pages; those are ``matrix_page.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chat_conformance.capabilities import CAPABILITIES, MEDIA, SERVER_TOOLS
from chat_conformance.conformance import LAWS, ChatModelConformance
from chat_conformance.declared import DECLARED
from chat_conformance.laws.law import Law
from chat_conformance.reliability.suite import RELIABILITY_LAWS

ALL_LAWS: dict[str, Law] = {**LAWS, **RELIABILITY_LAWS}

THEMES = {
    "construction": "construction: no key, no network, nothing given away",
    "requests": "requests carry what was set",
    "answers": "answers, finish reasons, token counts",
    "streams": "streams, however they are cut",
    "history": "conversations in every form",
    "lossless": "no input is dropped, every answer can be sent on",
    "tools": "tools",
    "tool_loop": "the tool loop of chat-tool-loop",
    "server_tools": "tools that the vendor runs",
    "structured": "structured output",
    "growing": "structured output, streamed",
    "media": "media sent, or refused by name",
    "files": "files kept by the vendor; media that are too large",
    "output": "several answers, images and sound in answers",
    "counting": "tokens counted before sending",
    "model_list": "the list of a vendor's models",
    "profiles": "profiles claim what can be sent",
    "reasoning": "reasoning",
    "citations": "citations",
    "events": "events and chains",
    "early_exits": "an early exit disconnects within 0.5 s",
    "together": "batches, threads, event loops",
    "batch_jobs": "batch jobs of the vendor",
    "timeouts": "timeouts",
    "errors": "errors by class, status and code",
    "retries": "retries",
    "broken": "broken answers are errors",
    "secrets": "the key stays hidden",
    "faults": "every fault ends as it must",
    "keys": "keys and headers under faults",
    "hostile": "hostile answers, bounded in time and memory",
}
"""The kit's themes, and what a row about them is called."""

assert set(THEMES) == {law.theme for law in ALL_LAWS.values()}

SERVERS = {
    "offline": "the kit's scripted server",
    "llmock": "llmock",
    "live": "the vendor itself, with a key",
}
"""What models are held against."""

PACKAGES = {
    "test_cached_answers": "chat-cache: a cached answer is the answer, asked for once",
    "test_costs_of_providers": "chat-cost: one price by every way to ask, and budgets",
    "test_spans_of_providers": "chat-otel: spans of calls and streams",
    "test_web_protocols_of_providers": "chat-web: through a page of the AI SDK or AG-UI and back",
}
"""Modules of tests about packages around a model, and what a row about them is called."""

WORKS, GAP, FAILED, NOT_OFFERED, NOT_RUN = "works", "gap", "failed", "not offered", "not run"

Outcome = dict[str, Any]
"""One entry of the plugin's report."""


@dataclass
class Cell:
    """What is known of one provider in one row."""

    held: int = 0
    gaps: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    offered: bool = True

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if outcome["outcome"] == "passed":
            self.held += 1
        elif outcome["outcome"] == "gap":
            self.gaps[outcome["law"]] = outcome["reason"].removeprefix("gap: ")
        elif outcome["outcome"] == "failed":
            self.failed[outcome["case"]] = outcome["reason"]
        elif outcome["reason"].startswith("not offered"):
            self.offered = False

    @property
    def state(self) -> str:
        """The state of the cell."""
        if self.failed:
            return FAILED
        if self.gaps:
            return GAP
        if self.held:
            return WORKS
        return NOT_RUN if self.offered else NOT_OFFERED


Row = dict[str, Cell]
"""Cells by the name of the conformance class."""


@dataclass(frozen=True)
class Matrix:
    """All rows, by their names."""

    capabilities: dict[str, Row]
    themes: dict[str, Row]
    servers: dict[str, Row]
    packages: dict[str, Row]

    @property
    def failed(self) -> list[str]:
        """What does not hold and is no gap."""
        return sorted(
            {
                f"{name}: {case}: {reason}"
                for row in (*self.themes.values(), *self.packages.values())
                for name, cell in row.items()
                for case, reason in cell.failed.items()
            }
        )

    def gaps(self) -> Iterator[tuple[str, str, list[str]]]:
        """A provider, a reason, and the laws that do not hold for it."""
        found: dict[tuple[str, str], set[str]] = {}
        for row in self.themes.values():
            for name, cell in row.items():
                for law, reason in cell.gaps.items():
                    found.setdefault((label(name), reason), set()).add(law)
        return ((name, reason, sorted(laws)) for (name, reason), laws in sorted(found.items()))


def build(
    offline: Iterable[Outcome], live: Iterable[Outcome], packages: dict[str, Row] | None = None
) -> Matrix:
    """The matrix of all outcomes; `packages` are the rows about packages around a model."""
    matrix = Matrix(
        {name: _row(name) for name in CAPABILITIES},
        {name: _row() for name in THEMES},
        {name: _row() for name in SERVERS},
        packages or {name: _row() for name in PACKAGES},
    )
    for outcome in offline:
        name = outcome["subject"].removeprefix("Test")
        law = ALL_LAWS[outcome["law"]]
        matrix.themes[law.theme][name].add(outcome)
        for capability in CAPABILITIES.keys() & {*law.needs, *_kind_of(outcome)}:
            matrix.capabilities[capability][name].add(outcome)
        server = "llmock" if "llmock" in outcome["case"] else "offline"
        matrix.servers[server][name].add(outcome)
    for outcome in live:
        matrix.servers["live"][outcome["subject"].removeprefix("Test")].add(outcome)
    for subject in DECLARED:
        matrix.servers["llmock"][subject.__name__].offered = subject.llmock_path is not None
    return matrix


def label(name: str) -> str:
    """What a provider is called, by the name of its class."""
    subject = next(each for each in DECLARED if each.__name__ == name)
    provider = subject.model_id.partition(":")[0]
    api = subject.settings.get("api")
    return f"{provider} ({api})" if api else provider


def _row(capability: str = "") -> Row:
    return {
        subject.__name__: Cell(offered=not capability or _offers(subject, capability))
        for subject in DECLARED
    }


def _offers(subject: type[ChatModelConformance], capability: str) -> bool:
    return subject.capabilities is None or capability in subject.capabilities


_OF_A_KIND = {
    "test_media_that_the_model_takes_are_sent": MEDIA,
    "test_server_tools_that_the_vendor_runs_are_asked_for": SERVER_TOOLS,
}
"""The laws that have a case for each of several capabilities."""


def _kind_of(outcome: Outcome) -> list[str]:
    """The capability that a case is about, for a law that has a case for each of several."""
    kinds = _OF_A_KIND.get(outcome["law"], {})
    return [kind for kind in kinds if outcome["case"].endswith(f"-{kind}]")]
