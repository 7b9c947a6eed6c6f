"""Chat Completions wire objects in, chunks out; what differs between servers is in the ``Dialect``.

One decoder serves streams (``feed`` … ``finish``) and whole answers (``reply``): a delta and a
message have the same fields. Rules:

- One choice alone is read, the first that comes.
- ``null``, ``""`` and a missing field mean the same.
- Id, model and provider go out once, other facts of the answer when they change, usage whenever it
  comes (it is a snapshot).
- Text, reasoning and refusal are one block each (index 0): a merged stream equals the reply.
- A frame with the whole message after deltas (MiniMax) repeats them: of the message only what no
  delta brought is read (``received.py``).
- The answer is whole when a finish reason or ``[DONE]`` has come. ``[DONE]`` alone: ``other``.
- What belongs to the answer but is known only at its end (ids for calls without one, custom tool
  calls, signatures of reasoning) goes out with ``finish``.
- Nothing that arrives is dropped: parts of unknown types are blocks (``content_parts.py``), unknown
  fields are in ``response_metadata`` (``facts.py``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chat_core import (
    AIMessageChunk,
    AudioBlock,
    Block,
    ImageBlock,
    MalformedResponseError,
    NonStandardBlock,
    RefusalBlock,
    StreamInterruptedError,
    TextBlock,
)
from chat_core.provider import Decoder, block_delta, text_delta

from .content_parts import read_citations, read_image, read_part
from .entries import entries
from .errors import error_in_answer, find_error
from .facts import (
    ANSWER_FIELDS,
    CHOICE_FIELDS,
    RARE_FIELDS,
    STEADY_FIELDS,
    USUAL_FIELDS,
    MessageFacts,
    holds_something,
    tells_nothing,
)
from .logprobs import choice_logprobs
from .reasoning import REASONING_PARTS, ReasoningReader
from .received import Received
from .tool_deltas import ToolDeltas
from .usage import read_usage

if TYPE_CHECKING:
    from .dialect import Dialect

__all__ = ["CompletionsDecoder"]

_NO_CHOICE: dict[str, Any] = {}
_UNSEEN = object()

_CHOICE_FIELDS = CHOICE_FIELDS - {"error"}

# The sets of fields of a dialect: the same for each answer.


@cache
def _frame_fields(padding: frozenset[str]) -> frozenset[str]:
    return (ANSWER_FIELDS - {"error"}) | STEADY_FIELDS | padding


@cache
def _usual_fields(reasoning: tuple[str, ...]) -> frozenset[str]:
    return USUAL_FIELDS.union(reasoning)


@cache
def _read_fields(usual: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    return usual | RARE_FIELDS | other


class CompletionsDecoder(Decoder):
    """Decodes one answer of a server that speaks ``dialect``.

    ``audio_format`` is what the request asked for (``"wav"``), because answers do not say it.
    """

    def __init__(self, dialect: Dialect, *, audio_format: str | None = None) -> None:
        self._dialect = dialect
        self._audio_format = audio_format
        self._introduced = False
        self._id: str | None = None
        self._model: str | None = None
        self._created: Any = ""
        self._facts: dict[str, Any] = {}
        self._finished = False
        self._refused = False
        self._candidate: Any = _UNSEEN
        self._has_deltas = False
        self._foreign: dict[str, Any] = {}
        """The latest object of a stream that is no part of a Chat Completions answer."""
        self._has_text = False
        self._received = Received()
        self._texts = self._received.texts
        self._images = 0
        self._calls = ToolDeltas()
        self._reasoning = ReasoningReader(dialect.reasoning_fields)
        self._frame_fields = _frame_fields(dialect.padding_fields)
        self._usual = _usual_fields(dialect.reasoning_fields)
        self._read_fields = _read_fields(self._usual, dialect.other_fields)
        self._message_facts = MessageFacts()
        self._custom_calls: dict[int, dict[str, Any]] = {}
        self._extra_content: dict[str, Any] | None = None

    # --- a stream

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        """One object of a stream as at most one chunk."""
        try:
            # The way of nearly every token: an object that brings a delta and nothing else.
            choice = wire["choices"][0]
            delta = choice["delta"]
            is_plain = (
                delta
                and self._introduced
                and choice.get("finish_reason") is None
                and wire.get("usage") is None
                and choice.get("logprobs") is None
                and choice.get("index") == self._candidate
                and (self._frame_fields.issuperset(wire) or self._is_known(wire))
                and (_CHOICE_FIELDS.issuperset(choice) or self._is_known_choice(choice))
            )
            is_text = (
                is_plain
                and self._has_text
                and (len(delta) == 1 or (len(delta) == 2 and "role" in delta))
            )
            text = delta.get("content") if is_text else None
        except (LookupError, TypeError, AttributeError):
            is_plain = text = delta = None
        if text and text.__class__ is str:
            self._texts.append(text)
            return text_delta(text, 0)
        if not is_plain:
            return self._read(wire, event)
        calls = delta.get("tool_calls") if len(delta) == 1 else None
        if calls.__class__ is list and len(calls) == 1 and calls[0]:
            chunk = self._calls.more(calls[0])
            if chunk is not None:
                return chunk
        blocks = self._blocks(delta)
        if len(blocks) == 1:
            return block_delta(blocks[0])
        return AIMessageChunk(blocks) if blocks else None

    def _is_known(self, wire: dict[str, Any]) -> bool:
        return tells_nothing(wire, self._frame_fields, self._facts)

    def _is_known_choice(self, choice: dict[str, Any]) -> bool:
        return tells_nothing(choice, _CHOICE_FIELDS, self._facts)

    def _read(self, wire: dict[str, Any], event: str | None) -> AIMessageChunk | None:
        self._raise_error(find_error(wire, event) or self._dialect.error(wire))
        choice = self._first_choice(wire)
        delta = choice.get("delta")
        whole = False
        if delta is None and isinstance(choice.get("text"), str):
            delta = {"content": choice["text"]}  # a frame of the older Completions API
        elif delta is None and choice.get("message"):
            delta = choice["message"]
            is_chunk = wire.get("object") == "chat.completion.chunk"
            whole = not is_chunk or (self._has_deltas and self._received.is_repeated_by(delta))
            if whole:
                delta = self._received.unsent(delta, self._dialect.reasoning_fields)
        self._has_deltas = self._has_deltas or choice.get("delta") is not None
        chunk = AIMessageChunk(self._blocks(delta, whole=whole) if delta else ())
        self._add_facts(chunk, wire, choice)
        self._raise_error(choice.get("error"))
        if choice is _NO_CHOICE and not wire.get("object") and chunk.usage_metadata is None:
            self._foreign = wire
        return chunk if holds_something(chunk) else None

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        """The end of the stream. Raises ``StreamInterruptedError`` if nothing proved it whole."""
        if not (self._finished or marker):
            raise StreamInterruptedError(
                "The stream ended without a finish reason and without [DONE].",
                provider=self._dialect.provider,
            )
        if not self._finished and self._candidate is _UNSEEN:
            raise MalformedResponseError(
                "The stream ended, and none of its events was a Chat Completions answer. Is"
                " base_url right?",
                wire=str(self._foreign or ""),
                provider=self._dialect.provider,
            )
        if not self._finished and self._foreign:
            raise MalformedResponseError(
                "The stream ended without a finish reason, and not every event was a part of a Chat"
                " Completions answer.",
                wire=str(self._foreign),
                provider=self._dialect.provider,
            )
        chunk = AIMessageChunk()
        self._end(chunk)
        return chunk if holds_something(chunk) else None

    # --- a whole answer

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        """A whole answer as one chunk."""
        self._raise_error(find_error(wire) or self._dialect.error(wire))
        choice = self._first_choice(wire)
        self._raise_error(choice.get("error"))
        message = choice.get("message") or choice.get("delta")
        if not message and isinstance(choice.get("text"), str):
            message = {"content": choice["text"]}  # an answer of the older Completions API
        if not message and not choice.get("finish_reason"):
            raise MalformedResponseError(
                "The JSON is not a Chat Completions answer: it has no message. Is base_url right?",
                wire=str(wire),
                provider=self._dialect.provider,
            )
        chunk = AIMessageChunk(self._blocks(message, whole=True) if message else ())
        self._add_facts(chunk, wire, choice)
        self._end(chunk)
        return chunk

    def _raise_error(self, error: Any) -> None:
        if error:
            raise error_in_answer(error, self._dialect)

    # --- blocks

    def _blocks(self, delta: dict[str, Any], *, whole: bool = False) -> list[Block]:
        """The blocks of one delta or message, in the order in which they are meant to be read."""
        calls = delta.get("tool_calls")
        # More of a call's arguments mostly comes alone.
        blocks = [] if calls and len(delta) == 1 else self._content(delta)
        if whole and "tool_calls" in self._received.fields:
            return blocks + self._calls.read_again(entries(calls))
        if not whole:
            self._received.add(delta)
        for call in entries(calls):
            if call.get("custom") and not call.get("function"):
                self._add_custom(call)
            else:
                blocks.append(self._calls.read(call, whole=whole))
        return blocks

    def _content(self, delta: dict[str, Any]) -> list[Block]:
        """The blocks of one delta or message, its tool calls apart."""
        blocks: list[Block] = []
        reasoning = self._reasoning.read(delta)
        if reasoning is not None:
            blocks.append(reasoning)
        content = delta.get("content")
        if content:
            if content.__class__ is str:
                self._has_text = True
                self._received.texts.append(content)
                blocks.append(TextBlock(content, index=0))
            else:
                blocks += self._content_parts(content)
        if not self._usual.issuperset(delta):
            blocks += self._rare_blocks(delta)
        return blocks

    def _rare_blocks(self, delta: dict[str, Any]) -> list[Block]:
        blocks: list[Block] = []
        if delta.get("refusal"):
            self._refused = True
            blocks.append(RefusalBlock(delta["refusal"], index=0))
        citations = read_citations(delta.get("annotations"))
        if citations:
            blocks.append(TextBlock("", citations, index=0))
        elif delta.get("annotations"):
            self._message_facts.add({"annotations": delta["annotations"]}, frozenset())
        blocks += self._media(delta)
        if delta.get("function_call") and not delta.get("tool_calls"):
            legacy = self._calls.read_legacy(delta["function_call"])
            if legacy is not None:
                blocks.append(legacy)
        if delta.get("extra_content"):
            self._extra_content = delta["extra_content"]
        if not self._dialect.other_fields.isdisjoint(delta):
            blocks += self._dialect.other_blocks(delta)
        self._message_facts.add(delta, self._read_fields)
        return blocks

    def _content_parts(self, parts: Any) -> list[Block]:
        """The parts of a ``content`` that is no string: a list, or one part alone."""
        blocks: list[Block] = []
        for part in parts if isinstance(parts, list) else [parts]:
            block: Block | None
            if isinstance(part, dict) and part.get("type") in REASONING_PARTS:
                block = self._reasoning.read_part(part)
            else:
                block = read_part(part, self._images)
            self._has_text = self._has_text or block.__class__ is TextBlock
            self._images += block.__class__ is ImageBlock
            self._refused = self._refused or block.__class__ is RefusalBlock
            if block is not None:
                blocks.append(block)
        return blocks

    def _add_custom(self, wire: dict[str, Any]) -> None:
        """A call of a custom tool, whose input is free text: kept as it is for the caller."""
        key = wire.get("index")
        call = self._custom_calls.setdefault(
            len(self._custom_calls) if key is None else key,
            {"type": "custom", "id": None, "custom": {"name": None, "input": ""}},
        )
        custom = wire.get("custom") or {}
        call["id"] = call["id"] or wire.get("id")
        call["custom"]["name"] = call["custom"]["name"] or custom.get("name")
        call["custom"]["input"] += custom.get("input") or ""

    def _media(self, delta: dict[str, Any]) -> list[Block]:
        blocks: list[Block] = []
        audio = delta.get("audio")
        if isinstance(audio, dict) and any(audio.values()):
            extras = {name: audio[name] for name in ("id", "expires_at") if audio.get(name)}
            mime_type = f"audio/{self._audio_format}" if self._audio_format else None
            blocks.append(
                AudioBlock(
                    base64=audio.get("data") or "",
                    mime_type=mime_type,
                    transcript=audio.get("transcript"),
                    index=0,
                    extras=extras,
                )
            )
        images = delta.get("images")
        for image in images if isinstance(images, list) else [images]:
            part = {"url": image} if isinstance(image, str) else image
            if not isinstance(part, dict) or not part:
                continue
            block = read_image(part, self._images)
            self._images += block is not None
            blocks.append(block or NonStandardBlock(part))
        return blocks

    # --- facts

    def _end(self, chunk: AIMessageChunk) -> None:
        """Put on the last chunk what only the end of the answer makes known."""
        blocks: list[Block] = []
        made_calls = self._calls.any or bool(self._custom_calls)
        reasoning = self._reasoning.rest(made_calls=made_calls)
        if reasoning is not None:
            blocks.append(reasoning)
        blocks += self._calls.rest(self._id or str(self._created))
        blocks += [NonStandardBlock(call) for call in self._custom_calls.values()]
        chunk.blocks += tuple(blocks)
        if self._extra_content:
            chunk.additional_kwargs["extra_content"] = self._extra_content
        chunk.response_metadata.update(self._message_facts.rest())
        if not self._finished:
            chunk.response_metadata["finish_reason"] = "other"
            chunk.response_metadata["raw_finish_reason"] = None

    def _add_facts(
        self, chunk: AIMessageChunk, wire: dict[str, Any], choice: dict[str, Any]
    ) -> None:
        """Put the facts of ``wire`` besides content on ``chunk``, if no chunk has had them."""
        metadata = chunk.response_metadata
        if self._id is None and wire.get("id"):
            chunk.id = self._id = wire["id"]
        if self._model is None and wire.get("model"):
            metadata["model_name"] = self._model = wire["model"]
        if not self._introduced:
            metadata["model_provider"] = self._dialect.provider
            self._created = wire.get("created")
            self._introduced = True
        for name, value in self._dialect.facts(wire, choice).items():
            if value != self._facts.get(name):
                metadata[name] = self._facts[name] = value
        if choice.get("logprobs"):
            metadata.update(choice_logprobs(choice["logprobs"]))
        usage = self._dialect.usage(wire, choice)
        if usage:
            chunk.usage_metadata = read_usage(usage)
            metadata["token_usage"] = usage
        word = choice.get("finish_reason")
        if word:
            self._finished = True
            metadata["finish_reason"] = self._finish_reason(word)
            metadata["raw_finish_reason"] = word

    def _first_choice(self, wire: dict[str, Any]) -> dict[str, Any]:
        """The choice that is read: of those that have come the first, whatever its index."""
        for choice in entries(wire.get("choices")):
            index = choice.get("index")
            if self._candidate is _UNSEEN:
                self._candidate = index
            if (index or 0) == (self._candidate or 0):
                return choice
        return _NO_CHOICE  # usage alone, or another candidate's delta

    def _finish_reason(self, word: str) -> str:
        """Our reason for the vendor's word: ``stop`` ends refusals and forced calls too."""
        reason = self._dialect.finish_reason(word)
        if reason == "stop" and self._refused:
            return "refusal"
        if reason == "stop" and self._calls.any:
            return "tool_calls"
        return reason
