"""Recorded traffic of every provider on this wire decodes to what was said, and goes back so."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from chat_completions import CompletionsDecoder, error_from_response
from chat_completions.encode_messages import encode_messages
from chat_conformance.expectations import compare, compare_error
from chat_conformance.recordings import Recording, follow_ups, recording_params
from chat_core import AIMessage, APIError, HumanMessage, Message, ToolMessage
from chat_core.provider import decode_reply
from completions_wire import DIALECTS, merged, read

API = "chat-completions"
EVERY = [param for provider in DIALECTS for param in recording_params(provider, API)]


def decode(recording: Recording, piece: int | None = None) -> AIMessage:
    dialect = DIALECTS[recording.provider]
    if recording.status >= 400:
        raise error_from_response(recording.status, recording.headers, recording.body, dialect)
    if recording.stream:
        return merged(read(recording.body, dialect=dialect, piece=piece))
    return decode_reply(CompletionsDecoder(dialect), recording.body).to_message()


def differences(recording: Recording, piece: int | None = None) -> list[str]:
    if not recording.raises:
        return compare(decode(recording, piece), recording)
    with pytest.raises(APIError) as caught:
        decode(recording, piece)
    return compare_error(caught.value, recording)


@pytest.mark.parametrize("recording", EVERY)
def test_a_recording_decodes_to_what_was_expected(recording: Recording) -> None:
    assert differences(recording) == []


@pytest.mark.parametrize("recording", EVERY)
def test_where_the_bytes_are_cut_does_not_matter(recording: Recording) -> None:
    if recording.stream and recording.status == 200:
        for piece in (1, 7, 64):
            assert differences(recording, piece) == []


# --- the history law

IGNORED = {
    "content absent, null or '' beside tool calls": "all mean that there is no text",
    "content as one text part": "means the same as the string",
    "space inside arguments": "JSON has none that matters",
    "a call's id that its client made up": "the answer had none",
    "prefix: false": "Mistral's default",
    "reasoning in <think> tags in content": "its client's habit; the vendor has a field for it",
    "format and index of reasoning_details": "its client trims them; OpenRouter wants all",
    "reasoning that is sent by one side alone": "vendors that do not ask for it back ignore it",
}
"""What a recorded assistant turn says otherwise, and why that changes nothing."""

PAIRS = [
    pytest.param(reply, following, id=reply.id)
    for provider in DIALECTS
    for reply, following in follow_ups(provider, API)
] or [pytest.param(None, None, marks=pytest.mark.skip(reason="no recordings; set CHAT_RECORDINGS"))]


@pytest.mark.parametrize(("reply", "following"), PAIRS)
def test_the_next_request_tells_the_answer_as_it_was_recorded(
    reply: Recording, following: Recording
) -> None:
    message = decode(reply)
    results: list[Message] = [ToolMessage("x", call.id or "") for call in message.tool_calls]
    turns = encode_messages([HumanMessage("hi"), message, *results], "m", DIALECTS[reply.provider])
    mine = turns[1]
    told = recorded_turn(following, message)
    assert content_of(mine) == content_of(told)
    assert calls_of(mine, reply) == calls_of(told, reply)
    if "reasoning_content" in mine and told.get("reasoning_content"):
        assert mine["reasoning_content"] == told["reasoning_content"]
    if "reasoning_details" in mine and "reasoning_details" in told:
        pairs = zip(mine["reasoning_details"], told["reasoning_details"], strict=True)
        assert all(ours.items() >= theirs.items() for ours, theirs in pairs)


def recorded_turn(following: Recording, message: AIMessage) -> dict[str, Any]:
    assert following.request is not None
    turns = [m for m in following.request["messages"] if m["role"] == "assistant"]
    ids = {call.id for call in message.tool_calls}
    names = {call.name for call in message.tool_calls}
    for turn in reversed(turns):
        calls = turn.get("tool_calls") or []
        says_it = not ids and not calls and message.content == content_of(turn)
        if says_it or {c["id"] for c in calls} & ids:
            return dict(turn)
    by_name = [t for t in turns if {c["function"]["name"] for c in t.get("tool_calls", [])} & names]
    return dict(by_name[-1])


def content_of(turn: dict[str, Any]) -> str:
    content = turn.get("content") or ""
    if isinstance(content, str):
        return re.sub(r"^<think>.*</think>\n*", "", content, flags=re.DOTALL)
    return "".join(part["text"] for part in content if part["type"] == "text")


def calls_of(turn: dict[str, Any], reply: Recording) -> list[Any]:
    assert reply.expected is not None
    had_ids = all(call["id"] for call in reply.expected["tool_calls"])
    return [
        (
            call["id"] if had_ids else None,
            call["type"],
            call["function"]["name"],
            json.loads(call["function"]["arguments"]),
        )
        for call in turn.get("tool_calls") or []
    ]
