"""Messages to the ``messages`` of ``POST /api/chat``. Pure.

Rules (Ollama's API types ``Message`` and ``ToolCall``):

- ``content`` is a string. Texts of a user that follow one another are on lines of their own; those
  of an answer are one text.
- Images are base64 without a prefix, in a list beside the text. Images of tool results and of
  answers stand in the user's next message.
- The arguments of a call are an object. A call and its result have the call's id, which older
  servers do not read; the result has the name of its tool too.
- A message has no name: it stands before the text.
- Further keys of a block (``extras``) are keys of its message, and those of a call keys of the
  call; the server ignores what it does not know.
- Thinking goes back with Ollama's own answers, and with those that the caller wrote.
- An answer of another provider keeps its text, refusal, transcript and tool calls. One that has
  none of these is left out.
- Which calls are sent, with which ids, and where their results stand: ``chat_completions.history``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chat_completions.history import function_of, read_history
from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    RefusalBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import images_to_user, name_in_text, parse_arguments

from .names import PROVIDER

__all__ = ["encode_messages"]

_RESULT_FOLLOWS = "The result is in the user message that follows."
_NAMELESS = "unknown"


def encode_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The wire's ``messages``.

    Raises ``InvalidParameterError`` for what the wire has no form for, and ``InvalidRequestError``
    for a conversation that holds nothing to send or lacks a tool's result.
    """
    turns = _Conversation(messages).encode()
    # Ollama loads the model for these and writes nothing (can1357/oh-my-pi#7465).
    if all(turn["role"] == "system" for turn in turns):
        raise InvalidRequestError(
            "There is nothing to answer: no message is left but those of the system, and an answer"
            " without text and calls is not sent. Add a HumanMessage."
        )
    return turns


class _Conversation:
    """The conversation being encoded."""

    def __init__(self, messages: Sequence[Message]) -> None:
        named = images_to_user([name_in_text(message) for message in messages], _is_moved)
        self._history = read_history(named, str)
        self._names: dict[str, str] = {}
        """The name of each call by its id on the wire."""

    def encode(self) -> list[dict[str, Any]]:
        turns: list[dict[str, Any]] = []
        waiting: list[Block] = []
        """Images of tool results, until the last result of the turn is encoded."""
        for number, message in self._history.messages:
            if waiting and not isinstance(message, ToolMessage):
                turns.append(_plain(HumanMessage(waiting)))
                waiting = []
            if isinstance(message, ToolMessage):
                turns.append(self._result(number, message, waiting))
            elif isinstance(message, AIMessage):
                turn = self._answer(number, message)
                turns += [turn] if turn["content"] or "tool_calls" in turn else []
            else:
                turns.append(_plain(message))
        if waiting:
            turns.append(_plain(HumanMessage(waiting)))
        return turns

    def _result(self, number: int, message: ToolMessage, waiting: list[Block]) -> dict[str, Any]:
        call_id = self._history.result_ids.get(number, message.tool_call_id)
        name = self._names.get(call_id) or message.name
        texts = [block for block in message.blocks if isinstance(block, TextBlock)]
        media = [block for block in message.blocks if not isinstance(block, TextBlock)]
        if media:
            texts = texts or [TextBlock(_RESULT_FOLLOWS)]
            waiting += [TextBlock(f"From the result of the tool {name}:"), *media]
        wire: dict[str, Any] = {"role": "tool", "content": _lines(texts)}
        if name:
            wire["tool_name"] = name
        return {**_extras(texts), **wire, "tool_call_id": call_id, **message.additional_kwargs}

    def _answer(self, number: int, message: AIMessage) -> dict[str, Any]:
        is_own = message.response_metadata.get("model_provider") in (None, PROVIDER)
        wire: dict[str, Any] = {"role": "assistant", "content": _answer_text(message)}
        if is_own and message.reasoning:
            wire["thinking"] = message.reasoning
        calls = [
            self._call(block, call_id, is_own=is_own)
            for position, block in enumerate(message.blocks)
            if (call_id := self._history.call_ids.get((number, position))) is not None
        ]
        if calls:
            wire["tool_calls"] = calls
        return {**wire, **message.additional_kwargs} if is_own else wire

    def _call(self, block: Block, call_id: str, *, is_own: bool) -> dict[str, Any]:
        name, arguments = _function(block)
        self._names[call_id] = name
        call = {"id": call_id, "function": {"name": name, "arguments": arguments}}
        return {**_extras([block]), **call} if is_own else call


def _is_moved(message: AIMessage, image: ImageBlock) -> bool:
    """Whether an image of an answer goes into the user's next message."""
    if image.base64 is not None:
        return True
    if message.response_metadata.get("model_provider") is None:
        raise _refusal(image)
    return False  # of another vendor, by an address that this server does not fetch


def _plain(message: SystemMessage | HumanMessage) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "role": "system" if isinstance(message, SystemMessage) else "user",
        "content": _lines([b for b in message.blocks if isinstance(b, TextBlock)]),
    }
    images = [_image(block) for block in message.blocks if not isinstance(block, TextBlock)]
    if images:
        wire["images"] = images
    return {**_extras(message.blocks), **wire, **message.additional_kwargs}


def _extras(blocks: Sequence[Block]) -> dict[str, Any]:
    return {name: value for block in blocks for name, value in block.extras.items()}


def _lines(texts: Sequence[TextBlock]) -> str:
    return "\n".join(block.text for block in texts if block.text)


def _image(block: Block) -> str:
    """The base64 of an image. Raises ``InvalidParameterError`` for everything else."""
    if isinstance(block, ImageBlock) and block.base64 is not None:
        return block.base64
    raise _refusal(block)


def _refusal(block: Block) -> InvalidParameterError:
    if isinstance(block, ImageBlock):
        what = "url" if block.url is not None else "file_id"
        return InvalidParameterError(
            f"Ollama takes no ImageBlock by {what}: it does not fetch images. Give the bytes:"
            " ImageBlock.from_bytes(data, mime_type='image/png')."
        )
    return InvalidParameterError(
        f"Ollama takes text and images in a message; got {type(block).__name__}."
    )


def _answer_text(message: AIMessage) -> str:
    texts: list[str] = []
    for block in message.blocks:
        if isinstance(block, TextBlock | RefusalBlock):
            texts.append(block.text)
        elif isinstance(block, AudioBlock) and block.transcript:
            texts.append(block.transcript)
    return "".join(texts)


def _function(block: Block) -> tuple[str, dict[str, Any]]:
    """Name and arguments of a call; those of a broken call are empty."""
    if isinstance(block, ToolCall):
        return block.name, block.args
    if isinstance(block, NonStandardBlock):
        function = function_of(block.value)
        return function["name"], _arguments(function["arguments"])
    assert isinstance(block, InvalidToolCall)
    return block.name or _NAMELESS, _arguments(block.args)


def _arguments(text: str | None) -> dict[str, Any]:
    try:
        return parse_arguments(text or "")
    except ValueError:
        return {}
