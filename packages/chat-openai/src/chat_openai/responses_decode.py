"""The OpenAI Responses wire in, chunks out: the events of a stream, a whole reply, the end.

Rules (``responses_items.py`` has those of the items):

- ``response.completed`` and ``response.incomplete`` prove the end; ``[DONE]`` alone does not.
- The wire has no finish reason for tool calls: a completed response with a call that waits for the
  caller has ``tool_calls``, one in which the model declined has ``refusal``.
- ``response.failed`` and ``error`` raise what their HTTP twin would have raised.
- Events that only announce what a finished item tells anyway (a search has begun, a part was added)
  bring nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from chat_core import (
    AIMessageChunk,
    InputTokenDetails,
    MalformedResponseError,
    OutputTokenDetails,
    ReasoningBlock,
    RefusalBlock,
    StreamInterruptedError,
    TextBlock,
    ToolCallChunk,
    UsageMetadata,
)
from chat_core.provider import Decoder, block_delta, call_delta, text_delta

from .errors import error_in_response
from .provenance import RESPONSES
from .responses_items import Items
from .responses_tools import citation

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect

__all__ = ["ResponsesDecoder", "read_usage"]

_Text = type[TextBlock] | type[ReasoningBlock] | type[RefusalBlock]

_TEXT_EVENTS: dict[str, tuple[str, _Text, str, str]] = {
    "response.output_text.delta": ("text", TextBlock, "content_index", "delta"),
    "response.output_text.done": ("text", TextBlock, "content_index", "text"),
    "response.refusal.delta": ("refusal", RefusalBlock, "content_index", "delta"),
    "response.refusal.done": ("refusal", RefusalBlock, "content_index", "refusal"),
    "response.reasoning_summary_text.delta": ("summary", ReasoningBlock, "summary_index", "delta"),
    "response.reasoning_summary_text.done": ("summary", ReasoningBlock, "summary_index", "text"),
    "response.reasoning_text.delta": ("content", ReasoningBlock, "content_index", "delta"),
    "response.reasoning_text.done": ("content", ReasoningBlock, "content_index", "text"),
}
"""Event → kind of part, its block, where its number is, where its text is."""

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
        self._items = Items()
        self._parts = self._items.parts
        self._id = ""
        self._model = ""

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        kind = wire.get("type") or event or ""
        if kind == "response.output_text.delta":  # The path of every token.
            part = self._parts.get(("text", wire.get("output_index"), wire.get("content_index")))
            text = wire.get("delta")
            if part is not None and text and not wire.get("logprobs"):
                part.length += len(text)
                return text_delta(text, part.index)
        if kind in _TEXT_EVENTS:
            return self._text(kind, wire)
        handle = self._handlers.get(kind)
        if handle is not None:
            return handle(self, wire)
        if not wire.get("type"):
            if wire.get("error"):
                raise error_in_response(wire, self._dialect)
            _refuse_chat_completions(wire)
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
        if wire.get("error") and not wire.get("output"):
            raise error_in_response(wire, self._dialect)
        if "output" not in wire and "status" not in wire:
            raise MalformedResponseError(
                "Expected a response object, got JSON without `output` and `status`",
                wire=str(wire),
            )
        chunk = self._finished(wire, "completed")
        logprobs = _logprobs(wire.get("output") or ())
        if logprobs:
            chunk.response_metadata["logprobs"] = {"content": logprobs}
        return chunk

    # --- events

    def _introduce(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        """The id and the model's name, as soon as they are said."""
        metadata = self._origin(wire.get("response") or {})
        return AIMessageChunk(id=self._id, response_metadata=metadata) if metadata else None

    def _origin(self, response: dict[str, Any]) -> dict[str, Any]:
        """What ``response`` says of its origin that is not out yet."""
        origin: dict[str, Any] = {}
        if response.get("id") and not self._id:
            self._id = response["id"]
            origin["model_provider"] = self._dialect.provider
            origin["api"] = RESPONSES
        if response.get("model") and not self._model:
            self._model = origin["model_name"] = response["model"]
        return origin

    def _text(self, event: str, wire: dict[str, Any]) -> AIMessageChunk | None:
        kind, block, number, field = _TEXT_EVENTS[event]
        part = self._items.part(kind, self._items.place(wire), wire.get(number))
        is_delta = field == "delta"
        text = wire.get("delta") if is_delta else part.rest(wire.get(field))
        if not text:
            return None
        part.length += len(text)
        if block is RefusalBlock:
            self._items.refused = True
        logprobs = wire.get("logprobs") if is_delta else None
        return AIMessageChunk(
            (block(text, index=part.index),),
            response_metadata={"logprobs": {"content": logprobs}} if logprobs else None,
        )

    def _annotation(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        annotation = wire.get("annotation")
        if not annotation:
            return None
        part = self._items.part("text", self._items.place(wire), wire.get("content_index"))
        part.cited += 1
        return AIMessageChunk((TextBlock("", (citation(annotation),), index=part.index),))

    def _arguments_delta(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        delta = wire.get("delta")
        if not delta:
            return None
        call = self._items.call(self._items.place(wire))
        call.pieces.append(delta)
        return block_delta(call_delta(delta, call.index))

    def _arguments_done(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        call = self._items.call(self._items.place(wire))
        rest = call.rest(wire.get("arguments"))
        return AIMessageChunk((ToolCallChunk(None, rest, None, call.index),)) if rest else None

    def _item_added(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        item = wire.get("item") or {}
        blocks = self._items.started(self._items.place_item(wire, item), item)
        return AIMessageChunk(blocks) if blocks else None

    def _item_done(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        item = wire.get("item") or {}
        blocks = self._items.finished(self._items.place_item(wire, item), item)
        return AIMessageChunk(blocks) if blocks else None

    def _error(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        raise error_in_response(wire.get("response") or wire, self._dialect)

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
        "response.output_text.annotation.added": _annotation,
        "response.function_call_arguments.delta": _arguments_delta,
        "response.function_call_arguments.done": _arguments_done,
        "response.completed": _completed,
        "response.incomplete": _incomplete,
        "response.cancelled": _cancelled,
        "response.failed": _error,
        "error": _error,
    }

    # --- the end

    def _finished(self, response: dict[str, Any], status: str) -> AIMessageChunk:
        status = response.get("status") or status
        if status == "failed":
            raise error_in_response(response, self._dialect)
        self.ended = True
        blocks = self._items.all_finished(response.get("output") or [])
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
            usage_metadata=read_usage(response.get("usage")),
            response_metadata=metadata,
        )

    def _finish_reason(self, raw: str) -> str:
        if raw == "completed":
            if self._items.awaits_client:
                return "tool_calls"
            if self._items.refused:
                return "refusal"
        return _FINISH.get(raw, "other")


def read_usage(wire: dict[str, Any] | None) -> UsageMetadata | None:
    """The token counts of a response; ``None`` where it has none yet."""
    if not wire:
        return None
    into = wire.get("input_tokens_details") or {}
    out = wire.get("output_tokens_details") or {}
    return UsageMetadata(
        input_tokens=wire.get("input_tokens"),
        output_tokens=wire.get("output_tokens"),
        total_tokens=wire.get("total_tokens"),
        input_token_details=InputTokenDetails(
            cache_read=into.get("cached_tokens"),
            cache_creation=into.get("cache_write_tokens"),
            audio=into.get("audio_tokens"),
        ),
        output_token_details=OutputTokenDetails(
            reasoning=out.get("reasoning_tokens"), audio=out.get("audio_tokens")
        ),
    )


def _logprobs(output: Any) -> list[Any]:
    """The log probabilities of all text parts of a whole reply."""
    return [
        token
        for item in output
        if item.get("type") == "message"
        for content in item.get("content") or ()
        for token in content.get("logprobs") or ()
    ]


def _refuse_chat_completions(wire: dict[str, Any]) -> None:
    if str(wire.get("object") or "").startswith("chat.completion") or "choices" in wire:
        raise MalformedResponseError(
            "The server answers in the Chat Completions format, not in that of Responses."
            ' Use api="chat-completions", or check base_url.',
            wire=str(wire),
        )
