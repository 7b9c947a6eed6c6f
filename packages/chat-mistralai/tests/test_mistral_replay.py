"""Every recording of Mistral's traffic decodes to what it says, and survives as history."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_conformance.expectations import compare, compare_error
from chat_conformance.recordings import Recording, follow_ups, recording_params
from chat_core import AIMessage, HumanMessage, ToolMessage
from chat_core.provider import decode_reply, settle
from chat_mistralai.decode import MistralDecoder
from chat_mistralai.errors import error_from_response
from mistral_wire import merged, read, turns

WIRE = ("mistralai", "chat-completions")


def decoded(recording: Recording) -> AIMessage:
    if recording.stream:
        return merged(read(recording.body))
    return settle(decode_reply(MistralDecoder(), recording.body))


@pytest.mark.parametrize("recording", recording_params(*WIRE))
def test_each_recording_decodes_exactly(recording: Recording) -> None:
    if recording.status >= 400:
        error = error_from_response(recording.status, recording.headers, recording.body)
        assert compare_error(error, recording) == []
        assert error.request_id == recording.headers["mistral-correlation-id"]
    else:
        assert compare(decoded(recording), recording) == []


@pytest.mark.parametrize("piece", [1, 7, 64])
@pytest.mark.parametrize("recording", recording_params(*WIRE, stream=True))
def test_where_a_recording_is_cut_does_not_matter(recording: Recording, piece: int) -> None:
    assert merged(read(recording.body, piece)) == merged(read(recording.body))


# --- history

IGNORED = {
    "content '', [] or null beside tool calls": "all mean that there is no text",
    "content as one text part": "means the same as the string",
    "space inside arguments": "JSON has none that matters",
    "index of a tool call": "answers number their calls; in a request the list has an order",
    "prefix: false": "the default",
}
"""In what a recorded assistant turn may differ from ours, and why that is no difference."""

PAIRS = [
    pytest.param(reply, following, id=following.id) for reply, following in follow_ups(*WIRE)
] or [pytest.param(None, None, marks=pytest.mark.skip(reason="no recordings; CHAT_RECORDINGS"))]


@pytest.mark.parametrize(("reply", "following"), PAIRS)
def test_a_decoded_answer_goes_back_as_the_next_request_told_it(
    reply: Recording, following: Recording
) -> None:
    message = decoded(reply)
    results = [ToolMessage("x", call.id or "") for call in message.tool_calls]
    ours = turns(HumanMessage("Q"), message, *results, HumanMessage("Q"))[1]
    assert following.request is not None
    told = [turn for turn in following.request["messages"] if turn["role"] == "assistant"]
    assert meant(ours) in [meant(turn) for turn in told]


def meant(turn: dict[str, Any]) -> dict[str, Any]:
    """An assistant turn without the differences in ``IGNORED``."""
    content = turn.get("content") or ""
    if isinstance(content, list) and [part["type"] for part in content] == ["text"]:
        content = content[0]["text"]
    calls = []
    for call in turn.get("tool_calls") or []:
        function = call["function"] | {"arguments": json.loads(call["function"]["arguments"])}
        calls.append({k: v for k, v in (call | {"function": function}).items() if k != "index"})
    rest = {k: v for k, v in turn.items() if k not in ("content", "tool_calls")}
    if rest.get("prefix") is False:
        del rest["prefix"]
    return {"content": content, "tool_calls": calls, **rest}
