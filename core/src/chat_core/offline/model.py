"""``ChatOffline``: a model that makes up its answers in this process and streams them slowly."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import ClassVar

from pydantic import Field, field_validator

from ..concurrency.cancellation import sleep
from ..json_text import JSONObject
from ..messages.chunks import AIMessageChunk, merge_chunks
from ..messages.message import AIMessage, Message
from ..models.model import ChatModel
from ..models.model_settings import LIMITS
from ..models.settings import Settings
from ..tools.spec import CallOptions
from .answer import answer_chunks

__all__ = ["MODELS", "ChatOffline"]

MODELS = ("demo", "think")
"""``demo`` answers in words; ``think`` reasons first."""


class ChatOffline(ChatModel):
    """A model without vendor, key or network, for trying things out: ``offline:demo``.

    The same input always gets the same answer. It streams word by word with token counts, calls the
    first of its bound tools until a tool has answered, and fills any schema with example values.
    ``max_tokens`` counts words; ``stop`` is kept; other settings change nothing.

    Args:
        model: ``"demo"``, or ``"think"``, which sends reasoning before its answer.
        pause: seconds between two chunks of a stream.
    """

    provider: ClassVar[str] = "offline"
    applies: ClassVar[frozenset[str]] = LIMITS  # it answers at once and never fails

    pause: float = Field(default=0.02, ge=0, le=60)

    @field_validator("model")
    @classmethod
    def _model_is_one_of_ours(cls, model: str) -> str:
        if model not in MODELS:
            raise ValueError(f"the offline models are {' and '.join(MODELS)}")
        return model

    def reasoning_parameters(self) -> JSONObject:
        """Nothing: the setting changes no answer of this model."""
        return {}

    def _chunks(self, messages: list[Message], options: Settings) -> list[AIMessageChunk]:
        return answer_chunks(
            messages,
            CallOptions(**options),
            model=self.model,
            thinks=self.model == "think",
            max_tokens=self.max_tokens,
            stop=self.stop or (),
        )

    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        return merge_chunks(self._chunks(messages, options)).to_message()

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        return self._generate(messages, **options)

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[list[AIMessageChunk], None, None]:
        for chunk in self._chunks(messages, options):
            sleep(self.pause)
            yield [chunk]

    async def _astream(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        from asyncio import sleep as async_sleep

        for chunk in self._chunks(messages, options):
            await async_sleep(self.pause)
            yield [chunk]
