"""For tests: a model with scripted answers and no network, and short waits between retries.

``OfflineServer`` is that of chat-conformance, where it is installed: every vendor on loopback.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, PrivateAttr, field_validator

from . import retry
from .concurrency.fork_lock import ForkLock
from .errors import InvalidParameterError
from .json_text import JSONObject
from .messages.blocks import TextBlock
from .messages.chunks import AIMessageChunk, as_chunk
from .messages.message import AIMessage, Message
from .models.model import ChatModel
from .models.model_settings import LIMITS

if TYPE_CHECKING:
    OfflineServer: Any

__all__ = ["FakeChatModel", "OfflineServer", "first_retry_after"]


def __getattr__(name: str) -> Any:
    if name != "OfflineServer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        return import_module("chat_conformance").OfflineServer
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"OfflineServer is part of chat-conformance: pip install chat-conformance ({error})"
        ) from error


@contextmanager
def first_retry_after(seconds: float) -> Iterator[None]:
    """Within the block the first retry of a request waits about ``seconds`` instead of 0.5.

    Later waits double as usual, and waits that the vendor asks for are kept. It holds for the whole
    process.
    """
    wait, retry.BASE_WAIT = retry.BASE_WAIT, seconds
    try:
        yield
    finally:
        retry.BASE_WAIT = wait


_TURN = ForkLock()
"""Held while a call takes its turn: a model and those that are bound from it count together."""


class FakeChatModel(ChatModel):
    """Answers from ``responses`` in turn, beginning again after the last; streams word by word.

    A response is a ``str``, an ``AIMessage``, or an exception, which is raised; one that is no list
    is the only one. The messages of each call are kept in ``calls``, a list of message lists.

        model = FakeChatModel(responses=["hello there"])
        assert [c.content for c in model.stream("hi")] == ["hello ", "there"]
    """

    provider: ClassVar[str] = "fake"
    applies: ClassVar[frozenset[str]] = LIMITS  # it stands for models that do
    idempotency_header: ClassVar[str | None] = "Idempotency-Key"  # likewise

    model: str = "fake"
    responses: Sequence[Any] = Field(min_length=1)
    _calls: list[list[Message]] = PrivateAttr(default_factory=list)

    @property
    def calls(self) -> list[list[Message]]:
        """The messages of every call so far, in order."""
        return self._calls

    @field_validator("responses", mode="before")
    @classmethod
    def _one_response_is_a_list(cls, responses: object) -> object:
        return [responses] if isinstance(responses, str | AIMessage | Exception) else responses

    def reasoning_parameters(self) -> JSONObject:
        """Nothing: the setting changes no answer of this model."""
        return {}

    def _next(self, messages: list[Message]) -> AIMessage:
        with _TURN:
            turn = len(self._calls)
            self._calls.append(messages)
        response = self.responses[turn % len(self.responses)]
        if isinstance(response, BaseException):
            raise response
        if isinstance(response, AIMessage):
            return response
        if isinstance(response, str):
            return AIMessage(response, response_metadata=self._finished())
        raise InvalidParameterError(
            f"A response is a str, an AIMessage or an exception; got {type(response).__name__}."
        )

    def _finished(self) -> JSONObject:
        return {
            "model_name": self.model,
            "model_provider": self.provider,
            "finish_reason": "stop",
            "raw_finish_reason": "stop",
        }

    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        return self._next(messages)

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        return self._next(messages)

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[list[AIMessageChunk], None, None]:
        for chunk in _words(self._next(messages)):
            yield [chunk]

    async def _astream(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        for chunk in _words(self._next(messages)):
            yield [chunk]


def _words(message: AIMessage) -> list[AIMessageChunk]:
    """A message as one chunk a word; blocks that are not text come whole, metadata last."""
    chunks: list[AIMessageChunk] = []
    for index, block in enumerate(message.blocks):
        if isinstance(block, TextBlock) and not block.citations and not block.extras:
            words = re.findall(r"\s*\S+\s*", block.text) or [block.text]
            chunks += [AIMessageChunk([TextBlock(word, index=index)]) for word in words]
        else:
            chunks.append(AIMessageChunk([block]))
    whole = as_chunk(message)
    whole.blocks = ()
    if not chunks:
        return [whole]
    last = chunks[-1]
    last.id, last.name = whole.id, whole.name
    last.additional_kwargs = whole.additional_kwargs
    last.usage_metadata = whole.usage_metadata
    last.response_metadata = whole.response_metadata
    return chunks
