"""Answers of every provider in conversations, and the requests that every provider makes of them.

Nothing is sent: an answer is decoded from its recorded bytes, whole or cut off, and each provider
encodes the next request, which the rulebook of its wire checks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from chat_anthropic import ChatAnthropic
from chat_bedrock import ChatBedrock
from chat_conformance.recordings import Recording
from chat_conformance.rulebooks import RULEBOOKS, Finding, Rulebook
from chat_core import AIMessage, ChatError, HumanMessage, Message, ToolMessage
from chat_core.provider import (
    CallOptions,
    MessageBuilder,
    StreamReader,
    WireModel,
    decode_reply,
    json_content,
    settle,
)
from chat_fireworks import ChatFireworks
from chat_google_genai import ChatGoogleGenerativeAI
from chat_google_vertexai import ChatVertexAI
from chat_groq import ChatGroq
from chat_mistralai import ChatMistralAI
from chat_ollama import ChatOllama
from chat_openai import ChatOpenAI, ChatOpenAICompatible

__all__ = ["SENDERS", "Sender", "answers", "conversations", "decoded", "refused"]

HOST = "http://127.0.0.1:9"


class Sender:
    """A provider that a conversation is sent to, and the rulebook that its requests must keep."""

    def __init__(self, name: str, model: WireModel, book: Rulebook) -> None:
        self.name = name
        self.model = model
        self.book = book

    def findings(self, messages: Sequence[Message]) -> list[Finding]:
        """What the vendor would refuse. Raises ``ChatError`` for what is refused before sending."""
        read = self.model._read(list(messages))
        body = self.model._encode(read, CallOptions(), stream=True)
        return self.book.check(json.loads(json_content(body)))


def _sender(model: WireModel, api: str) -> Sender:
    return Sender(f"{model.provider}-{api}", model, RULEBOOKS[model.provider, api])


@cache
def _senders() -> dict[str, Sender]:
    given: dict[str, Any] = {"base_url": HOST, "api_key": "k"}
    senders = [
        _sender(ChatOpenAI(model="gpt-5-mini", **given), "chat-completions"),
        _sender(ChatOpenAI(model="gpt-5-mini", api="responses", **given), "responses"),
        _sender(ChatOpenAICompatible(model="m", **given), "chat-completions"),
        _sender(ChatOpenAICompatible(model="m", api="responses", **given), "responses"),
        _sender(ChatAnthropic(model="claude-sonnet-4-5", **given), "messages"),
        _sender(ChatBedrock(model="us.anthropic.claude-haiku-4-5-v1:0", **given), "converse"),
        _sender(ChatGroq(model="openai/gpt-oss-20b", **given), "chat-completions"),
        _sender(ChatFireworks(model="accounts/fireworks/models/x", **given), "chat-completions"),
        _sender(ChatMistralAI(model="mistral-small-latest", **given), "chat-completions"),
        _sender(ChatOllama(model="qwen3", **given), "ollama-chat"),
        _sender(ChatGoogleGenerativeAI(model="gemini-2.5-flash", **given), "generate-content"),
        _sender(ChatVertexAI(model="gemini-2.5-flash", **given), "generate-content"),
    ]
    return {sender.name: sender for sender in senders}


SENDERS = _senders()
"""Every provider, each API by itself."""


def answers(recording: Recording) -> Iterator[tuple[str, AIMessage]]:
    """The recorded answer, and what is there of it when it is cut off at four places."""
    sender = SENDERS[f"{recording.provider}-{recording.api}"]
    yield "whole", decoded(sender.model, recording.body, is_stream=recording.stream)
    if recording.stream:
        for part in range(1, 5):
            cut = recording.body[: len(recording.body) * part // 5]
            yield f"cut at {part}/5", decoded(sender.model, cut, is_stream=True)


def decoded(model: WireModel, body: bytes, *, is_stream: bool) -> AIMessage:
    """What ``model`` makes of ``body``; of a stream that breaks off, what has arrived.

    Raises ``ChatError`` for a whole answer that cannot be read.
    """
    if not is_stream:
        return settle(decode_reply(model._decoder(), body))
    builder = MessageBuilder()
    reader = StreamReader(model._decoder())
    builder.extend(reader.feed(body))
    if reader.failure is None and not reader.ended:
        builder.extend(reader.finish())
    return builder.message()


def conversations(answer: AIMessage) -> Iterator[tuple[str, list[Message]]]:
    """What may follow ``answer``: another question, or the results of its calls and more."""
    ask: list[Message] = [HumanMessage("Q")]
    results: list[Message] = [
        ToolMessage("done" if number else "", call.id or "", name=call.name)
        for number, call in enumerate(answer.tool_calls)
    ]
    yield "asked again", [*ask, answer, *results, HumanMessage("And?")]
    if results:
        yield "answered", [*ask, answer, *results]
        failed: list[Message] = [
            ToolMessage("", call.id or "", status="error") for call in answer.tool_calls
        ]
        yield "failed", [*ask, answer, *failed, HumanMessage("And?")]
        yield "twice", [*ask, answer, *results, answer, *results, HumanMessage("And?")]
    else:
        yield "twice", [*ask, answer, *ask, answer, HumanMessage("And?")]


def refused(error: ChatError) -> str:
    """The class and the message of a refusal, without what differs from message to message."""
    return f"{type(error).__name__}: {re.sub(r'[0-9]+', 'N', str(error))[:110]}"
