"""A model whose answers report their usage, and that may wait while it answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from typing import Any, ClassVar

from chat_core import AIMessage, AIMessageChunk, ChatModel, Message, UsageMetadata, merge_chunks
from pydantic import PrivateAttr

__all__ = ["SpendingModel"]


class SpendingModel(ChatModel):
    """Answers ``text`` in pieces of one word; each call uses ``input`` and ``output`` tokens.

    ``cost-1`` is a model of a known price where a test registers it. ``usage_first`` reports the
    input with the first chunk, as Anthropic does.
    """

    provider: ClassVar[str] = "spending"

    model: str = "cost-1"
    text: str = "one two three four"
    input: int | None = 10
    output: int | None = 20
    usage_first: bool = False
    answered: str | None = None
    cached: bool = False
    fails_after: int | None = None
    _barrier: Any = PrivateAttr(default=None)
    _sent: list[int] = PrivateAttr(default_factory=list)

    def _chunks(self) -> Generator[AIMessageChunk, None, None]:
        self._sent.append(1)
        if self.usage_first:
            usage = UsageMetadata(input_tokens=self.input, output_tokens=1)
            yield AIMessageChunk("", usage_metadata=usage)
        for number, word in enumerate(self.text.split()):
            if self.fails_after == number:
                raise ConnectionError("it broke off")
            yield AIMessageChunk(f"{word} ")
        facts = {"finish_reason": "stop", "model_name": self.answered or self.model}
        last = AIMessageChunk(
            "", response_metadata=facts | ({"cached": True} if self.cached else {})
        )
        if self.output is not None:
            last.usage_metadata = UsageMetadata(input_tokens=self.input, output_tokens=self.output)
        yield last

    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        if isinstance(self._barrier, threading.Barrier):
            self._barrier.wait(30)
        return merge_chunks(self._chunks()).to_message()

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        await asyncio.sleep(0.01)
        return merge_chunks(self._chunks()).to_message()

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[list[AIMessageChunk], None, None]:
        for chunk in self._chunks():
            yield [chunk]

    async def _astream(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        for chunk in self._chunks():
            yield [chunk]
