"""The rulebooks: each rule finds what breaks it, and nothing in requests that vendors accepted."""

from __future__ import annotations

from typing import Any

import pytest
from broken_requests import BROKEN, WHOLE, changed
from chat_conformance.recordings import load
from chat_conformance.rulebooks import (
    RULEBOOKS,
    Rulebook,
    completions,
    converse,
    gemini,
    messages,
    ollama,
    responses,
)
from chat_conformance.rulebooks.json_values import SHARED

BOOKS: dict[str, tuple[Rulebook, ...]] = {
    "completions": (
        completions.COMPLETIONS,
        completions.COMPATIBLE,
        completions.GROQ,
        completions.FIREWORKS,
        completions.MISTRAL,
    ),
    "responses": (responses.RESPONSES,),
    "messages": (messages.MESSAGES,),
    "gemini": (gemini.GEMINI,),
    "converse": (converse.CONVERSE,),
    "ollama": (ollama.OLLAMA,),
}
CASES = [(module, rule) for module, rules in BROKEN.items() for rule in rules]

ACCEPTED = {
    "roles_alternate": "Google has since merged contents of one role; old models refuse them",
    "text_is_not_empty": "recent Gemini models take an empty text; Vertex AI does not",
    "call_ids_are_unique": "some days Anthropic takes an id twice (NVIDIA-NeMo/Switchyard#502)",
    "mistral_users_do_not_follow_tools": "mistral-small-latest takes it, older models do not",
}
"""Rules that requests broke which a vendor accepted, and why we keep them nevertheless."""


@pytest.mark.parametrize("module", WHOLE)
def test_a_request_that_breaks_no_rule_has_no_finding(module: str) -> None:
    for book in BOOKS[module]:
        if book is not completions.MISTRAL:
            assert book.check(WHOLE[module]) == []


@pytest.mark.parametrize(("module", "rule"), CASES)
def test_a_rule_finds_what_breaks_it(module: str, rule: str) -> None:
    body = changed(WHOLE[module], BROKEN[module][rule])
    books = [book for book in BOOKS[module] if rule in {check.__name__ for check in book.checks}]
    assert books
    for book in books:
        assert rule in {finding.rule for finding in book.check(body)}


def test_every_rule_is_shown_to_bite() -> None:
    shared = {check.__name__ for check in SHARED}
    for module, books in BOOKS.items():
        rules = {check.__name__ for book in books for check in book.checks}
        shown = set(BROKEN[module]) | (shared if module != "completions" else set())
        assert rules == shown


@pytest.mark.parametrize("junk", [None, 5, "text", [], [5], [None], {}, [{}], [[]]])
@pytest.mark.parametrize("book", RULEBOOKS.values(), ids=lambda book: book.wire)
def test_a_body_of_any_shape_is_checked_without_an_exception(book: Rulebook, junk: Any) -> None:
    for key in ("messages", "input", "contents", "tools", "system", "tool_choice", "text"):
        assert isinstance(book.check({key: junk}), list)


def test_what_vendors_accepted_breaks_no_rule() -> None:
    """1,312 recorded requests were answered with success: a rule that finds something is wrong."""
    requests = [r for r in load() if r.request is not None and r.expected and not r.raises]
    if not requests:
        pytest.skip("no recordings; set CHAT_RECORDINGS to their folder")
    found = {}
    for recording in requests:
        for finding in RULEBOOKS[recording.provider, recording.api].check(recording.request or {}):
            if finding.rule not in ACCEPTED:
                found[recording.id] = str(finding)
    assert len(requests) > 1_000
    assert found == {}
