"""The answers that ``OfflineServer`` takes, as items of a script.

An answer is a ``str``, a ``ToolCall``, an ``AIMessage`` with text, reasoning, refusals and tool
calls, or an item of a script (``script.py``): a ``Reply``, ``Candidates``, an ``ErrorReply``, a
``Delivery`` or an ``Answer`` byte by byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from inspect import iscoroutinefunction
from itertools import cycle
from typing import Any, TypeAlias

from chat_core import (
    AIMessage,
    InvalidParameterError,
    Message,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCall,
)

from .http_answers import Answer
from .script import (
    MODEL_NAME,
    Call,
    Candidates,
    Delivery,
    ErrorReply,
    Part,
    Reasoning,
    Refusal,
    Reply,
    Text,
    Tokens,
)
from .simulators import ScriptItem

__all__ = ["AnswerSource", "Scriptable", "answer_source", "script_item"]

Scriptable: TypeAlias = str | ToolCall | AIMessage | ScriptItem
"""One answer."""

AnswerSource: TypeAlias = Callable[[list[Message]], Scriptable]
"""What makes the answer to the messages of a request."""


def answer_source(answers: Scriptable | Sequence[Any] | AnswerSource) -> AnswerSource:
    """A function that gives the answers: one always, or those of a list in turn and then again.

    Raises ``InvalidParameterError`` for what is no answer.
    """
    if iscoroutinefunction(answers):
        raise InvalidParameterError(
            f"answers is an async function, {answers.__name__!r}; the server's thread needs a plain"
            " one that does not wait."
        )
    if callable(answers):
        source: AnswerSource = answers
        return source
    given: list[Any] = list(answers) if isinstance(answers, list | tuple) else [answers]
    if not given:
        raise InvalidParameterError("answers is an empty list; give at least one answer.")
    for answer in given:
        script_item(answer, [], "", 1)  # what is no answer is refused now
    turn = cycle(given)
    return lambda messages: next(turn)


def script_item(answer: object, messages: Sequence[Message], model: str, number: int) -> ScriptItem:
    """``answer`` as the item of a script.

    Args:
        answer: see this module's docstring.
        messages: of the request, for the token counts: a word is a token.
        model: the model's name to report.
        number: of the request, for the answer's id.
    """
    if isinstance(answer, Reply | Candidates | Delivery | ErrorReply | Answer):
        return answer
    if isinstance(answer, str):
        parts: list[Part] = [Text(answer)]
    elif isinstance(answer, ToolCall):
        parts = list(_parts([answer]))
    elif isinstance(answer, AIMessage):
        parts = list(_parts(answer.blocks))
    else:
        raise InvalidParameterError(
            "An answer of the offline server is a str, a ToolCall, an AIMessage, a Reply or an"
            f" ErrorReply; got {type(answer).__name__}."
        )
    tokens = _tokens(answer, parts, messages)
    return Reply(*parts, tokens=tokens, id=f"answer-{number:04}", model=model or MODEL_NAME)


def _parts(blocks: Sequence[object]) -> Iterator[Part]:
    calls = 0
    for block in blocks:
        match block:
            case TextBlock(text=text):
                yield Text(text)
            case ReasoningBlock(text=text):
                yield Reasoning(text)
            case RefusalBlock(text=text):
                yield Refusal(text)
            case ToolCall(name=name, args=args, id=id):
                calls += 1
                yield Call(name, json.dumps(args, ensure_ascii=False), id or f"call{calls:05}")
            case _:
                raise InvalidParameterError(
                    f"The offline server cannot send a {type(block).__name__}."
                )


def _tokens(answer: object, parts: Sequence[Part], messages: Sequence[Message]) -> Tokens:
    usage = answer.usage_metadata if isinstance(answer, AIMessage) else None
    if usage is not None:
        return Tokens(usage.input_tokens or 0, usage.output_tokens or 0)
    words = [len(part.text.split()) for part in parts if isinstance(part, Text | Refusal)]
    thought = sum(len(part.text.split()) for part in parts if isinstance(part, Reasoning))
    read = sum(len(message.content.split()) for message in messages)
    return Tokens(read, sum(words) + thought, reasoning=thought or None)
