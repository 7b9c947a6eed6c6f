"""The OpenAI Responses wire in, chunks out: the events of a stream, a whole reply, the end.

Rules (``responses_items.py``, ``responses_parts.py`` and ``responses_blocks.py`` have those of
items, parts and blocks):

- ``response.completed`` and ``response.incomplete`` prove the end; ``[DONE]`` alone does not.
- The wire has no finish reason for tool calls: a completed response with a call that waits for the
  caller has ``tool_calls``, one in which the model declined has ``refusal``.
- ``response.failed`` and ``error`` raise what their HTTP twin would have raised.
- Events whose facts the finished item has too (a search has begun, a part was added) bring nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from chat_completions.errors import find_error
from chat_completions.logprobs import read_logprobs
from chat_completions.usage import read_usage
from chat_core import (
    AIMessageChunk,
    Block,
    MalformedResponseError,
    ReasoningBlock,
    RefusalBlock,
    StreamInterruptedError,
    TextBlock,
)
from chat_core.provider import Decoder, arguments_delta, text_delta

from .errors import error_in_response
from .provenance import RESPONSES
from .responses_blocks import OutputReader
from .responses_parts import Part, as_items, listed_parts
from .responses_tools import citation

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect
    from chat_core.provider import TokenLogprob

__all__ = ["ResponsesDecoder"]

_Text = type[TextBlock] | type[ReasoningBlock] | type[RefusalBlock]


class _TextEvent(NamedTuple):
    """What one event about text is about: the types of item and part, and where its values are."""

    item: str
    part: str
    block: _Text
    number: str
    text: str


_TEXT_EVENTS = {
    f"response.{name}.{ending}": _TextEvent(item, part, block, number, field)
    for name, item, part, block, number, whole in (
        ("output_text", "message", "text", TextBlock, "content_index", "text"),
        ("refusal", "message", "refusal", RefusalBlock, "content_index", "refusal"),
        ("reasoning_summary_text", "reasoning", "summary", ReasoningBlock, "summary_index", "text"),
        ("reasoning_text", "reasoning", "content", ReasoningBlock, "content_index", "text"),
    )
    for ending, field in (("delta", "delta"), ("done", whole))
}

_PARTS = {
    "output_text": _TEXT_EVENTS["response.output_text.done"],
    "text": _TEXT_EVENTS["response.output_text.done"],
    "refusal": _TEXT_EVENTS["response.refusal.done"],
    "summary_text": _TEXT_EVENTS["response.reasoning_summary_text.done"],
    "reasoning_text": _TEXT_EVENTS["response.reasoning_text.done"],
}
"""Type of a part in a ``content_part`` or ``reasoning_summary_part`` event → how it is read."""

_FINISH = {
    "completed": "stop",
    "max_output_tokens": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "cancelled": "error",
}
"""Status, or reason for being incomplete → our finish reason; any other is ``other``."""

_KEPT = (
    "service_tier",
    "conversation",
    "metadata",
    "moderation",
    "content_filters",
    "citations",
    "copilot_usage",
)
"""Facts of the response that are worth keeping where the server states them."""


class ResponsesDecoder(Decoder):
    """Events of one response in, chunks out. ``dialect`` names the provider and its errors."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._output = OutputReader()
        self._items = self._output.items
        self._id = ""
        self._model = ""
        # The text part of the latest delta, and the fields that named it.
        self._place: tuple[Any, Any, Any] | None = None
        self._part: Part | None = None

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        kind = wire.get("type") or event or ""
        if kind == "response.output_text.delta":  # The path of every token.
            place = (wire.get("item_id"), wire.get("output_index"), wire.get("content_index"))
            if place == self._place:
                part, text = self._part, wire.get("delta")
                if part is not None and text and not wire.get("logprobs"):
                    part.pieces.append(text)
                    return text_delta(text, part.index)
        self._place = None
        if kind in _TEXT_EVENTS:
            return self._text(kind, wire)
        handle = self._handlers.get(kind)
        if handle is not None:
            return handle(self, wire)
        if not kind.startswith("response."):
            if find_error(wire, event):
                raise error_in_response(wire, self._dialect)
            _refuse_chat_completions(wire)
            if wire.get("object") == "response":  # the whole response as one event
                return self._finished(wire, "completed")
        return None

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        if not self.ended:
            raise StreamInterruptedError(
                "The stream ended without response.completed, response.incomplete or"
                " response.failed; the answer may be cut short."
            )
        return None

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        _refuse_chat_completions(wire)
        if find_error(wire) and not wire.get("output"):
            raise error_in_response(wire, self._dialect)
        if "output" not in wire and "status" not in wire:
            raise MalformedResponseError(
                "Expected a response object, got JSON without `output` and `status`",
                wire=str(wire),
            )
        chunk = self._finished(wire, "completed")
        logprobs = _logprobs(as_items(wire.get("output")))
        if logprobs:
            chunk.response_metadata["logprobs"] = logprobs
        return chunk

    # --- events

    def _introduce(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        """The id and the model's name, from the first event that has them."""
        metadata = self._origin(wire.get("response") or {})
        return AIMessageChunk(id=self._id, response_metadata=metadata) if metadata else None

    def _origin(self, response: dict[str, Any]) -> dict[str, Any]:
        """The id and the model's name in ``response`` that have not been given out."""
        origin: dict[str, Any] = {}
        if response.get("id") and not self._id:
            self._id = response["id"]
            origin["model_provider"] = self._dialect.provider
            origin["api"] = RESPONSES
        if response.get("model") and not self._model:
            self._model = origin["model_name"] = response["model"]
        return origin

    def _text(self, event: str, wire: dict[str, Any]) -> AIMessageChunk | None:
        about = _TEXT_EVENTS[event]
        if about.text != "delta":
            return self._whole_text(about, wire.get(about.number), wire.get(about.text), wire)
        text = wire.get("delta")
        if not text:
            return None
        part = self._items.at(about.item, wire).part(about.part, wire.get(about.number))
        part.pieces.append(text)
        if about.block is TextBlock and (self._items.ids_repeat or not wire.get("item_id")):
            self._part = part
            self._place = (wire.get("item_id"), wire.get("output_index"), wire.get(about.number))
        elif about.block is RefusalBlock:
            self._output.refused = True
        logprobs = read_logprobs(wire.get("logprobs"))
        return AIMessageChunk(
            (about.block(text, index=part.index),),
            response_metadata={"logprobs": logprobs} if logprobs else None,
        )

    def _whole_text(
        self, about: _TextEvent, number: int | None, text: str | None, wire: dict[str, Any]
    ) -> AIMessageChunk | None:
        """What the whole text of a part has beyond its deltas."""
        if not text:
            return None
        part = self._items.at(about.item, wire).whole_part(about.part, number, text)
        part.is_closed = True
        rest = part.rest(text)
        if not rest:
            return None
        if about.block is RefusalBlock:
            self._output.refused = True
        return AIMessageChunk((about.block(rest, index=part.index),))

    def _part_added(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        """A part begins; without a number only this event separates it from the part before."""
        about = _PARTS.get((wire.get("part") or {}).get("type") or "")
        if about is not None and wire.get(about.number) is None:
            self._items.at(about.item, wire).close_part(about.part)
        return None

    def _part_done(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        part = wire.get("part") or {}
        about = _PARTS.get(part.get("type") or "")
        if about is None:
            return None
        return self._whole_text(about, wire.get(about.number), part.get(about.text), wire)

    def _annotation(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        annotation = wire.get("annotation")
        if not annotation:
            return None
        part = self._items.at("message", wire).cited_part(wire.get("content_index"))
        part.cited += 1
        return AIMessageChunk((TextBlock("", (citation(annotation),), index=part.index),))

    def _arguments_delta(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        if not wire.get("delta"):
            return None
        index, delta = self._output.arguments(wire)
        return arguments_delta(delta, index)

    def _arguments_done(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        return _chunk_of(self._output.whole_arguments(wire))

    def _item_added(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        return _chunk_of(self._output.started(wire))

    def _item_done(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        return _chunk_of(self._output.finished(wire))

    def _error(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        response = wire.get("response") or {}
        is_beside = wire.get("error") and not response.get("error")
        raise error_in_response(wire if is_beside else response or wire, self._dialect)

    def _completed(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        return self._finished(wire.get("response") or {}, "completed")

    def _incomplete(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        return self._finished(wire.get("response") or {}, "incomplete")

    def _cancelled(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        return self._finished(wire.get("response") or {}, "cancelled")

    _handlers: ClassVar[
        dict[str, Callable[[ResponsesDecoder, dict[str, Any]], AIMessageChunk | None]]
    ] = {
        "response.created": _introduce,
        "response.queued": _introduce,
        "response.in_progress": _introduce,
        "response.output_item.added": _item_added,
        "response.output_item.done": _item_done,
        "response.content_part.added": _part_added,
        "response.content_part.done": _part_done,
        "response.reasoning_summary_part.added": _part_added,
        "response.reasoning_summary_part.done": _part_done,
        "response.output_text.annotation.added": _annotation,
        "response.function_call_arguments.delta": _arguments_delta,
        "response.function_call_arguments.done": _arguments_done,
        "response.completed": _completed,
        "response.incomplete": _incomplete,
        "response.cancelled": _cancelled,
        "response.failed": _error,
        "response.error": _error,
        "error": _error,
    }

    # --- the end

    def _finished(self, response: dict[str, Any], status: str) -> AIMessageChunk:
        status = response.get("status") or status
        if status == "failed" or (
            response.get("error") and not response.get("output") and not self._items.items
        ):
            raise error_in_response(response, self._dialect)
        self.ended = True
        blocks = self._output.ended(self._listed(response))
        raw = status
        if status == "incomplete":
            raw = (response.get("incomplete_details") or {}).get("reason") or status
        metadata: dict[str, Any] = {
            **self._origin(response),
            "finish_reason": self._finish_reason(raw),
            "raw_finish_reason": raw,
        }
        metadata.update({key: response[key] for key in _KEPT if response.get(key)})
        if response.get("usage"):
            metadata["token_usage"] = response["usage"]
        return AIMessageChunk(
            blocks,
            # Where a gateway changes ids from event to event, the last one is the one to refer to.
            id=response.get("id") or self._id or None,
            usage_metadata=read_usage(response["usage"]) if response.get("usage") else None,
            response_metadata=metadata,
        )

    def _listed(self, response: dict[str, Any]) -> list[dict[str, Any]]:
        """The items of the final response; some servers send its text alone, as ``output_text``."""
        items = as_items(response.get("output"))
        return items if items or self._items.items else as_items(response.get("output_text"))

    def _finish_reason(self, raw: str) -> str:
        if raw == "completed":
            if self._output.awaits_client:
                return "tool_calls"
            if self._output.refused:
                return "refusal"
        return _FINISH.get(raw, "other")


def _chunk_of(blocks: list[Block]) -> AIMessageChunk | None:
    return AIMessageChunk(blocks) if blocks else None


def _logprobs(output: list[dict[str, Any]]) -> list[TokenLogprob]:
    """The log probabilities of all text parts of a whole reply."""
    return [
        token
        for item in output
        if item.get("type") == "message"
        for part in listed_parts(item)
        if isinstance(part.wire, dict)
        for token in read_logprobs(part.wire.get("logprobs"))
    ]


def _refuse_chat_completions(wire: dict[str, Any]) -> None:
    if str(wire.get("object") or "").startswith("chat.completion") or "choices" in wire:
        raise MalformedResponseError(
            "The server answers in the Chat Completions format, not in that of Responses."
            ' Use api="chat-completions", or check base_url.',
            wire=str(wire),
        )
