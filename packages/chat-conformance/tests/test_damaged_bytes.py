"""``damage_bytes`` damages one object of a stream, whatever its framing."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest
from chat_conformance.frame_formats import (
    NDJSON,
    BinaryFrames,
    FrameFormat,
    JSONArray,
    ServerSentEvents,
)
from chat_conformance.fuzz import damage_bytes
from chat_core.provider import (
    BinaryFraming,
    Framing,
    JSONArrayFraming,
    NDJSONFraming,
    SSEParser,
)

FORMATS: dict[str, tuple[FrameFormat, type[Framing]]] = {
    "events": (ServerSentEvents(), SSEParser),
    "events with CRLF": (ServerSentEvents(line_end="\r\n"), SSEParser),
    "events with CR": (ServerSentEvents(line_end="\r"), SSEParser),
    "lines": (NDJSON(), NDJSONFraming),
    "lines with CRLF": (NDJSON(line_end="\r\n"), NDJSONFraming),
    "binary": (BinaryFrames(event_key="type"), BinaryFraming),
    "array": (JSONArray(), JSONArrayFraming),
}

OBJECTS = [{"type": "delta", "text": f"tide {number} \N{WATER WAVE}"} for number in range(4)]


@pytest.mark.parametrize("name", FORMATS)
def test_one_object_is_damaged_and_the_frames_stay_whole(name: str) -> None:
    form, framing = FORMATS[name]
    data = b"".join(step for step in form.write(OBJECTS) if isinstance(step, bytes))
    assert b"".join(form.split(data)) == data
    sound = _frames(framing, data)
    assert len(sound) == len(OBJECTS)
    damaged: Counter[int] = Counter()
    for seed in range(60):
        try:
            found = _frames(framing, damage_bytes(data, Random(seed), form))
        except Exception:  # noqa: BLE001 - scrambled where no object was chosen
            continue
        if len(found) == len(sound):
            places = [place for place, frame in enumerate(found) if frame != sound[place]]
            damaged.update(places if len(places) == 1 else ())
    assert damaged.total() > 30
    assert sorted(damaged) == list(range(len(OBJECTS)))


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_answer_stays_json(name: str) -> None:
    data = json.dumps({"text": "low tide", "more": {"n": 4}}).encode()
    for seed in range(20):
        json.loads(damage_bytes(data, Random(seed), FORMATS[name][0]))


def _frames(framing: type[Framing], data: bytes) -> list[object]:
    reader = framing()
    return [*reader.feed(data), *reader.finish()]
