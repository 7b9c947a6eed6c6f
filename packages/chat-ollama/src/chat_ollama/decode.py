"""Answers of ``POST /api/chat`` as chunks: one decoder for streams and whole answers.

Rules (Ollama's API types ``ChatResponse`` and ``Message``, and public reports):

- An answer is objects, one a line, each with a piece of ``message``: ``thinking``, ``content``,
  ``tool_calls``, in this order. An older server with tools, or one that does not stream, sends all
  in one object.
- Pieces of one kind that follow each other are one block; a piece of another kind ends it.
- A call comes whole, with its arguments as an object (some servers: as JSON text). Each entry is a
  call of its own, whatever its ``index``: calls have come with 0 for all, or without one
  (ollama/ollama#15457, ollama/ollama#7881, BerriAI/litellm#33678). Older
  servers send no ``id``; then one is made of the time, the position and the call, so that the same
  bytes give the same id.
- The end is ``done: true``. An answer with calls ends with the reason ``stop`` on the wire and
  ``tool_calls`` here. With ``load`` and ``unload`` the server has loaded or unloaded the model and
  written nothing (can1357/oh-my-pi#7465); the body is read on, should an answer follow.
- Counts that are zero are left out by the server, so a missing one is unknown.
- ``{"error": "…"}`` may come in any place, also after the first tokens.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, ClassVar

from chat_completions.entries import entries
from chat_completions.logprobs import read_logprobs
from chat_core import (
    AIMessageChunk,
    Block,
    MalformedResponseError,
    ReasoningBlock,
    StreamInterruptedError,
    TextBlock,
    ToolCallChunk,
    UsageMetadata,
)
from chat_core.provider import Decoder, FinishReason, Framing, NDJSONFraming, text_delta

from .errors import error_in_answer, find_error
from .names import PROVIDER

__all__ = ["OllamaDecoder"]

_REASONS: dict[str, FinishReason] = {"stop": "stop", "length": "length"}
_NOT_THE_END = ("load", "unload")

_FACTS = (
    *("created_at", "remote_model", "remote_host"),
    *("total_duration", "load_duration", "prompt_eval_duration", "eval_duration"),
)
"""What the last object says besides; durations are in nanoseconds."""


class OllamaDecoder(Decoder):
    """Decodes one answer. ``model`` is the ``model_name`` where the wire has none."""

    framing: ClassVar[type[Framing]] = NDJSONFraming

    def __init__(self, model: str) -> None:
        self._model = model
        self._started = False
        self._is_done = False
        self._kind: type[Block] | None = None
        self._index = -1
        """The open block: its kind, and its index."""
        self._calls = 0
        self._odd: dict[str, Any] | None = None
        """The first object that has no message."""

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        """One object of the stream."""
        message = wire.get("message")
        if (
            message.__class__ is dict
            and self._kind is TextBlock
            and wire.get("done") is False
            and "logprobs" not in wire
            and "error" not in wire
            and len(message) == 2
        ):
            # The common case first: more of the text, and nothing else.
            text = message.get("content")
            if text.__class__ is str:
                return text_delta(text, self._index) if text else None
        return self._decode(wire, message)

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        """The end of the body. Raises ``StreamInterruptedError`` before ``done: true``."""
        if self._is_done:
            return None
        if self._odd is not None and not self._started:
            raise _no_message(self._odd)
        raise StreamInterruptedError(
            "The stream ended before an object with done: true.", provider=PROVIDER
        )

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        """See ``Decoder``. An object without ``done`` is a whole answer, since its body is."""
        chunk = self._decode({"done": True, **wire}, wire.get("message"))
        if chunk is None or not self._started:
            raise _no_message(wire)
        self.finish(marker=False)
        return chunk

    # --- one object

    def _decode(self, wire: dict[str, Any], message: Any) -> AIMessageChunk | None:
        is_message = isinstance(message, dict)
        error = wire.get("error") if is_message else find_error(wire)
        if error:
            raise error_in_answer(error)
        if not is_message and wire.get("done") is not True:
            self._odd = self._odd or wire
            return None
        if not is_message and not self._started and "done_reason" not in wire:
            raise _no_message(wire)
        metadata = self._opening(wire)
        blocks = self._blocks(message, wire) if is_message else []
        if tokens := read_logprobs(wire.get("logprobs")):
            metadata["logprobs"] = tokens
        usage = self._ending(wire, metadata) if wire.get("done") is True else None
        if not blocks and not metadata and usage is None:
            return None
        return AIMessageChunk(tuple(blocks), usage_metadata=usage, response_metadata=metadata)

    def _opening(self, wire: dict[str, Any]) -> dict[str, Any]:
        """Metadata of the first object."""
        if self._started:
            return {}
        self._started = True
        name = wire.get("model")
        model = name if isinstance(name, str) and name else self._model
        return {"model_name": model, "model_provider": PROVIDER}

    def _blocks(self, message: dict[str, Any], wire: dict[str, Any]) -> list[Block]:
        blocks: list[Block] = []
        if (text := message.get("thinking")) and isinstance(text, str):
            blocks.append(ReasoningBlock(text, index=self._position(ReasoningBlock)))
        if (text := message.get("content")) and isinstance(text, str):
            blocks.append(TextBlock(text, index=self._position(TextBlock)))
        for call in entries(message.get("tool_calls")):
            self._kind = None  # two calls are never one
            blocks.append(self._call(call, self._position(ToolCallChunk), wire))
        return blocks

    def _position(self, kind: type[Block]) -> int:
        """The index of a piece of this kind."""
        if kind is not self._kind:
            self._kind = kind
            self._index += 1
        return self._index

    def _call(self, call: dict[str, Any], index: int, wire: dict[str, Any]) -> ToolCallChunk:
        self._calls += 1
        function = call.get("function")
        if not isinstance(function, dict):
            function = call
        name = function.get("name")
        args = _arguments_text(function.get("arguments"))
        call_id = call.get("id") or function.get("id")
        if not isinstance(call_id, str) or not call_id:
            call_id = _made_id(wire.get("created_at"), self._calls, name, args)
        return ToolCallChunk(name if isinstance(name, str) else None, args, call_id, index)

    def _ending(self, wire: dict[str, Any], metadata: dict[str, Any]) -> UsageMetadata | None:
        """The facts of the last object, written into ``metadata``; returns its token counts."""
        reason = wire.get("done_reason")
        self._is_done = True
        self.ended = reason not in _NOT_THE_END
        metadata["finish_reason"] = self._finish_reason(reason)
        if isinstance(reason, str) and reason:
            metadata["raw_finish_reason"] = reason
        metadata.update({name: wire[name] for name in _FACTS if wire.get(name) is not None})
        input_tokens, output_tokens = _count(wire, "prompt_eval_count"), _count(wire, "eval_count")
        if input_tokens is None and output_tokens is None:
            return None
        return UsageMetadata(input_tokens=input_tokens, output_tokens=output_tokens)

    def _finish_reason(self, reason: object) -> FinishReason:
        if self._calls and reason in (None, "", "stop"):
            return "tool_calls"
        return _REASONS.get(reason, "other") if isinstance(reason, str) else "other"


def _no_message(wire: dict[str, Any]) -> MalformedResponseError:
    return MalformedResponseError(
        "The answer has no message: the address is not that of Ollama's chat API.",
        wire=json.dumps(wire, ensure_ascii=False),
        provider=PROVIDER,
    )


def _arguments_text(arguments: Any) -> str:
    """The arguments of a call as JSON text; empty where there are none."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments, ensure_ascii=False)


def _made_id(*facts: object) -> str:
    """An id that is the same for the same call of the same answer."""
    return f"call_{sha256(repr(facts).encode()).hexdigest()[:16]}"


def _count(wire: dict[str, Any], name: str) -> int | None:
    value = wire.get(name)
    return value if value.__class__ is int and value >= 0 else None
