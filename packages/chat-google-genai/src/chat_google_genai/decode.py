"""Answers of generateContent as chunks: one decoder for streams and whole answers.

Rules (Gemini API reference ``GenerateContentResponse``, and recorded traffic):

- The answer is a list of parts. In a stream each object brings more of it: text goes on in the
  next object's first part if that is of the same kind; every other part is whole (function calls
  apart, see ``function_calls.py``). A block's ``index`` is the position of its part.
- A ``thoughtSignature`` belongs to exactly its part, even an empty one after the end. Such a part
  is a block of its own; ``extras`` hold the signature and what else Google lets stand beside
  the part's content. A part of unknown kind is a ``NonStandardBlock`` as it came.
- ``usageMetadata`` is cumulative; the last one that holds a count is taken whole, because earlier
  ones may hold larger, stale fields.
- The end is a ``finishReason``. ``STOP`` ends function calls too.
- ``promptFeedback.blockReason`` without a candidate means that the prompt was refused. An answer
  without either raises an error that is worth a retry, streamed or whole.
- An error object, in whatever shape a server sends it (``errors.find_error``), is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core import (
    AIMessageChunk,
    Block,
    MalformedResponseError,
    NonStandardBlock,
    ReasoningBlock,
    StreamInterruptedError,
    TextBlock,
    merge_chunks,
)
from chat_core.provider import Decoder, text_delta

from .errors import blocked_prompt, error_from_object, find_error
from .finish import CALLS_PROVED_WHOLE, UNSPECIFIED, finish_reason
from .function_calls import CallReader
from .grounding import citations
from .logprobs import read_logprobs
from .names import PART_FIELDS, SIGNATURE, THOUGHT
from .spellings import entries, part_as_google, parts_of
from .usage import has_count, usage_from_wire
from .whole_parts import WHOLE_PARTS, inline_media

__all__ = ["GeminiDecoder"]

_USAGE_FACTS = (("trafficType", "traffic_type"), ("serviceTier", "service_tier"))
"""What stands in ``usageMetadata`` beside token counts."""

_CANDIDATE_FACTS = {
    "avgLogprobs": "avg_logprobs",
    "continuationToken": "continuation_token",
    "finishMessage": "finish_message",
    "safetyRatings": "safety_ratings",
    "urlContextMetadata": "url_context_metadata",
}
_ANSWER_FACTS = {
    "citations": "citations",
    "createTime": "create_time",
    "modelStatus": "model_status",
    "promptFeedback": "prompt_feedback",
    # of other servers
    "search_results": "search_results",
    "timings": "timings",
}
_RAW_SOUND = ("audio/l16", "audio/pcm")
"""Types of sound without a header: pieces that follow each other are joined to one sound."""

_OF_A_DELTA = frozenset({"content", "index"})
"""The fields of a candidate that brings more of a part, and nothing else."""

_BESIDE_CONTENT = frozenset(PART_FIELDS.values()) | {SIGNATURE, THOUGHT}
"""Keys that stand beside a part's content and go into the block's ``extras``."""


class GeminiDecoder(Decoder):
    """Decodes one answer of ``provider``.

    Args:
        model: the ``model_name`` where the wire has none.
        names: from names of tools on the wire to the given ones, where they differ.
    """

    def __init__(self, provider: str, model: str, names: Mapping[str, str] | None = None) -> None:
        self._provider = provider
        self._model = model
        self._started = False
        self._answered = False
        self._candidate: int | None = None
        self._calls = CallReader(names or {})
        self._next = 0
        self._open_kind: object = None
        self._open = 0
        self._texts: dict[int, list[str]] = {}
        self._usage: dict[str, Any] | None = None
        self._usage_facts: dict[str, Any] = {}
        self._grounding: dict[str, Any] = {}
        self._recitation: dict[str, Any] = {}
        self._raw_reason: str | None = None
        self._reason: str | None = None

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        """One object of the stream."""
        usage = wire.get("usageMetadata")
        if usage.__class__ is dict and usage:
            self._note_usage(usage)
        candidates = wire.get("candidates")
        text = None
        if candidates and self._open_kind is TextBlock:
            try:
                # The common case first: more of the text, and nothing else.
                candidate = candidates[0]
                if _OF_A_DELTA.issuperset(candidate) and len(candidates) == 1:
                    parts = candidate["content"]["parts"]
                    text = parts[0].get("text") if len(parts) == 1 and len(parts[0]) == 1 else None
            except (LookupError, TypeError, AttributeError):
                pass  # another spelling
        if text and text.__class__ is str:
            self._texts[self._open].append(text)
            return text_delta(text, self._open)
        return self._decode(wire, candidates, event)

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        """The end of the body: usage, and what the whole answer's text was needed for."""
        if self._raw_reason is None and not (marker and self._answered):
            what = "its finishReason" if self._answered else "any candidate"
            raise StreamInterruptedError(
                f"The stream ended before {what}.",
                provider=self._provider,
                details={"usageMetadata": self._usage} if self._usage else None,
            )
        blocks: list[Block] = list(self._end_calls())
        texts = {position: "".join(pieces) for position, pieces in self._texts.items()}
        found = citations(self._grounding, self._recitation, texts)
        blocks += [TextBlock("", tuple(cited), index=index) for index, cited in found.items()]
        metadata = dict(self._usage_facts)
        reason = self._final_reason()
        if reason != self._reason:
            metadata["finish_reason"] = reason
        usage = None if self._usage is None else usage_from_wire(self._usage)
        if not blocks and not metadata and usage is None:
            return None
        return AIMessageChunk(tuple(blocks), usage_metadata=usage, response_metadata=metadata)

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        """See ``Decoder``."""
        return self._whole([wire])

    def reply_of_value(self, wire: Any) -> AIMessageChunk:
        """A list of objects (a stream without ``alt=sse``), or an error's text."""
        if isinstance(wire, str):
            raise error_from_object(wire, provider=self._provider)
        if not isinstance(wire, list):
            raise TypeError(f"a JSON {type(wire).__name__}, not an object")
        return self._whole(wire)

    def _whole(self, objects: list[dict[str, Any]]) -> AIMessageChunk:
        chunks = [self.feed(wire) for wire in objects]
        if not self._answered:
            raise MalformedResponseError(
                "The answer has no candidate, and no promptFeedback that gives a reason.",
                wire=str(objects)[:1000],
                provider=self._provider,
                is_retryable=True,
            )
        chunks.append(self.finish(marker=True))
        return merge_chunks(chunk for chunk in chunks if chunk is not None)

    # --- one object

    def _decode(
        self, wire: dict[str, Any], candidates: Any, event: str | None
    ) -> AIMessageChunk | None:
        error = find_error(wire, is_bare=event == "error" or not candidates)
        if error is not None:
            raise error_from_object(error, provider=self._provider)
        answer_id, metadata = self._answer_facts(wire)
        candidate = self._first(candidates)
        blocks: list[Block] = []
        parts = parts_of(candidate or {})
        if not parts and not (candidate or {}).get("finishReason"):
            feedback = wire.get("promptFeedback") or {}
            if feedback.get("blockReason"):
                raise blocked_prompt(feedback, provider=self._provider)
        if candidate is not None:
            reason = _reason_word(candidate.get("finishReason"))
            self._answered = self._answered or bool(parts or reason)
            for number, part in enumerate(parts):
                if number:
                    self._open_kind = None  # two parts of one object are never one part
                made = self._part(part, whole=reason in CALLS_PROVED_WHOLE)
                if not made and len(parts) > 1:
                    self._take_position()  # an empty part counts for partIndex
                blocks += made
            self._candidate_facts(candidate, metadata)
            if reason:
                blocks += self._finished(reason, metadata)
        if not blocks and not metadata and answer_id is None:
            return None
        return AIMessageChunk(tuple(blocks), id=answer_id, response_metadata=metadata)

    def _answer_facts(self, wire: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
        """The answer's id and metadata, once each."""
        metadata = {ours: wire[name] for name, ours in _ANSWER_FACTS.items() if wire.get(name)}
        answer_id = wire.get("responseId") or None
        if self._started:
            metadata.pop("create_time", None)
            return None, metadata
        self._started = True
        if answer_id:
            self._calls.name_answer(answer_id)
        metadata["model_name"] = wire.get("modelVersion") or self._model
        metadata["model_provider"] = self._provider
        return answer_id, metadata

    def _candidate_facts(self, candidate: dict[str, Any], metadata: dict[str, Any]) -> None:
        for name, ours in _CANDIDATE_FACTS.items():
            if candidate.get(name):
                metadata[ours] = candidate[name]
        if tokens := read_logprobs(candidate.get("logprobsResult")):
            metadata["logprobs"] = tokens
        for name, gathered in (
            ("groundingMetadata", self._grounding),
            ("citationMetadata", self._recitation),
        ):
            found = candidate.get(name)
            gathered.update(found if isinstance(found, dict) else {})
        if self._grounding and candidate.get("groundingMetadata"):
            metadata["grounding_metadata"] = dict(self._grounding)

    def _finished(self, reason: str, metadata: dict[str, Any]) -> list[Block]:
        self._raw_reason = reason
        self._reason = self._final_reason()
        metadata["finish_reason"] = self._reason
        metadata["raw_finish_reason"] = reason
        return list(self._end_calls())

    def _final_reason(self) -> str:
        # An end without a finish reason: a whole answer's body, or a gateway's [DONE].
        reason = finish_reason(self._raw_reason) if self._raw_reason else None
        if self._calls.seen and reason in ("stop", None):
            return "tool_calls"
        return reason or "other"

    def _end_calls(self) -> list[Any]:
        # Only an answer that came to its end proves that an open call did too.
        return self._calls.close() if self._final_reason() == "tool_calls" else []

    def _note_usage(self, usage: dict[str, Any]) -> None:
        if has_count(usage):
            self._usage = usage
        for name, ours in _USAGE_FACTS:
            if usage.get(name):
                self._usage_facts[ours] = usage[name]

    # --- one part

    def _part(self, part: dict[str, Any], *, whole: bool) -> list[Any]:
        part = part_as_google(part)
        extras = {name: value for name, value in part.items() if name in _BESIDE_CONTENT and value}
        if isinstance(part.get("functionCall"), dict):
            return self._function_call(part["functionCall"], extras, whole=whole)
        for name, read in WHOLE_PARTS.items():
            if isinstance(part.get(name), dict):
                self._open_kind = None
                block = read(part[name], extras)
                block.index = self._take_position()
                return [block]
        if isinstance(part.get("inlineData"), dict):
            return [self._inline(part["inlineData"], extras)]
        if "text" in part or part.keys() <= {SIGNATURE, THOUGHT}:
            return self._text(part.get("text", ""), extras)
        self._open_kind = None
        return [NonStandardBlock(part, index=self._take_position())]

    def _text(self, text: str, extras: dict[str, Any]) -> list[Block]:
        kind = ReasoningBlock if extras.pop(THOUGHT, False) else TextBlock
        if not text and not extras:
            return []
        if extras or self._open_kind is not kind:
            self._open = self._take_position()
        self._open_kind = None if extras else kind
        if kind is TextBlock:
            self._texts.setdefault(self._open, []).append(text)
        return [kind(text, index=self._open, extras=extras)]

    def _function_call(
        self, call: dict[str, Any], extras: dict[str, Any], *, whole: bool
    ) -> list[Any]:
        self._open_kind = None
        position = self._take_position()
        is_read = isinstance(call.get("args") or {}, dict) and not call.get("partialArgs")
        if whole and call.get("name") and is_read:
            return [*self._calls.close(), self._calls.whole(call, extras)]
        deltas: list[Any] = self._calls.read(call, position, extras)
        if extras and not any(delta.extras for delta in deltas):
            # The end of a call that has its own signature, or of none: a signature is never lost.
            return [*deltas, *self._text("", extras)]
        return deltas

    def _inline(self, data: dict[str, Any], extras: dict[str, Any]) -> Any:
        block = inline_media(data, extras)
        mime = (block.mime_type or "").lower()
        sound = mime if mime.startswith(_RAW_SOUND) and not extras else None
        if sound is None or self._open_kind != sound:
            self._open = self._take_position()
        self._open_kind = sound
        block.index = self._open
        return block

    def _first(self, candidates: Any) -> dict[str, Any] | None:
        """The candidate that is read: of those in the first object the one with the least index."""
        given = [candidate for candidate in entries(candidates) if candidate]
        if given and self._candidate is None:
            self._candidate = min(_index(candidate) for candidate in given)
        return next((each for each in given if _index(each) == self._candidate), None)

    def _take_position(self) -> int:
        position = self._next
        self._next += 1
        return position


def _index(candidate: dict[str, Any]) -> int:
    return candidate.get("index") or 0


def _reason_word(word: Any) -> str | None:
    """A finish reason; ``None`` for Google's word for none."""
    return None if not word or word == UNSPECIFIED else str(word)
