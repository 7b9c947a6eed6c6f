"""Converse's wire into chunks: streams of events and whole answers, one decoder.

Rules of the stream:

- A frame's name is its ``:event-type``: ``messageStart``, then blocks (``contentBlockStart``,
  ``contentBlockDelta``, ``contentBlockStop``), then ``messageStop`` with the stop reason, then
  ``metadata`` with the usage. ``messageStop`` proves that the answer is whole; what follows it is
  read as far as ``metadata``, and an answer without it is one whose usage is not known.
- Only calls, results and images have a start; text and reasoning begin with their first delta.
- A block has the number of its event, or the next free one where the number is taken: a block that
  starts, or a delta of another kind, at a number in use is a new block.
- Signatures, sealed reasoning and images may come in pieces, each in base64 of its own.
- An exception is a frame named ``exception:…``, an error that the service does not declare one
  named ``error:…``.
- An event without a name that holds one known event (``{"contentBlockDelta": {…}}``, as SDKs and
  gateways write it) is that event. Unknown events, and fields such as ``p``, bring nothing.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from chat_core import (
    AIMessageChunk,
    Block,
    InputTokenDetails,
    MalformedResponseError,
    ReasoningBlock,
    StreamInterruptedError,
    TextBlock,
    ToolCallChunk,
    UsageMetadata,
)
from chat_core.provider import (
    ArgumentPieces,
    BinaryFraming,
    Decoder,
    Framing,
    arguments_delta,
    block_delta,
    parse_arguments,
    text_delta,
)

from .decode_blocks import (
    SERVER_TOOL,
    decode_block,
    decode_citation,
    decode_media,
    server_call,
    server_result,
)
from .errors import error_in_answer, error_in_frame
from .finish import finish_reason
from .names import PROVIDER

__all__ = ["ConverseDecoder"]

_INPUT_COUNTS = ("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
_FACTS = ("metrics", "trace", "performanceConfig", "serviceTier", "additionalModelResponseFields")
"""Fields of an answer that go into ``response_metadata`` under their names."""


class ConverseDecoder(Decoder):
    """Decodes one answer.

    Args:
        model: the id that was asked for; the wire does not name the model that answers.
        names: from names of tools on the wire to those that were given, where they differ.
    """

    framing: ClassVar[type[Framing]] = BinaryFraming

    def __init__(self, model: str = "", names: Mapping[str, str] | None = None) -> None:
        self._model = model
        self._names = names or {}
        self._finish: dict[str, Any] = {}
        self._has_begun = False
        self._has_calls = False
        self._open: dict[int | None, tuple[str, int]] = {}
        """The kind and the number of the block that is open at an index."""
        self._count = 0
        self._taken: set[int] = set()
        self._held: dict[int, _Call | _Held] = {}
        self._seals: dict[int, _Seal] = {}
        self._events: dict[str, Callable[[dict[str, Any]], AIMessageChunk | None]] = {
            "contentBlockDelta": self._delta,
            "contentBlockStart": self._start_block,
            "contentBlockStop": self._end_block,
            "messageStart": self._start,
            "messageStop": self._stop,
            "metadata": self._metadata,
        }

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        """One event of a stream. Raises ``APIError`` for an exception."""
        if event == "contentBlockDelta":  # nearly every event
            return self._delta(wire)
        if event is None:
            event, wire = self._named(wire)
            if not event:
                return None
        read = self._events.get(event)
        if read is not None:
            return read(wire)
        if event.startswith(("exception:", "error:")) or event.endswith("Exception"):
            raise error_in_frame(event if ":" in event else f":{event}", wire)
        return None

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        """The last chunk, with the finish reason."""
        raw = self._finish.get("raw_finish_reason")
        if not raw:
            raise StreamInterruptedError(
                "The stream ended without proof that the answer is whole: messageStop was"
                " expected.",
                provider=PROVIDER,
            )
        rest = [held.rest(number) for number, held in self._held.items()]
        self._finish["finish_reason"] = finish_reason(raw, has_calls=self._has_calls)
        blocks = [block for block in rest if block is not None]
        return AIMessageChunk(blocks, response_metadata=self._finish)

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        """A whole answer. Raises ``APIError`` for an error body."""
        output = wire.get("output")
        message = output.get("message") if isinstance(output, dict) else None
        if not isinstance(message, dict):
            error = error_in_answer(wire)
            raise error if error is not None else _not_this_wire(wire)
        content = message.get("content") or ()
        found = [
            decode_block(part, number, self._names)
            for number, part in enumerate(content)
            if isinstance(part, dict)
        ]
        blocks = [block for block in found if block is not None]
        raw = wire.get("stopReason") or ""
        calls = any(isinstance(block, ToolCallChunk) for block in blocks)
        finish = {"finish_reason": finish_reason(raw, has_calls=calls), "raw_finish_reason": raw}
        return AIMessageChunk(
            blocks,
            usage_metadata=_usage(wire.get("usage")),
            response_metadata={
                **self._origin(),
                **_facts(wire),
                **(finish if raw else {"finish_reason": "other"}),
            },
        )

    # --- events

    def _named(self, wire: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The event that an object without a name holds; no name for one that is to be ignored."""
        for name, value in wire.items():
            if isinstance(value, dict) and (name in self._events or name.endswith("Exception")):
                return name, value
        error = error_in_answer(wire)
        if error is not None:
            raise error
        if not self._has_begun:
            raise _not_this_wire(wire)
        return "", wire

    def _start(self, wire: dict[str, Any]) -> AIMessageChunk:
        self._has_begun = True
        return AIMessageChunk("", response_metadata=self._origin())

    def _origin(self) -> dict[str, Any]:
        origin = {"model_provider": PROVIDER}
        return {**origin, "model_name": self._model} if self._model else origin

    def _stop(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        """Keep the stop reason for the very end: a stream cut before it must look unfinished."""
        self._finish.update(self._origin())
        self._finish["raw_finish_reason"] = wire.get("stopReason") or "unknown"
        self._finish.update(_facts(wire))
        return None

    def _metadata(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        self.ended = bool(self._finish)
        usage, facts = _usage(wire.get("usage")), _facts(wire)
        if usage is None and not facts:
            return None
        return AIMessageChunk("", usage_metadata=usage, response_metadata=facts)

    # --- blocks

    def _number(self, index: int | None, kind: str) -> int:
        """The number of the block of ``kind`` that is open at ``index``, or of a new one."""
        if index.__class__ is not int:
            index = None
        known = self._open.get(index)
        if known is not None and known[0] == kind:
            return known[1]
        is_free = index is not None and index not in self._taken
        number = index if is_free and index is not None else max(self._taken, default=-1) + 1
        self._taken.add(number)
        self._open[index] = kind, number
        return number

    def _start_block(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        index = wire.get("contentBlockIndex")
        ended = self._end_block(wire)
        start = wire.get("start")
        for kind, value in (start if isinstance(start, dict) else {}).items():
            if kind not in ("toolUse", "toolResult", "image") or not isinstance(value, dict):
                continue
            started = self._held_block(kind, value, self._number(index, kind))
            if started is not None:
                return AIMessageChunk([*(ended.blocks if ended else ()), started])
        return ended

    def _held_block(self, kind: str, wire: dict[str, Any], number: int) -> Block | None:
        """Hold a block until its end; returns what of it is known already."""
        if kind != "toolUse" or wire.get("type") == SERVER_TOOL:
            self._held[number] = _Held(kind, wire)
            return None
        self._has_calls = True
        self._held[number] = _Call()
        return decode_block({kind: wire}, number, self._names)

    def _end_block(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        index = wire.get("contentBlockIndex")
        _, number = self._open.pop(index if index.__class__ is int else None, ("", -1))
        held = self._held.pop(number, None)
        block = held.rest(number) if held is not None else None
        return None if block is None else block_delta(block)

    def _delta(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        delta = wire.get("delta") or {}
        index = wire.get("contentBlockIndex")
        text = delta.get("text")
        if text:
            return text_delta(text, self._number(index, "text"))
        for kind, value in delta.items():
            if kind == "toolUse" and isinstance(value, dict):
                return self._arguments(value.get("input"), index)
            if kind == "reasoningContent" and isinstance(value, dict):
                return self._reasoning(value, index)
            if kind == "citation" and isinstance(value, dict):
                block = TextBlock("", (decode_citation(value),), index=self._number(index, "text"))
                return block_delta(block)
            if kind in ("toolResult", "image") and value:
                self._hold(kind, value, index)
        return None

    def _arguments(self, given: Any, index: int | None) -> AIMessageChunk | None:
        number = self._number(index, "toolUse")
        held = self._held.get(number)
        if held is None:  # its start was not seen
            self._has_calls = True
            held = self._held[number] = _Call()
        text = given if isinstance(given, str) else json.dumps(given) if given else ""
        if isinstance(held, _Held):
            held.pieces.append(text)
            return None
        text = held.add(text)
        return arguments_delta(text, number) if text else None

    def _reasoning(self, wire: dict[str, Any], index: int | None) -> AIMessageChunk | None:
        number = self._number(index, "reasoning")
        text = wire.get("text") or ""
        extras: dict[str, Any] = {}
        if wire.get("signature") or wire.get("redactedContent"):
            extras = self._seals.setdefault(number, _Seal()).add(wire)
        if not (text or extras):
            return None
        return block_delta(ReasoningBlock(text, index=number, extras=extras))

    def _hold(self, kind: str, value: Any, index: int | None) -> None:
        number = self._number(index, kind)
        held = self._held.setdefault(number, _Held(kind, {}))
        if isinstance(held, _Held):
            held.pieces.append(value)


class _Call:
    """A call of the caller's tool, whose arguments are given out as they come."""

    def __init__(self) -> None:
        self._pieces = ArgumentPieces()

    def add(self, text: str) -> str:
        """What of ``text``, more of the arguments, is to be given out."""
        return text if text and self._pieces.add(text) else self._pieces.take(text)

    def rest(self, number: int) -> Block | None:
        held = self._pieces.rest()
        return ToolCallChunk(args=held, index=number) if held else None


class _Held:
    """A block that is given out whole at its end: a server tool's call or result, an image."""

    def __init__(self, kind: str, wire: Mapping[str, Any]) -> None:
        self.kind = kind
        self.wire = wire
        self.pieces: list[Any] = []

    def rest(self, number: int) -> Block | None:
        """The block."""
        if self.kind == "toolResult":
            parts = [p for piece in self.pieces for p in (piece if isinstance(piece, list) else ())]
            return server_result({**self.wire, "content": parts}, number)
        if self.kind == "toolUse":
            return self._server_call(number)
        sources = [piece.get("source") for piece in self.pieces if isinstance(piece, dict)]
        data = [s["bytes"] for s in sources if isinstance(s, dict) and s.get("bytes")]
        merged = {key: value for piece in self.pieces for key, value in piece.items()}
        if data:
            merged["source"] = {"bytes": _joined(data)}
        return decode_media(self.kind, {**self.wire, **merged}, number)

    def _server_call(self, number: int) -> Block:
        text = "".join(self.pieces)
        try:
            return server_call(self.wire, parse_arguments(text), number)
        except ValueError:  # cut off: nothing is sent back of it
            return server_call(self.wire, {}, number, {"partial_input": text})


class _Seal:
    """The signature or the sealed content of one reasoning block, as far as it has come."""

    def __init__(self) -> None:
        self._signature = ""
        self._sealed: list[str] = []

    def add(self, wire: Mapping[str, Any]) -> dict[str, Any]:
        """The extras of the block after this delta."""
        self._signature += wire.get("signature") or ""
        if wire.get("redactedContent"):
            self._sealed.append(wire["redactedContent"])
        extras = {"signature": self._signature} if self._signature else {}
        return {**extras, "redactedContent": _joined(self._sealed)} if self._sealed else extras


def _joined(pieces: list[str]) -> str:
    """Pieces of base64, each encoded by itself, as one."""
    if len(pieces) == 1:
        return pieces[0]
    return b64encode(b"".join(map(b64decode, pieces))).decode("ascii")


def _usage(wire: Any) -> UsageMetadata | None:
    if not wire or not isinstance(wire, dict):
        return None
    fresh, read, written = [_tokens(wire.get(key)) for key in _INPUT_COUNTS]
    # Tokens of the cache are counted apart; ours are all tokens of the prompt.
    given = None if fresh is None else fresh + (read or 0) + (written or 0)
    made = _tokens(wire.get("outputTokens"))
    return UsageMetadata(
        input_tokens=given,
        output_tokens=made,
        total_tokens=None if given is None or made is None else given + made,
        input_token_details=InputTokenDetails(cache_read=read, cache_creation=written),
    )


def _tokens(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and value >= 0 else None


def _facts(wire: Mapping[str, Any]) -> dict[str, Any]:
    return {name: wire[name] for name in _FACTS if wire.get(name) is not None}


def _not_this_wire(wire: dict[str, Any]) -> MalformedResponseError:
    hint = ""
    if "choices" in wire:
        hint = " It looks like OpenAI's Chat Completions: is base_url another vendor's?"
    return MalformedResponseError(
        f"Expected an answer of Converse.{hint}", wire=repr(wire), provider=PROVIDER
    )
