"""The rules of Vercel's UI message stream as data, and what its client makes of a stream.

The fields are those of the npm package ``ai`` 7.0.173 (``uiMessageChunkSchema``), the rules those
that its reader enforces, and those of its documentation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Wire = dict[str, Any]

_ANY: Any = object
_FACTS = {"providerMetadata": dict}
_CALL = {"providerExecuted": bool, **_FACTS, "dynamic": bool, "title": str, "toolMetadata": dict}

FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "start": ({}, {"messageId": str, "messageMetadata": _ANY}),
    "start-step": ({}, {}),
    "text-start": ({"id": str}, _FACTS),
    "text-delta": ({"id": str, "delta": str}, _FACTS),
    "text-end": ({"id": str}, _FACTS),
    "reasoning-start": ({"id": str}, _FACTS),
    "reasoning-delta": ({"id": str, "delta": str}, _FACTS),
    "reasoning-end": ({"id": str}, _FACTS),
    "tool-input-start": ({"toolCallId": str, "toolName": str}, _CALL),
    "tool-input-delta": ({"toolCallId": str, "inputTextDelta": str}, {}),
    "tool-input-available": ({"toolCallId": str, "toolName": str, "input": _ANY}, _CALL),
    "tool-input-error": (
        {"toolCallId": str, "toolName": str, "input": _ANY, "errorText": str},
        _CALL,
    ),
    "tool-output-available": ({"toolCallId": str, "output": _ANY}, _CALL),
    "tool-output-error": ({"toolCallId": str, "errorText": str}, _CALL),
    "source-url": ({"sourceId": str, "url": str}, {"title": str, **_FACTS}),
    "source-document": (
        {"sourceId": str, "mediaType": str, "title": str},
        {"filename": str, **_FACTS},
    ),
    "file": ({"url": str, "mediaType": str}, _FACTS),
    "error": ({"errorText": str}, {}),
    "finish-step": ({}, {}),
    "finish": ({}, {"finishReason": str, "messageMetadata": _ANY}),
    "abort": ({}, {"reason": str}),
}
"""Type of a part → its required and its optional fields."""

DATA_FIELDS = ({"data": _ANY}, {"id": str, "transient": bool})

FINISH_REASONS = {"stop", "length", "content-filter", "tool-calls", "error", "other"}


def read_parts(frames: Iterable[bytes]) -> list[Wire]:
    """The parts in a whole stream. Fails where a frame is no event, or the last is not [DONE]."""
    texts = []
    for frame in frames:
        assert frame.startswith(b"data: "), frame
        assert frame.endswith(b"\n\n"), frame
        texts.append(frame[6:-2].decode())
    assert texts[-1] == "[DONE]"
    return [json.loads(text) for text in texts[:-1]]


def check_parts(parts: list[Wire]) -> None:
    """Fail unless ``parts`` follow the rules."""
    for part in parts:
        _check_fields(part)
    types = [part["type"] for part in parts]
    assert types[0] == "start"
    assert types.count("start") == 1
    assert types[-1] in ("finish", "abort")
    assert types.count("finish") + types.count("abort") == 1
    assert types.count("error") <= 1
    state = _State()
    for part in parts:
        state.take(part)
    state.check_end()


def _check_fields(part: Wire) -> None:
    kind = part["type"]
    required, optional = DATA_FIELDS if kind.startswith("data-") else FIELDS[kind]
    for name, cls in required.items():
        assert name in part, (kind, name)
        assert isinstance(part[name], cls), (kind, name)
    for name, value in part.items():
        assert name == "type" or isinstance(value, (required | optional)[name]), (kind, name)
    if kind == "finish":
        assert part["finishReason"] in FINISH_REASONS
    for name in ("delta", "inputTextDelta"):
        assert part.get(name, "more"), "a delta is never empty"


class _State:
    def __init__(self) -> None:
        self.in_step = False
        self.open: set[tuple[str, str]] = set()
        self.ids: set[tuple[str, str]] = set()
        self.calls: dict[str, str] = {}
        self.sources: set[str] = set()

    def take(self, part: Wire) -> None:
        kind = part["type"]
        if kind == "start-step":
            assert not self.in_step
            assert not self.open
            self.in_step = True
        elif kind == "finish-step":
            assert self.in_step
            assert not self.open
            self.in_step = False
        elif kind.startswith(("text-", "reasoning-")):
            of, what = kind.split("-")
            self._take_text(of, what, part["id"])
        elif kind.startswith("tool-"):
            self._take_call(kind, part)
        elif kind.startswith("source-"):
            assert part["sourceId"] not in self.sources
            self.sources.add(part["sourceId"])

    def _take_text(self, kind: str, what: str, part_id: str) -> None:
        assert self.in_step
        key = (kind, part_id)
        if what == "start":
            assert key not in self.ids
            self.ids.add(key)
            self.open.add(key)
        else:
            assert key in self.open
        if what == "end":
            self.open.remove(key)

    def _take_call(self, kind: str, part: Wire) -> None:
        assert self.in_step
        state = self.calls.get(part["toolCallId"])
        before, after = {
            "tool-input-start": (None, "streaming"),
            "tool-input-delta": ("streaming", "streaming"),
            "tool-input-available": ("streaming", "available"),
            "tool-input-error": ("streaming", "done"),
            "tool-output-available": ("available", "done"),
            "tool-output-error": ("available", "done"),
        }[kind]
        assert state == before, (kind, state)
        self.calls[part["toolCallId"]] = after

    def check_end(self) -> None:
        assert not self.in_step
        assert not self.open
        assert "streaming" not in self.calls.values()


def message_of(parts: list[Wire]) -> Wire:
    """The ``UIMessage`` that a client makes of ``parts``."""
    message: Wire = {"id": "client-1", "role": "assistant", "parts": []}
    by_id: dict[str, Wire] = {}
    for part in parts:
        kind = part["type"]
        if kind == "start":
            message["id"] = part.get("messageId", message["id"])
        elif kind == "start-step":
            message["parts"].append({"type": "step-start"})
        elif kind.startswith(("text-", "reasoning-")):
            _apply_text(message, by_id, part)
        elif kind.startswith("tool-"):
            _apply_call(message, by_id, part)
        elif kind.startswith(("data-", "source-")) or kind == "file":
            message["parts"].append(part)
        if "messageMetadata" in part:
            message["metadata"] = {**message.get("metadata", {}), **part["messageMetadata"]}
    return message


def _apply_text(message: Wire, by_id: dict[str, Wire], part: Wire) -> None:
    kind, what = part["type"].split("-")
    if what == "start":
        by_id[part["id"]] = {"type": kind, "text": "", "state": "streaming"}
        message["parts"].append(by_id[part["id"]])
    elif what == "delta":
        by_id[part["id"]]["text"] += part["delta"]
    else:
        by_id[part["id"]]["state"] = "done"
        if "providerMetadata" in part:
            by_id[part["id"]]["providerMetadata"] = part["providerMetadata"]


def _apply_call(message: Wire, by_id: dict[str, Wire], part: Wire) -> None:
    kind, call_id = part["type"], part["toolCallId"]
    if kind == "tool-input-start":
        call = {"type": f"tool-{part['toolName']}", "toolCallId": call_id}
        by_id[call_id] = call
        message["parts"].append(call)
    call = by_id[call_id]
    call["state"] = {
        "tool-input-start": "input-streaming",
        "tool-input-delta": "input-streaming",
        "tool-input-available": "input-available",
        "tool-input-error": "output-error",
        "tool-output-available": "output-available",
        "tool-output-error": "output-error",
    }[kind]
    is_result = kind.startswith("tool-output")
    for name in ("input", "output", "errorText", "providerExecuted"):
        if name in part:
            call[name] = part[name]
    if "providerMetadata" in part:
        place = "resultProviderMetadata" if is_result else "callProviderMetadata"
        call[place] = part["providerMetadata"]
