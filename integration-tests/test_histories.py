"""A conversation with answers of any provider can be sent on to any provider.

Each request that a provider makes of such a conversation keeps the rulebook of its vendor, or it is
refused before it is sent, with an error of the library that says what to change. An answer that the
same provider has made, whole or cut off, is never refused.

``HISTORY_EXAMPLES`` multiplies the number of damaged answers and of random conversations.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import pytest
from chat_conformance.fuzz import damage_bytes
from chat_conformance.recordings import Recording, load
from chat_core import (
    ChatError,
    InvalidParameterError,
    InvalidRequestError,
    Message,
    NonStandardBlock,
)
from histories import SENDERS, Sender, answers, conversations, decoded, refused
from hypothesis import HealthCheck, given, settings
from random_conversations import random_conversations

TIMES = int(os.environ.get("HISTORY_EXAMPLES", "1"))
senders = pytest.mark.parametrize("sender", SENDERS.values(), ids=lambda sender: sender.name)
often = settings(
    max_examples=200 * TIMES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def recorded() -> list[Recording]:
    """The recordings that hold an answer."""
    found = [r for r in load() if r.expected is not None and not r.raises]
    if not found:
        pytest.skip("no recordings; set CHAT_RECORDINGS to their folder")
    return found


def broken_rules(sender: Sender, conversation: list[Message], *, own: bool) -> Iterator[str]:
    """What is wrong with the request that ``sender`` makes of ``conversation``.

    A part of a kind that the library does not know goes back to its vendor as it came, whatever the
    rulebook says of it: the vendor knows more kinds than the rulebook.
    """
    unknown = any(isinstance(b, NonStandardBlock) for m in conversation for b in m.blocks)
    try:
        for finding in sender.findings(conversation):
            if not (unknown and finding.rule == "parts_have_one_value"):
                yield str(finding)
    except (InvalidRequestError, InvalidParameterError) as error:
        if own:
            yield refused(error)


@senders
def test_recorded_answers_can_be_sent_on(sender: Sender) -> None:
    found: dict[str, str] = {}
    for recording in recorded():
        own = sender.name == f"{recording.provider}-{recording.api}"
        for cut, answer in answers(recording):
            # A client's own calls of other kinds (shell, tool search) have no results here.
            own = own and not any(isinstance(b, NonStandardBlock) for b in answer.blocks)
            for kind, conversation in conversations(answer):
                for problem in broken_rules(sender, conversation, own=own):
                    found[problem] = f"{recording.id}, {cut}, {kind}"
    assert found == {}


@senders
def test_damaged_answers_can_be_sent_on(sender: Sender) -> None:
    found: dict[str, str] = {}
    rng = Random(sender.name)
    sources = recorded()
    for number in range(400 * TIMES):
        recording = rng.choice(sources)
        model = SENDERS[f"{recording.provider}-{recording.api}"].model
        try:
            body = damage_bytes(recording.body, rng)
            answer = decoded(model, body, is_stream=recording.stream)
        except ChatError:
            continue
        for kind, conversation in conversations(answer):
            for problem in broken_rules(sender, conversation, own=False):
                found[problem] = f"{recording.id}, {kind}, damage {number}"
    assert found == {}


@senders
@often
@given(conversation=random_conversations())
def test_any_conversation_keeps_the_rules_or_is_refused_by_name(
    sender: Sender, conversation: list[Message]
) -> None:
    assert list(broken_rules(sender, conversation, own=False)) == []
