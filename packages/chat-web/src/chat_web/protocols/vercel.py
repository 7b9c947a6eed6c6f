"""``VercelEncoder``: an answer in the UI message stream protocol of Vercel's AI SDK, version 1.

What its clients (``useChat``, ``readUIMessageStream``) hold a stream to:

- ``start`` comes first and ``[DONE]`` last; before it exactly one of ``finish`` and ``abort``.
- ``text-start``, ``text-delta`` and ``text-end`` of one id follow each other, likewise those of
  ``reasoning``, inside of one pair of ``start-step`` and ``finish-step``.
- ``tool-input-start`` comes before the deltas of a call, ``tool-input-available`` or
  ``tool-input-error`` ends it, and one result follows at most, of a call that the stream has.
- An ``error`` ends the reading, so it comes after all that is to be shown.

AI SDK 5, 6 and 7 read it. Facts of ours (``facts.py``) are in ``providerMetadata``; those of a file
are in a part behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from chat_core import Block, ChatError, Citation, StreamEvent
from chat_core.provider import MediaBlock, mime_type_of_name

from ..sse import frame
from . import parts
from .answer_parts import AnswerParts
from .encoder_use import StartOnce, id_text
from .facts import KEY, call_facts, media_facts, part_facts
from .json_values import as_json, json_text
from .media import media_as_url, media_kind
from .own_blocks import block_as_json
from .tool_output import only_text, output_as_value
from .usage import total_usage

__all__ = ["DATA_BLOCK", "DATA_FILE", "VercelEncoder"]

Wire = dict[str, Any]

DATA_BLOCK = "data-chat-block"
"""The type of a part that holds a block which the protocol has no word for."""

DATA_FILE = "data-chat-file"
"""The type of a part with facts of the file before it: AI SDK 5 drops a file's metadata."""

_FINISH = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool-calls",
    "content_filter": "content-filter",
    "refusal": "content-filter",
    "error": "error",
}
"""Our finish reasons in the protocol's words; all others are ``other``."""


class VercelEncoder:
    """The ``Encoder`` of the UI message stream; it belongs to one answer.

    Args:
        message_id: the id of the message that the client shows. Without one the client goes on with
            the answer that it has last, or makes an id.
        metadata: what the message's ``metadata`` holds from the start. At the end ``model``,
            ``provider``, ``finishReason`` and ``usage`` are added.
        reasoning: whether reasoning is sent.
        sources: whether citations are sent as sources.
    """

    headers: Mapping[str, str] = {"x-vercel-ai-ui-message-stream": "v1"}

    def __init__(
        self,
        *,
        message_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        reasoning: bool = True,
        sources: bool = True,
    ) -> None:
        self._use = StartOnce()
        self._message_id = None if message_id is None else id_text("message_id", message_id)
        self._metadata = metadata
        self._parts = AnswerParts()
        self._writer = _PartWriter(reasoning=reasoning, sources=sources)

    def start(self) -> list[bytes]:
        """The part ``start``."""
        self._use.start()
        wire: Wire = {"type": "start"}
        if self._message_id is not None:
            wire["messageId"] = self._message_id
        if self._metadata:
            wire["messageMetadata"] = as_json(dict(self._metadata))
        return [_frame(wire)]

    def feed(self, event: StreamEvent) -> list[bytes]:
        """The parts of one event."""
        return [
            _frame(wire) for part in self._parts.feed(event) for wire in self._writer.write(part)
        ]

    def finish(self) -> list[bytes]:
        """What closes the answer, ``finish`` with reason and usage, and ``[DONE]``."""
        reason = _FINISH.get(self._parts.finish_reason or "stop", "other")
        return [*map(_frame, [*self._close(is_whole=True), self._finish(reason)]), _DONE]

    def error(self, error: ChatError) -> list[bytes]:
        """What closes the answer, ``error`` with the text of ``error``, ``finish``, ``[DONE]``."""
        last = self._close(is_whole=False)
        at = len(last) - 1 if last and last[-1]["type"] == "finish-step" else len(last)
        last.insert(at, {"type": "error", "errorText": error.message})
        return [*map(_frame, [*last, self._finish("error")]), _DONE]

    def abort(self, text: str) -> list[bytes]:
        """What closes the answer, ``abort`` with the reason ``text``, and ``[DONE]``."""
        return [
            *map(_frame, [*self._close(is_whole=False), {"type": "abort", "reason": text}]),
            _DONE,
        ]

    def _close(self, *, is_whole: bool) -> list[Wire]:
        return [
            wire
            for part in self._parts.close(is_whole=is_whole)
            for wire in self._writer.write(part)
        ]

    def _finish(self, reason: str) -> Wire:
        facts: Wire = {"finishReason": reason}
        usage = self._parts.usage
        if usage:
            origin = usage[-1].origin
            named = {"model": origin.model, "provider": origin.provider}
            facts |= {name: value for name, value in named.items() if value}
            facts["usage"] = total_usage(usage)
        return {"type": "finish", "finishReason": reason, "messageMetadata": facts}


def _frame(wire: Wire) -> bytes:
    return frame(json_text(wire))


_DONE = frame("[DONE]")


