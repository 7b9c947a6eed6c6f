"""The rules of AG-UI as data, and what its client makes of a stream.

The fields are those of the npm package ``@ag-ui/core`` 1.0.0, the rules those that ``verifyEvents``
of ``@ag-ui/client`` 1.0.0 enforces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Wire = dict[str, Any]

_ANY: Any = object
_MESSAGE = {"messageId": str}
_CALL = {"toolCallId": str}
_RUN = {"threadId": str, "runId": str}

FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "RUN_STARTED": (_RUN, {"protocolVersion": str, "parentRunId": str, "input": dict}),
    "RUN_FINISHED": (_RUN, {"result": _ANY, "outcome": dict, "usage": list}),
    "RUN_ERROR": ({"message": str}, {"code": str, "usage": list}),
    "STEP_STARTED": ({"stepName": str}, {}),
    "STEP_FINISHED": ({"stepName": str}, {}),
    "TEXT_MESSAGE_START": (_MESSAGE, {"role": str, "name": str}),
    "TEXT_MESSAGE_CONTENT": ({**_MESSAGE, "delta": str}, {}),
    "TEXT_MESSAGE_END": (_MESSAGE, {}),
    "REASONING_START": (_MESSAGE, {}),
    "REASONING_MESSAGE_START": ({**_MESSAGE, "role": str}, {}),
    "REASONING_MESSAGE_CONTENT": ({**_MESSAGE, "delta": str}, {}),
    "REASONING_MESSAGE_END": (_MESSAGE, {}),
    "REASONING_END": (_MESSAGE, {}),
    "TOOL_CALL_START": ({**_CALL, "toolCallName": str}, {"parentMessageId": str}),
    "TOOL_CALL_ARGS": ({**_CALL, "delta": str}, {}),
    "TOOL_CALL_END": (_CALL, {}),
    "TOOL_CALL_RESULT": ({**_MESSAGE, **_CALL, "content": (str, list)}, {"role": str}),
    "STATE_SNAPSHOT": ({"snapshot": _ANY}, {}),
    "STATE_DELTA": ({"delta": list}, {}),
    "ACTIVITY_SNAPSHOT": (
        {**_MESSAGE, "activityType": str, "content": dict},
        {"replace": bool},
    ),
    "CUSTOM": ({"name": str, "value": _ANY}, {}),
}
"""Type of an event → its required and its optional fields; each may have ``metadata``."""

_OPEN = {
    "TEXT_MESSAGE_START": ("text", "messageId"),
    "REASONING_START": ("span", "messageId"),
    "REASONING_MESSAGE_START": ("reasoning", "messageId"),
    "TOOL_CALL_START": ("call", "toolCallId"),
    "STEP_STARTED": ("step", "stepName"),
}
_GO_ON = {
    "TEXT_MESSAGE_CONTENT": ("text", "messageId"),
    "REASONING_MESSAGE_CONTENT": ("reasoning", "messageId"),
    "TOOL_CALL_ARGS": ("call", "toolCallId"),
}
_CLOSE = {
    "TEXT_MESSAGE_END": ("text", "messageId"),
    "REASONING_END": ("span", "messageId"),
    "REASONING_MESSAGE_END": ("reasoning", "messageId"),
    "TOOL_CALL_END": ("call", "toolCallId"),
    "STEP_FINISHED": ("step", "stepName"),
}


def read_events(frames: Iterable[bytes]) -> list[Wire]:
    """The events in a whole stream. Fails where a frame is no event."""
    events = []
    for frame in frames:
        assert frame.startswith(b"data: "), frame
        assert frame.endswith(b"\n\n"), frame
        events.append(json.loads(frame[6:]))
    return events


def check_events(events: list[Wire], used_ids: frozenset[str] = frozenset()) -> None:
    """Fail unless ``events`` follow the rules."""
    for event in events:
        _check_fields(event)
    types = [event["type"] for event in events]
    assert types[0] == "RUN_STARTED"
    assert types.count("RUN_STARTED") == 1
    assert types[-1] in ("RUN_FINISHED", "RUN_ERROR")
    assert types.count("RUN_FINISHED") + types.count("RUN_ERROR") == 1
    _check_order(events)
    _check_ids(events, used_ids)
    pending = (events[-1].get("outcome") or {}).get("pendingToolCallIds", [])
    answered = {e["toolCallId"] for e in events if e["type"] == "TOOL_CALL_RESULT"}
    assert not answered.intersection(pending)


def _check_fields(event: Wire) -> None:
    required, optional = FIELDS[event["type"]]
    for name, cls in required.items():
        assert name in event, (event["type"], name)
        assert isinstance(event[name], cls), (event["type"], name)
    for name, value in event.items():
        if name != "type":
            allowed = {**required, **optional, "metadata": dict}[name]
            assert isinstance(value, allowed), (event["type"], name)
    assert event.get("delta", "more"), "a delta is never empty"


def _check_order(events: list[Wire]) -> None:
    is_open: set[tuple[str, str]] = set()
    for event in events:
        kind = event["type"]
        if kind in _OPEN:
            key = _key(_OPEN, event)
            assert key not in is_open
            is_open.add(key)
            if kind == "TOOL_CALL_START":
                assert not any(
                    what == "text" and f"{i}" == event.get("parentMessageId") for what, i in is_open
                )
        elif kind in _GO_ON:
            assert _key(_GO_ON, event) in is_open
        elif kind in _CLOSE:
            is_open.remove(_key(_CLOSE, event))
        elif kind == "TOOL_CALL_RESULT":
            assert ("call", event["toolCallId"]) not in is_open
    assert not is_open


def _key(table: dict[str, tuple[str, str]], event: Wire) -> tuple[str, str]:
    what, field = table[event["type"]]
    return what, event[field]


def _check_ids(events: list[Wire], used_ids: frozenset[str]) -> None:
    once = ("TOOL_CALL_START", "STEP_STARTED", "REASONING_START", "TOOL_CALL_RESULT")
    for kind in once:
        field = "messageId" if kind == "TOOL_CALL_RESULT" else _OPEN[kind][1]
        ids = [event[field] for event in events if event["type"] == kind]
        assert len(ids) == len(set(ids)), kind
        assert not used_ids.intersection(ids), kind
    calls = {e["toolCallId"] for e in events if e["type"] == "TOOL_CALL_START"}
    results = [e["toolCallId"] for e in events if e["type"] == "TOOL_CALL_RESULT"]
    assert len(results) == len(set(results))
    assert calls.issuperset(results)


def messages_of(events: list[Wire]) -> list[Wire]:
    """The messages that a client makes of ``events``, without activities, which it keeps back."""
    messages: list[Wire] = []
    for event in events:
        kind = event["type"]
        if kind == "TEXT_MESSAGE_START":
            _message(messages, event["messageId"], "assistant").setdefault("content", "")
        elif kind == "REASONING_MESSAGE_START":
            _message(messages, event["messageId"], "reasoning").setdefault("content", "")
        elif kind in ("TEXT_MESSAGE_CONTENT", "REASONING_MESSAGE_CONTENT"):
            _message(messages, event["messageId"], "")["content"] += event["delta"]
        elif kind.startswith("TOOL_CALL"):
            _apply_call(messages, event)
        if "metadata" in event and "messageId" in event and kind != "TOOL_CALL_RESULT":
            target = _message(messages, event["messageId"], "")
            target["metadata"] = {**target.get("metadata", {}), **event["metadata"]}
    return messages


def _message(messages: list[Wire], message_id: str, role: str) -> Wire:
    for message in messages:
        if message["id"] == message_id:
            return message
    messages.append({"id": message_id, "role": role})
    return messages[-1]


def _apply_call(messages: list[Wire], event: Wire) -> None:
    kind, call_id = event["type"], event["toolCallId"]
    if kind == "TOOL_CALL_START":
        message = _message(messages, event.get("parentMessageId") or call_id, "assistant")
        function = {"name": event["toolCallName"], "arguments": ""}
        call = {"id": call_id, "type": "function", "function": function}
        message.setdefault("toolCalls", []).append(call)
        return
    at, call = next(
        (at, call)
        for at, message in enumerate(messages)
        for call in message.get("toolCalls", ())
        if call["id"] == call_id
    )
    if kind == "TOOL_CALL_ARGS":
        call["function"]["arguments"] += event["delta"]
    elif kind == "TOOL_CALL_END":
        call |= {"metadata": event["metadata"]} if "metadata" in event else {}
    else:
        while at + 1 < len(messages) and messages[at + 1]["role"] == "tool":
            at += 1
        kept: Wire = {
            key: event[key] for key in ("toolCallId", "content", "metadata") if key in event
        }
        messages.insert(at + 1, {"id": event["messageId"], "role": "tool", **kept})
