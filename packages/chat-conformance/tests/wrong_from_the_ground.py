"""Models that are wrong in one way from the ground up, as a first attempt may be."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

from chat_core import AIMessage, AIMessageChunk, Message
from plain_model import PlainModel

__all__ = ["Blocking", "Buffering", "Deaf", "Shouting", "Stringly", "ToldOff"]


class Buffering(PlainModel):
    """Reads the whole response before it gives out a chunk."""

    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        options.pop("idle_timeout", None)
        yield from list(super()._stream(messages, **options))


class Blocking(PlainModel):
    """Makes the blocking call on the event loop."""

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        for segment in super()._stream(messages, **options):
            yield segment


class Stringly(PlainModel):
    """Yields text instead of chunks."""

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return iter(["Hello"])


class Shouting(PlainModel):
    """Changes the text."""

    async def _agenerate(self, messages: list[Message], **options: Any) -> AIMessage:
        return self._generate(messages, **options)

    def _generate(self, messages: list[Message], **options: Any) -> AIMessage:
        return AIMessage(super()._generate(messages, **options).content.upper())


class Deaf(PlainModel):
    """Never returns."""

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        while True:
            time.sleep(1)


class ToldOff(PlainModel):
    """Answers and streams, and never notices that a vendor has fallen silent."""

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return super().stream(input, config, **kwargs | {"idle_timeout": 3600.0, "timeout": 3600.0})