class _PartWriter:
    """Writes each part in the protocol's words."""

    def __init__(self, *, reasoning: bool, sources: bool) -> None:
        self._shows_reasoning = reasoning
        self._shows_sources = sources
        self._sources: set[tuple[str | None, str | None]] = set()
        self._writers: dict[type, Callable[[Any], Iterator[Wire]]] = {
            parts.StepStarted: lambda part: iter([{"type": "start-step"}]),
            parts.StepEnded: lambda part: iter([{"type": "finish-step"}]),
            parts.PartOpened: self._open,
            parts.PartDelta: self._delta,
            parts.PartClosed: self._close,
            parts.CallOpened: _open_call,
            parts.CallDelta: _call_delta,
            parts.CallClosed: _close_call,
            parts.CallAnswered: _answer_call,
            parts.MediaArrived: _media,
            parts.BlockArrived: _block,
            parts.CustomArrived: _custom,
        }

    def write(self, part: parts.Part) -> Iterator[Wire]:
        """The protocol's parts of ``part``."""
        writer = self._writers.get(part.__class__)
        return iter(()) if writer is None else writer(part)

    def _open(self, part: parts.PartOpened) -> Iterator[Wire]:
        if self._shows(part):
            yield {"type": f"{_kind(part)}-start", "id": part.id}

    def _delta(self, part: parts.PartDelta) -> Iterator[Wire]:
        if self._shows(part):
            yield {"type": f"{_kind(part)}-delta", "id": part.id, "delta": part.text}

    def _close(self, part: parts.PartClosed) -> Iterator[Wire]:
        if not self._shows(part):
            return
        yield _with_facts({"type": f"{_kind(part)}-end", "id": part.id}, part_facts(part))
        if self._shows_sources:
            for citation in part.citations:
                yield from self._source(citation)

    def _shows(self, part: parts.PartOpened | parts.PartDelta | parts.PartClosed) -> bool:
        return self._shows_reasoning or part.kind != "reasoning"

    def _source(self, citation: Citation) -> Iterator[Wire]:
        """A source once for each page or document, however often it is cited."""
        key = (citation.url, None if citation.url else citation.title)
        if key in self._sources or key == (None, None):
            return
        self._sources.add(key)
        wire: Wire = {"type": "source-document", "sourceId": f"source-{len(self._sources)}"}
        if citation.url:
            wire |= {"type": "source-url", "url": citation.url}
        else:
            wire["mediaType"] = "text/plain"
        yield wire | ({"title": citation.title} if citation.title else {})


def _kind(part: parts.PartOpened | parts.PartDelta | parts.PartClosed) -> str:
    return "reasoning" if part.kind == "reasoning" else "text"


def _with_facts(wire: Wire, facts: Wire) -> Wire:
    return wire | {"providerMetadata": {KEY: facts}} if facts else wire


def _executed(is_server: bool) -> Wire:
    return {"providerExecuted": True} if is_server else {}


def _open_call(part: parts.CallOpened) -> Iterator[Wire]:
    wire = {"type": "tool-input-start", "toolCallId": part.id, "toolName": part.name}
    yield wire | _executed(part.is_server)


def _call_delta(part: parts.CallDelta) -> Iterator[Wire]:
    yield {"type": "tool-input-delta", "toolCallId": part.id, "inputTextDelta": part.text}


def _close_call(part: parts.CallClosed) -> Iterator[Wire]:
    wire: Wire = {"toolCallId": part.id, "toolName": part.name} | _executed(part.is_server)
    if part.error is None:
        wire |= {"type": "tool-input-available", "input": as_json(part.args)}
    else:
        wire |= {"type": "tool-input-error", "input": part.text, "errorText": part.error}
    yield _with_facts(wire, call_facts(part))


def _answer_call(part: parts.CallAnswered) -> Iterator[Wire]:
    wire: Wire = {"toolCallId": part.id} | _executed(part.is_server)
    if part.is_error:
        text = part.content if isinstance(part.content, str) else json_text(part.content)
        wire |= {"type": "tool-output-error", "errorText": text}
    elif only_text(part.blocks):
        wire |= {"type": "tool-output-available", "output": output_as_value(part.content)}
    else:
        shown = [_content(block) for block in part.blocks]
        wire |= {"type": "tool-output-available", "output": {"type": "content", "value": shown}}
    yield _with_facts(wire, call_facts(part))


def _content(block: Any) -> Wire:
    if isinstance(block, MediaBlock):
        url = media_as_url(block)
        if url is not None:
            return {"type": "file", "mediaType": _media_type(block), "url": url}
    text = getattr(block, "text", None)
    return {"type": "text", "text": text if isinstance(text, str) else json_text(block)}


def _media(part: parts.MediaArrived) -> Iterator[Wire]:
    url = media_as_url(part.block)
    if url is None:
        yield _data_block(part.id, part.block)
        return
    yield {"type": "file", "url": url, "mediaType": _media_type(part.block)}
    if facts := media_facts(part):
        yield {"type": DATA_FILE, "id": part.id, "data": facts}


def _block(part: parts.BlockArrived) -> Iterator[Wire]:
    yield _data_block(part.id, part.block)


def _data_block(part_id: str, block: Block | MediaBlock) -> Wire:
    """A part for a block that the protocol has no word for; it comes back with the history."""
    return {"type": DATA_BLOCK, "id": part_id, "data": block_as_json(block)}


def _custom(part: parts.CustomArrived) -> Iterator[Wire]:
    yield {"type": f"data-{part.name}", "data": part.data}


def _media_type(block: MediaBlock) -> str:
    """The MIME type, which the protocol requires; ``image/*`` and the like where it is unknown."""
    by_name = mime_type_of_name(urlsplit(block.url).path) if block.url else None
    kind = media_kind(block)
    unknown = "application/octet-stream" if kind == "file" else f"{kind}/*"
    return block.mime_type or by_name or unknown
