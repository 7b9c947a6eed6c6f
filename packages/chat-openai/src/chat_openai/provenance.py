"""Of which wire an answer is: Responses and Chat Completions have one provider id.

Answers of Responses carry ``response_metadata["api"]``. To Chat Completions their item ids, server
tools and encrypted reasoning mean nothing, so such an answer is sent like another vendor's; the
encoder of Responses does the same the other way round (``is_of_responses``).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from chat_core import AIMessage, Message

__all__ = ["RESPONSES", "as_foreign_to_completions", "is_of_responses"]

RESPONSES = "responses"
"""The value of ``response_metadata["api"]`` of a Responses answer."""


def is_of_responses(message: AIMessage, provider: str) -> bool:
    """Whether an answer came by Responses from ``provider``, or was made by hand as if it had."""
    metadata = message.response_metadata
    origin = metadata.get("model_provider")
    return origin is None or (origin == provider and metadata.get("api") == RESPONSES)


def as_foreign_to_completions(messages: Sequence[Message]) -> list[Message]:
    """The conversation with answers of Responses marked as foreign to Chat Completions."""
    return [_foreign(message) if _came_by_responses(message) else message for message in messages]


def _came_by_responses(message: Message) -> bool:
    return isinstance(message, AIMessage) and message.response_metadata.get("api") == RESPONSES


def _foreign(message: Message) -> Message:
    assert isinstance(message, AIMessage)
    provider = f"{message.response_metadata.get('model_provider')} by {RESPONSES}"
    foreign = copy(message)
    foreign.response_metadata = {**message.response_metadata, "model_provider": provider}
    return foreign
