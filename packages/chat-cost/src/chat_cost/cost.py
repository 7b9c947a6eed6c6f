"""``with_cost``: a model whose answers say what they cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from typing import TypeVar

from chat_core import AIMessage, AIMessageChunk, ChatModel, UsageMetadata
from chat_core.provider import AsyncSegments, ModelCall, ModelMiddleware, Segments, wrap_model

from .answer_cost import answer_cost
from .answer_facts import AnswerFacts
from .library import load_prices

__all__ = ["with_cost"]

Model = TypeVar("Model", bound=ChatModel)


def with_cost(model: Model) -> Model:
    """A copy of ``model`` whose answers have ``usage_metadata["cost"]``: US dollars, or ``None``.

    A stream ends with a chunk without text that brings it. Answers without ``usage_metadata`` have
    no cost. The list of prices is loaded now, so that no answer waits for it.

    Raises ``InvalidParameterError`` for what is no chat model.
    """
    wrapped = wrap_model(model, CostMiddleware())
    load_prices()
    return wrapped


class CostMiddleware(ModelMiddleware):
    """Adds the price of an answer to its usage."""

    def __repr__(self) -> str:
        return "with_cost"

    def generate(self, call: ModelCall, answer: Callable[[], AIMessage]) -> AIMessage:
        """See ``ModelMiddleware``."""
        return _priced(call.model, answer())

    async def agenerate(
        self, call: ModelCall, answer: Callable[[], Awaitable[AIMessage]]
    ) -> AIMessage:
        """See ``ModelMiddleware``."""
        return _priced(call.model, await answer())

    def stream(self, call: ModelCall, answer: Callable[[], Segments]) -> Segments:
        """See ``ModelMiddleware``."""
        facts = AnswerFacts()
        segments = answer()
        try:
            for segment in segments:
                facts.note(segment)
                yield segment
        finally:
            segments.close()
        if facts.usage is not None:
            yield [_last_chunk(call.model, facts)]

    async def astream(self, call: ModelCall, answer: Callable[[], AsyncSegments]) -> AsyncSegments:
        """See ``ModelMiddleware``."""
        facts = AnswerFacts()
        segments = answer()
        try:
            async for segment in segments:
                facts.note(segment)
                yield segment
        finally:
            await segments.aclose()
        if facts.usage is not None:
            yield [_last_chunk(call.model, facts)]


def _priced(model: ChatModel, message: AIMessage) -> AIMessage:
    if message.usage_metadata is None:
        return message
    cost = answer_cost(model, message.usage_metadata, message.response_metadata)
    priced = copy(message)
    priced.usage_metadata = _with_cost(message.usage_metadata, cost)
    return priced


def _last_chunk(model: ChatModel, facts: AnswerFacts) -> AIMessageChunk:
    assert facts.usage is not None
    cost = answer_cost(model, facts.usage, facts.metadata)
    return AIMessageChunk("", usage_metadata=_with_cost(facts.usage, cost))


def _with_cost(usage: UsageMetadata, cost: float | None) -> UsageMetadata:
    priced = copy(usage)
    priced["cost"] = cost
    return priced
