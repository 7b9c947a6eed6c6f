"""A model that counts how often it is asked, and streams chunks of every kind."""

from __future__ import annotations

from collections.abc import Generator
from typing import ClassVar

from chat_core import (
    AIMessage,
    AIMessageChunk,
    ChatModel,
    Message,
    ReasoningBlock,
    TextBlock,
    ToolCallChunk,
    UsageMetadata,
    merge_chunks,
)
from pydantic import PrivateAttr

__all__ = ["CHUNKS", "CountingModel"]

CHUNKS = [
    [AIMessageChunk([ReasoningBlock("Let me see", index=0)])],
    [
        AIMessageChunk([ReasoningBlock("", index=0, extras={"signature": "c2lnbmVk"})]),
        AIMessageChunk([TextBlock("It is ", index=1)]),
    ],
    [AIMessageChunk([TextBlock("nine\ud800", index=1)])],
    [AIMessageChunk([ToolCallChunk("look", '{"city": "', "call-1", 2)])],
    [AIMessageChunk([ToolCallChunk(None, 'Rome"}', None, 2)])],
    [
        AIMessageChunk(
            "",
            id="answer-1",
            response_metadata={"finish_reason": "tool_calls", "model_name": "counted-1"},
        ),
        AIMessageChunk("", usage_metadata=UsageMetadata(input_tokens=3, output_tokens=9)),
    ],
]


class CountingModel(ChatModel):
    """Streams ``CHUNKS``; ``finish`` is its finish reason, ``fails`` breaks it off half-way."""

    provider: ClassVar[str] = "counting"

    model: str = "counted"
    finish: str = "tool_calls"
    fails: bool = False
    _asked: list[str] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> int:
        """How often the model has been asked, copies included."""
        return len(self._asked)

    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        chunks = [chunk for segment in self._stream(messages) for chunk in segment]
        return merge_chunks(chunks).to_message()

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[list[AIMessageChunk], None, None]:
        self._asked.append(messages[-1].content)
        for number, segment in enumerate(CHUNKS):
            if self.fails and number == 2:
                raise ConnectionError("it broke off")
            yield segment if number < len(CHUNKS) - 1 else self._last(segment)

    def _last(self, segment: list[AIMessageChunk]) -> list[AIMessageChunk]:
        end, usage = segment
        facts = {**end.response_metadata, "finish_reason": self.finish}
        return [AIMessageChunk("", id=end.id, response_metadata=facts), usage]
