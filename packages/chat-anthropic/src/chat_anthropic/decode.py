"""Anthropic's Messages wire into chunks: streams and whole answers, one decoder.

Rules of the stream:

- ``message_start``, then blocks one after the other (``content_block_start``, deltas,
  ``content_block_stop``), then ``message_delta`` with the stop reason, then ``message_stop``. Only
  a stop reason and ``message_stop`` together prove that the answer is whole.
- ``message_start`` may hold content and a stop reason already, and ``content_block_start`` may hold
  text, thinking or input; input given there counts only if no delta of it follows.
- Usage is cumulative and comes twice; the later value of a field replaces the earlier.
- A block has the number of its event, or the next free one: some servers number all blocks 0. A
  block that starts where another is open ends that one.
- A delta of text or thinking brings its text whatever block is open at its number.
- ``ping``, unknown events and unknown deltas bring nothing.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chat_core import (
    AIMessageChunk,
    Block,
    InputTokenDetails,
    MalformedResponseError,
    OutputTokenDetails,
    ReasoningBlock,
    StreamInterruptedError,
    TextBlock,
    ToolCallChunk,
    UsageMetadata,
)
from chat_core.provider import (
    ArgumentPieces,
    Decoder,
    arguments_delta,
    block_delta,
    parse_arguments,
    text_delta,
)

from .decode_blocks import SERVER_CALLS, decode_block, decode_citation
from .errors import error_in_answer
from .finish import FINISH_REASONS
from .names import PROVIDER

__all__ = ["MessagesDecoder"]

_INPUT_COUNTS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_USAGE_FACTS = (
    "service_tier",
    "speed",
    "inference_geo",
    "server_tool_use",
    "cache_creation",
    "iterations",
    "fallback_credit",
)
"""Fields of ``usage`` beside token counts; they go into ``response_metadata``."""
_ANSWER_FACTS = (
    "container",
    "context_management",
    "diagnostics",
    "input_transformations",
    # of other servers
    "citations",
    "search_results",
    "timings",
)
_TEXT_DELTAS = frozenset({"text_delta", "thinking_delta"})
_STREAMED = frozenset({"text", "thinking", "redacted_thinking"})
"""Blocks of which each delta is a chunk of its own."""


class MessagesDecoder(Decoder):
    """Decodes one answer of the Messages API.

    Args:
        names: from names of tools on the wire to those that were given, where they differ.
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = names or {}
        self._usage: dict[str, Any] = {}
        self._finish: dict[str, Any] = {}
        self._held: dict[int | None, _Held] = {}
        self._numbers: dict[int | None, int] = {}
        self._moved: dict[int | None, int] = {}
        """The numbers of the blocks that started at an index, and those that differ from it."""

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        """One event of a stream. Raises ``APIError`` for an ``error`` event."""
        kind = wire.get("type") or event
        if kind == "content_block_delta":
            return self._delta(wire)
        if kind == "content_block_start":
            return self._start_block(wire.get("content_block") or {}, wire.get("index"))
        if kind == "content_block_stop":
            return self._end_block(wire.get("index"))
        if kind == "message_start":
            return self._start(wire.get("message") or {})
        if kind == "message_delta":
            return self._end_of_message(wire)
        if kind == "message_stop":
            self.ended = True
            return None
        error = error_in_answer(wire, event)
        if error is not None:
            raise error
        if kind is None:
            raise _not_this_wire(wire)
        return None

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        """The last chunk, with the finish reason."""
        if not (self.ended or marker) or not self._finish.get("raw_finish_reason"):
            seen = "message_stop" if self.ended else "neither stop reason nor message_stop"
            if self._finish.get("raw_finish_reason"):
                seen = "a stop reason"
            raise StreamInterruptedError(
                "The stream ended without proof that the answer is whole: a stop reason and"
                f" message_stop were expected, {seen} came.",
                provider=PROVIDER,
            )
        rest = [held.rest() for held in self._held.values()]  # blocks that were never stopped
        blocks = [block for block in rest if block is not None]
        return AIMessageChunk(blocks, response_metadata=self._finish)

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        """A whole message. Raises ``APIError`` for an error body."""
        error = error_in_answer(wire)
        if error is not None:
            raise error
        if "content" not in wire:
            raise _not_this_wire(wire)
        chunk = self._start(wire)
        self._finish.setdefault("finish_reason", "other")
        chunk.response_metadata.update(self._finish)
        return chunk

    def _start(self, message: dict[str, Any]) -> AIMessageChunk:
        content = _blocks_of(message.get("content"))
        found = [decode_block(b, n, self._names) for n, b in enumerate(content) if b]
        metadata = {"model_provider": PROVIDER}
        if message.get("model"):
            metadata["model_name"] = message["model"]
        self._note_stop(message)
        return AIMessageChunk(
            [block for block in found if block is not None],
            id=message.get("id") or None,
            usage_metadata=self._take_usage(message.get("usage"), metadata),
            response_metadata=metadata | _facts(message, _ANSWER_FACTS),
        )

    def _start_block(self, block: dict[str, Any], index: int | None) -> AIMessageChunk | None:
        kind = block.get("type")
        open_block = self._held.get(self._number(index))
        if open_block is not None and open_block.is_same(block):
            return None
        ended = self._end_block(index)
        if kind is None:
            return ended  # nothing is known of the block; its deltas may tell
        number = self._take_number(index)
        if kind == "tool_use":
            self._held[number] = held = _HeldCall(block, number, self._names)
            started = held.head()
        else:
            started = decode_block(block, number)
            if kind not in _STREAMED:
                self._held[number] = _Held(block, number)
        if ended is None or started is None:
            return ended or _chunk(started)
        return AIMessageChunk((*ended.blocks, started))

    def _end_block(self, index: int | None) -> AIMessageChunk | None:
        held = self._held.pop(self._number(index), None)
        return None if held is None else _chunk(held.rest())

    def _number(self, index: int | None) -> int | None:
        return self._moved.get(index, index)

    def _take_number(self, index: int | None) -> int:
        taken = self._numbers.values()
        number = max(taken, default=-1) + 1 if index is None or index in taken else index
        if number != index:
            self._moved[index] = number
        self._numbers[len(self._numbers)] = number
        return number

    def _delta(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        delta = wire.get("delta") or {}
        index = wire.get("index")
        if self._moved:
            index = self._moved.get(index, index)
        kind = delta.get("type")
        held = self._held.get(index) if self._held else None
        if held is not None and (kind == "input_json_delta" or held.takes(kind)):
            return held.add(delta)
        if kind == "text_delta":  # the way of nearly every token
            text = delta.get("text")
            return text_delta(text, index) if text else None
        return _chunk(_decode_delta(kind, delta, index))

    def _end_of_message(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        if wire.get("error") and (error := error_in_answer(wire)):
            raise error
        delta = wire.get("delta") or {}
        self._note_stop(delta)
        metadata = _facts(wire, _ANSWER_FACTS) | _facts(delta, _ANSWER_FACTS)
        usage = self._take_usage(wire.get("usage"), metadata)
        if usage is None and not metadata:
            return None
        return AIMessageChunk("", usage_metadata=usage, response_metadata=metadata)

    def _note_stop(self, wire: dict[str, Any]) -> None:
        """Keep the stop reason for the very end: a stream cut before it must look unfinished."""
        reason = wire.get("stop_reason")
        if reason:
            self._finish["finish_reason"] = FINISH_REASONS.get(reason, "other")
            self._finish["raw_finish_reason"] = reason
        self._finish.update(_facts(wire, ("stop_sequence", "stop_details")))

    def _take_usage(
        self, wire: dict[str, Any] | None, metadata: dict[str, Any]
    ) -> UsageMetadata | None:
        """The usage after ``wire``; fields that are no token counts go into ``metadata``."""
        if not wire or not isinstance(wire, dict):
            return None
        metadata.update(_facts(wire, _USAGE_FACTS))
        usage = self._usage
        news = {key: value for key, value in wire.items() if value is not None}
        if not any(_count(news.get(key)) for key in _INPUT_COUNTS):
            # No prompt has 0 tokens: the last event of some servers counts the output alone.
            news = {k: v for k, v in news.items() if k not in _INPUT_COUNTS or k not in usage}
        usage.update(news)
        fresh, read, written = [_count(usage.get(key)) for key in _INPUT_COUNTS]
        details = usage.get("output_tokens_details")
        thinking = details.get("thinking_tokens") if isinstance(details, dict) else None
        return UsageMetadata(
            # The API counts cached tokens apart; ours are all tokens of the prompt.
            input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
            output_tokens=_count(usage.get("output_tokens")),
            input_token_details=InputTokenDetails(cache_read=read, cache_creation=written),
            output_token_details=OutputTokenDetails(reasoning=_count(thinking)),
        )


class _Held:
    """A block that is given out whole: at its start, and again at its stop if deltas changed it."""

    def __init__(self, wire: dict[str, Any], index: int | None) -> None:
        self.wire = wire
        self.index = index
        self.input: list[str] = []
        self.changed = False

    def is_same(self, block: dict[str, Any]) -> bool:
        """Whether ``block`` is the start of this block once more."""
        return not self.changed and not self.input and self.wire == block

    def takes(self, kind: str | None) -> bool:
        """Whether a delta of this kind belongs to the block, and not to a text beside it."""
        return kind not in _TEXT_DELTAS or self.wire.get("type") not in SERVER_CALLS

    def add(self, delta: dict[str, Any]) -> AIMessageChunk | None:
        """Take a delta in. One of an unknown kind names the fields it continues."""
        if delta.get("type") == "input_json_delta":
            self.input.append(_as_text(delta.get("partial_json")))
            return None
        news = {key: value for key, value in delta.items() if key != "type" and value is not None}
        if news and self.wire.get("type") not in SERVER_CALLS:
            # The chunk of the start holds the wire as it was, so it is not changed in place.
            self.wire = {**self.wire, **{k: self._grown(k, v) for k, v in news.items()}}
            self.changed = True
        return None

    def _grown(self, key: str, value: Any) -> Any:
        before = self.wire.get(key)
        return before + value if isinstance(before, str) and isinstance(value, str) else value

    def rest(self) -> Block | None:
        """The block as its deltas left it; ``None`` if they changed nothing."""
        text = "".join(self.input)
        if text:
            try:
                self.wire = {**self.wire, "input": parse_arguments(text)}
            except ValueError:  # cut off: nothing is sent back of it
                self.wire = {**self.wire, "partial_input": text}
        elif not self.changed:
            return None
        return decode_block(self.wire, self.index)


class _HeldCall(_Held):
    """A call of the caller's tool: its input streams; what the start held is a fallback."""

    def __init__(self, wire: dict[str, Any], index: int | None, names: Mapping[str, str]) -> None:
        super().__init__(wire, index)
        self._names = names
        self._pieces = ArgumentPieces()

    def head(self) -> Block | None:
        """The call's name and id."""
        return decode_block({**self.wire, "input": None}, self.index, self._names)

    def takes(self, kind: str | None) -> bool:
        return kind not in _TEXT_DELTAS

    def add(self, delta: dict[str, Any]) -> AIMessageChunk | None:
        text = delta.get("partial_json") if delta.get("type") == "input_json_delta" else None
        if text.__class__ is not str:
            text = _as_text(text)
        if not (text and self._pieces.add(text)):
            text = self._pieces.take(text)
        if not text:
            return None
        self.changed = True
        return arguments_delta(text, self.index)

    def rest(self) -> Block | None:
        held = self._pieces.rest()
        if self.changed or not self.wire.get("input"):
            return ToolCallChunk(args=held, index=self.index) if held else None
        return self._given()

    def _given(self) -> Block | None:
        return decode_block({"type": "tool_use", "input": self.wire["input"]}, self.index)


def _decode_delta(kind: str | None, delta: dict[str, Any], index: int | None) -> Block | None:
    """A delta of thinking, a citation, or one of a call whose start was not seen."""
    if kind == "thinking_delta":
        text = delta.get("thinking")
        return ReasoningBlock(text, index=index) if text else None
    if kind == "signature_delta":
        signature = delta.get("signature")
        extras = {"signature": signature}
        return ReasoningBlock("", index=index, extras=extras) if signature else None
    if kind == "citations_delta" and delta.get("citation"):
        return TextBlock("", (decode_citation(delta["citation"]),), index=index)
    if kind == "input_json_delta" and delta.get("partial_json"):
        return ToolCallChunk(args=delta["partial_json"], index=index)
    return None


def _blocks_of(content: Any) -> list[Any]:
    """The blocks of a whole answer; text and one block alone are a list of one."""
    each = content if isinstance(content, list) else [content] if content else []
    return [{"type": "text", "text": b} if isinstance(b, str) else b for b in each]


def _as_text(arguments: Any) -> str:
    """A piece of arguments as JSON text; some servers send the object itself."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments, ensure_ascii=False)


def _count(value: Any) -> int | None:
    """A count of tokens; some servers write it as text or as a float."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and value >= 0 else None


def _chunk(block: Block | None) -> AIMessageChunk | None:
    return None if block is None else block_delta(block)


def _facts(wire: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: wire[name] for name in names if wire.get(name) is not None}


def _not_this_wire(wire: dict[str, Any]) -> MalformedResponseError:
    hint = ""
    if "choices" in wire:
        hint = " It looks like OpenAI's Chat Completions: is base_url another vendor's?"
    return MalformedResponseError(
        f"Expected Anthropic's Messages format.{hint}", wire=repr(wire), provider=PROVIDER
    )
