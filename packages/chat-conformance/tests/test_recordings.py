"""Recordings are found, kept in order, and served exactly as they were recorded."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.recordings import (
    FOLDER_VARIABLE,
    Recording,
    conversations,
    follow_ups,
    load,
    recording_params,
    recordings_dir,
)
from chat_conformance.wire_server import WireServer

if TYPE_CHECKING:
    from pathlib import Path


def wire(name: str, source: str, *, text: str = "", **changes: Any) -> dict[str, Any]:
    recording = {
        "id": name,
        "provider": "groq",
        "api": "chat-completions",
        "stream": False,
        "source": source,
        "request": {"method": "POST", "path": "/p", "body": {"messages": []}},
        "response": {"status": 200, "headers": {}, "body": "{}"},
        "expected": {"text": text, "tool_calls": []},
    }
    return recording | changes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


def write(folder: Path, *recordings: dict[str, Any]) -> None:
    for recording in recordings:
        place = folder / recording["provider"] / recording["api"]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{recording['id']}.json").write_text(json.dumps(recording))


def body(text: str) -> dict[str, Any]:
    history = [{"role": "assistant", "content": text}]
    return {"method": "POST", "path": "/p", "body": {"messages": history}}


def ids(recordings: list[Recording]) -> list[str]:
    return [recording.id for recording in recordings]


def test_recordings_are_chosen_by_provider_api_and_stream(folder: Path) -> None:
    other = wire("c", "s#0", provider="openai", api="responses")
    write(folder, wire("b", "s#0", stream=True), wire("a", "s#0"), other)
    assert ids(load()) == ["a", "b", "c"]
    assert ids(load("groq")) == ["a", "b"]
    assert ids(load("groq", "chat-completions", stream=True)) == ["b"]
    assert ids(load(api="responses")) == ["c"]


def test_turns_of_a_conversation_are_ordered_by_number(folder: Path) -> None:
    turns = [wire(f"t{n}", f"repo path#{n}") for n in (10, 9, 2)]
    write(folder, *turns, wire("alone", "repo other#0"))
    assert {name: ids(turns) for name, turns in conversations().items()} == {
        "repo path": ["t2", "t9", "t10"]
    }


def test_a_follow_up_sends_the_reply_back(folder: Path) -> None:
    write(
        folder,
        wire("a", "s#0", text="Hello"),
        wire("b", "s#1", text="Bye", request=body("Hello")),
        wire("c", "s#2", text="Again", request=body("not the answer of b")),
        wire("d", "s#4", request=body("Again")),  # turn 3 is missing
    )
    assert [(reply.id, after.id) for reply, after in follow_ups()] == [("a", "b")]


def test_without_a_folder_tests_are_skipped_and_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, "/nowhere")
    (parameter,) = recording_params("groq")
    assert load() == []
    (mark,) = parameter.marks
    assert FOLDER_VARIABLE in mark.kwargs["reason"]


def test_a_misspelt_provider_is_no_reason_to_skip(folder: Path) -> None:
    with pytest.raises(LookupError, match="grok"):
        recording_params("grok")


def test_the_answer_has_the_recorded_status_headers_and_bytes(folder: Path) -> None:
    response = {"status": 529, "headers": {"retry-after": "2"}, "body": '{"é": 1}'}
    write(folder, wire("a", "s#0", response=response))
    (recording,) = load()
    with WireServer(recording.answer(piece=1)) as server:
        request = urllib.request.Request(server.url, b"{}")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=5)
        with caught.value as error:
            assert (error.code, error.headers["retry-after"]) == (529, "2")
            assert error.read() == recording.body == '{"é": 1}'.encode()


@pytest.mark.parametrize("recording", recording_params("groq"))
def test_a_recording_on_the_wire_is_what_was_recorded(recording: Recording) -> None:
    with WireServer(recording.answer(piece=1000)) as server:
        request = urllib.request.Request(server.url, b"{}")
        try:
            response = urllib.request.urlopen(request, timeout=5)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            assert (response.status, response.read()) == (recording.status, recording.body)


@pytest.mark.skipif(recordings_dir() is None, reason=f"no recordings; set {FOLDER_VARIABLE}")
def test_every_recording_has_a_place_in_a_conversation_and_a_result() -> None:
    recordings = load()
    places = {(recording.conversation, recording.turn) for recording in recordings}
    assert len(places) == len(recordings)
    assert all(r.expected is not None or r.raises for r in recordings)
