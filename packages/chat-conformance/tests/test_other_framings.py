"""Every law holds for providers of other framings, and every law that can reach them does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

import pytest
from chat_conformance.capabilities import WIRE_FEATURES
from chat_conformance.conformance import LAWS
from chat_conformance.frame_formats import (
    NDJSON,
    BinaryFrames,
    FrameFormat,
    JSONArray,
    ServerSentEvents,
)
from chat_conformance.fuzz import specimens
from chat_conformance.harness import Harness
from chat_conformance.http_answers import Frame, Payload
from chat_conformance.reliability.suite import RELIABILITY_LAWS
from chat_conformance.script import Reply
from chat_core.provider import (
    BinaryFraming,
    Framing,
    JSONArrayFraming,
    NDJSONFraming,
    SSEParser,
    parse_json,
)
from law_runner import broken_laws, broken_reliability_laws
from other_framings import BinaryConformance, LinesConformance
from plain_model import PlainConformance

SUBJECTS = [LinesConformance, BinaryConformance]


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    with Harness() as running:
        yield running


@pytest.mark.parametrize(
    ("subject", "mode"), [(LinesConformance, "sync"), (BinaryConformance, "async")]
)
def test_a_model_of_another_framing_keeps_every_law(
    harness: Harness, subject: type[PlainConformance], mode: str
) -> None:
    assert broken_laws(subject, harness, [mode]) == {}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_model_of_another_framing_keeps_the_laws_about_faults_and_hostile_bytes(
    subject: type[PlainConformance],
) -> None:
    laws = [name for name, law in RELIABILITY_LAWS.items() if law.theme in ("faults", "hostile")]
    assert broken_reliability_laws(subject, laws) == {}


def test_only_what_the_wire_lacks_is_left_out(harness: Harness) -> None:
    lacking = {"keep_alive", "line_ends", *BinaryConformance.simulator.lacks}
    assert BinaryConformance.simulator.features == WIRE_FEATURES.keys() - lacking
    with harness.chat(BinaryConformance, "sync") as chat:
        left_out = {name for name, law in LAWS.items() if not chat.offers(*law.needs)}
    assert left_out == {name for name, law in LAWS.items() if lacking & set(law.needs)}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_damaged_streams_are_in_the_framing_of_the_wire(subject: type[PlainConformance]) -> None:
    known, rng = specimens(subject), Random(1)
    sound = known.stream(Reply("Goldfish", piece=1))
    assert len([*known.decoder().make_framing().feed(sound)]) > len("Goldfish")
    marks = {LinesConformance: b"\n{", BinaryConformance: b":message-type"}
    assert sum(marks[subject] in known.damaged_stream(rng) for _ in range(20)) > 10


@pytest.mark.parametrize(
    ("form", "framing"),
    [
        (ServerSentEvents(), SSEParser),
        (NDJSON(), NDJSONFraming),
        (BinaryFrames(), BinaryFraming),
        (JSONArray(), JSONArrayFraming),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_format_writes_is_what_core_reads(form: FrameFormat, framing: type[Framing]) -> None:
    events: list[dict[str, object]] = [{"a": "\n,]"}, {"b": [1]}]
    steps = form.write([events[0], form.keep_alive, events[1]])
    body = b"".join(step for step in steps if isinstance(step, bytes))
    parser = framing()
    read = [*parser.feed(body), *parser.finish()]
    assert [parse_json(data) for _, data in read] == events
    assert [data for _, data in framing().feed(form.start + form.payload(b"[5]"))] in ([b"[5]"], [])
    [last] = [*form.write([Payload(json.dumps(events[0]).encode())], is_whole=False)]
    assert isinstance(last, bytes)
    assert not form.end or not last.endswith(form.end)


@pytest.mark.parametrize(
    "form", [ServerSentEvents(event_key="type"), NDJSON(), BinaryFrames(event_key="type")]
)
def test_a_format_writes_damaged_events_too(form: FrameFormat) -> None:
    """Damage takes names away and leaves halves of surrogate pairs."""
    frames: list[Frame] = [{"text": "\ud83d"}, "\ud83d", {"type": None}, {"type": "\ud83d"}]
    assert len([*form.write(frames)]) == 4
