"""Streams of chunks and streams of events as one: events; and which of them a reader may see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeAlias, cast
from uuid import uuid4

from chat_core import AIMessageChunk, InvalidParameterError, StreamEvent
from chat_core.provider import MessageBuilder

__all__ = ["Show", "Source", "events_of", "visible"]

Source: TypeAlias = (
    "AsyncIterator[AIMessageChunk] | AsyncIterator[StreamEvent] | AsyncIterator[str]"
)
"""What ``model.astream``, ``runnable.astream_events`` and a chain of text's ``astream`` return."""

Show: TypeAlias = Callable[[StreamEvent], StreamEvent | None]
"""From an event to what a reader sees of it; ``None`` for nothing."""


async def events_of(source: Source) -> AsyncIterator[StreamEvent]:
    """The events of ``source``; chunks become the events of one run.

    Raises what ``source`` raises, and ``InvalidParameterError`` for an item that is none of them.
    """
    run: _ChunkRun | None = None
    async for item in cast("AsyncIterator[object]", source):
        if isinstance(item, AIMessageChunk | str):
            if run is None:
                run = _ChunkRun(is_text=isinstance(item, str))
                yield run.event("start", {})
            yield run.stream(item)
        elif isinstance(item, Mapping) and "event" in item:
            yield cast(StreamEvent, item)
        else:
            raise InvalidParameterError(
                "The source of an answer yields chunks of a model, events or text; got"
                f" {type(item).__name__}: {item!r:.80}. Use astream_events() for other chains."
            )
    if run is not None:
        yield run.event("end", {"output": run.output()})


class _ChunkRun:
    """The run whose events stand for a stream of chunks."""

    def __init__(self, *, is_text: bool) -> None:
        self._id = str(uuid4())
        self._kind = "chain" if is_text else "chat_model"
        self._texts: list[str] | None = [] if is_text else None
        self._builder = MessageBuilder()

    def stream(self, chunk: AIMessageChunk | str) -> StreamEvent:
        if isinstance(chunk, AIMessageChunk):
            self._builder.extend([chunk])
        elif self._texts is not None:
            self._texts.append(chunk)
        return self.event("stream", {"chunk": chunk})

    def output(self) -> object:
        return self._builder.message() if self._texts is None else "".join(self._texts)

    def event(self, what: str, data: dict[str, Any]) -> StreamEvent:
        return {
            "event": f"on_{self._kind}_{what}",
            "name": self._kind,
            "run_id": self._id,
            "parent_ids": [],
            "tags": [],
            "metadata": {},
            "data": data,
        }


def visible(event: StreamEvent) -> StreamEvent | None:
    """What a reader who must not see the prompt sees of ``event``.

    - Events of prompts and of chains inside others are not shown.
    - Inputs are not shown, except the arguments of tools, which the model wrote.
    - Of the metadata the ``ls_…`` keys remain, which name the model and its settings.
    """
    name = event["event"]
    if name.startswith("on_prompt_") or (name.startswith("on_chain_") and event["parent_ids"]):
        return None
    shown = dict(event)
    shown["metadata"] = {k: v for k, v in event["metadata"].items() if k.startswith("ls_")}
    data = event["data"]
    if name != "on_custom_event" and not name.startswith("on_tool_") and "input" in data:
        shown["data"] = {key: value for key, value in data.items() if key != "input"}
    return cast(StreamEvent, shown)
