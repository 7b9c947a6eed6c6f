"""The messages of a request's body as chat-core's messages, one function for each wire.

They are what ``OfflineServer.calls`` shows and what its answer functions read: text, reasoning,
tool calls, tool results and media. A part of another kind becomes a ``NonStandardBlock``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chat_core import (
    AIMessage,
    Block,
    ChatError,
    FileBlock,
    HumanMessage,
    ImageBlock,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import parse_arguments, to_messages

__all__ = [
    "anthropic_messages",
    "completions_messages",
    "converse_messages",
    "gemini_messages",
    "ollama_messages",
    "responses_messages",
]

Part = Mapping[str, Any]


def completions_messages(body: Mapping[str, Any]) -> list[Message]:
    """The messages of Chat Completions."""
    found: list[Message] = []
    for wire in body.get("messages") or ():
        parts = wire.get("content")
        content = parts if parts is None or isinstance(parts, str) else _openai_blocks(parts)
        found += to_messages([{**wire, "content": content}])
    return found


def responses_messages(body: Mapping[str, Any]) -> list[Message]:
    """The instructions and the input items of Responses."""
    found: list[Message] = []
    if body.get("instructions"):
        found.append(SystemMessage(body["instructions"]))
    items: Any = body.get("input") or ()
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    for item in items:
        match item.get("type", "message"):
            case "message":
                found += _responses_message(item)
            case "function_call":
                call = ToolCall(item["name"], _arguments(item["arguments"]), item["call_id"])
                _add_to_answer(found, call)
            case "function_call_output":
                output = item["output"]
                content = output if isinstance(output, str) else _openai_blocks(output)
                found.append(ToolMessage(content, item["call_id"]))
            case "reasoning":
                for part in item.get("summary") or ():
                    _add_to_answer(found, ReasoningBlock(part["text"]))
            case _:
                _add_to_answer(found, NonStandardBlock(dict(item)))
    return found


def anthropic_messages(body: Mapping[str, Any]) -> list[Message]:
    """The system prompt and the messages of Messages."""
    found: list[Message] = []
    if body.get("system"):
        found.append(SystemMessage([_anthropic_block(part) for part in _parts(body["system"])]))
    for wire in body.get("messages") or ():
        blocks: list[Block] = []
        for part in _parts(wire.get("content")):
            if part.get("type") == "tool_result":
                result = [_anthropic_block(inner) for inner in _parts(part.get("content"))]
                message = ToolMessage(result, part["tool_use_id"])
                message.status = "error" if part.get("is_error") else "success"
                found.append(message)
            else:
                blocks.append(_anthropic_block(part))
        found += _by_role(wire.get("role"), blocks)
    return found


def converse_messages(body: Mapping[str, Any]) -> list[Message]:
    """The system texts and the turns of Converse."""
    found: list[Message] = []
    system = [TextBlock(part["text"]) for part in body.get("system") or () if "text" in part]
    if system:
        found.append(SystemMessage(system))
    for turn in body.get("messages") or ():
        blocks: list[Block] = []
        for part in turn["content"]:
            if "toolResult" in part:
                result = part["toolResult"]
                content = [_converse_block(each) for each in result.get("content") or ()]
                failed = result.get("status") == "error"
                call_id = result["toolUseId"]
                found.append(ToolMessage(content, call_id, "error" if failed else "success"))
            else:
                blocks.append(_converse_block(part))
        found += _by_role(turn.get("role"), blocks)
    return found


def gemini_messages(body: Mapping[str, Any]) -> list[Message]:
    """The system instruction and the contents of generateContent."""
    found: list[Message] = []
    if system := body.get("systemInstruction"):
        found.append(SystemMessage([_gemini_block(part) for part in system["parts"]]))
    for wire in body.get("contents") or ():
        blocks: list[Block] = []
        for part in wire.get("parts") or ():
            if result := part.get("functionResponse"):
                text = _gemini_result(result.get("response"))
                found.append(ToolMessage(text, result.get("id") or result["name"]))
            else:
                blocks.append(_gemini_block(part))
        found += _by_role("assistant" if wire.get("role") == "model" else "user", blocks)
    return found


def ollama_messages(body: Mapping[str, Any]) -> list[Message]:
    """The messages of Ollama's chat API."""
    found: list[Message] = []
    for wire in body.get("messages") or ():
        blocks: list[Block] = [TextBlock(wire["content"])] if wire.get("content") else []
        blocks += map(_ollama_image, wire.get("images") or ())
        if wire.get("role") == "tool":
            found.append(ToolMessage(blocks, wire.get("tool_call_id") or wire.get("tool_name", "")))
        elif wire.get("role") == "system":
            found.append(SystemMessage(blocks))
        else:
            found += _by_role(
                wire.get("role"), [*_ollama_thinking(wire), *blocks, *_ollama_calls(wire)]
            )
    return found


# --- single parts


_IMAGE_TYPES = {"/9j/": "image/jpeg", "R0lGOD": "image/gif", "UklGR": "image/webp"}
"""The type of an image by the beginning of its base64; any other is a PNG."""


def _ollama_image(data: str) -> ImageBlock:
    found = (kind for start, kind in _IMAGE_TYPES.items() if data.startswith(start))
    return ImageBlock(base64=data, mime_type=next(found, "image/png"))


def _ollama_thinking(wire: Part) -> list[Block]:
    return [ReasoningBlock(wire["thinking"])] if wire.get("thinking") else []


def _ollama_calls(wire: Part) -> Iterator[Block]:
    for call in wire.get("tool_calls") or ():
        function = call["function"]
        yield ToolCall(function["name"], dict(function.get("arguments") or {}), call.get("id"))


def _by_role(role: object, blocks: list[Block]) -> Iterator[Message]:
    if blocks:
        yield AIMessage(blocks) if role == "assistant" else HumanMessage(blocks)


def _add_to_answer(found: list[Message], block: Block) -> None:
    """Put ``block`` into the last message if that is an answer, else into a new answer."""
    if found and isinstance(found[-1], AIMessage):
        found[-1].blocks += (block,)
    else:
        found.append(AIMessage([block]))


def _parts(content: Any) -> Sequence[Part]:
    if content is None or isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    parts: Sequence[Part] = content
    return parts


def _openai_blocks(parts: Any) -> list[Block]:
    blocks: list[Block] = []
    for part in parts:
        try:
            blocks += to_messages([{"role": "user", "content": [part]}])[0].blocks
        except ChatError:
            blocks.append(NonStandardBlock(dict(part)))
    return blocks


def _responses_message(item: Part) -> Iterator[Message]:
    text = {"input_text", "output_text", "text"}
    blocks: list[Block] = [
        TextBlock(part["text"])
        if part.get("type") in text
        else ImageBlock(part["image_url"])
        if part.get("type") == "input_image" and part.get("image_url")
        else NonStandardBlock(dict(part))
        for part in _parts(item.get("content"))
    ]
    if item.get("role") in ("system", "developer"):
        yield SystemMessage(blocks)
    else:
        yield from _by_role(item.get("role"), blocks)


def _anthropic_block(part: Part) -> Block:
    match part:
        case {"type": "text", "text": str(text)}:
            return TextBlock(text)
        case {"type": "thinking", "thinking": str(text)}:
            return ReasoningBlock(text)
        case {"type": "tool_use", "name": str(name), "input": dict(args)}:
            return ToolCall(name, args, part.get("id"))
        case {"source": {"type": "base64", "data": data, "media_type": mime_type}}:
            return _media(mime_type, base64=data)
        case {"type": "image", "source": {"type": "url", "url": url}}:
            return ImageBlock(url)
    return NonStandardBlock(dict(part))


def _converse_block(part: Part) -> Block:
    match dict(part):
        case {"text": str(text)}:
            return TextBlock(text)
        case {"toolUse": use}:
            return ToolCall(use["name"], use["input"], use["toolUseId"])
        case {"reasoningContent": {"reasoningText": {"text": text}}}:
            return ReasoningBlock(text)
        case {"image": {"format": kind, "source": {"bytes": data}}}:
            return _media(f"image/{kind}", base64=data)
        case {"document": {"name": name, "format": "pdf", "source": {"bytes": data}}}:
            return FileBlock(base64=data, mime_type="application/pdf", name=name)
    return NonStandardBlock(dict(part))


def _gemini_block(part: Part) -> Block:
    match part:
        case {"text": str(text), "thought": True}:
            return ReasoningBlock(text)
        case {"text": str(text)}:
            return TextBlock(text)
        case {"functionCall": {"name": str(name)} as call}:
            return ToolCall(name, call.get("args") or {}, call.get("id"))
        case {"inlineData": {"data": data, "mimeType": mime_type}}:
            return _media(mime_type, base64=data)
        case {"fileData": {"fileUri": url, "mimeType": mime_type}}:
            return _media(mime_type, url=url)
    return NonStandardBlock(dict(part))


def _gemini_result(response: Any) -> str:
    """The result of a function; text is wrapped in an object on this wire."""
    values = list(response.values()) if isinstance(response, dict) else [response]
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return json.dumps(response, ensure_ascii=False)


def _media(mime_type: str, *, base64: str | None = None, url: str | None = None) -> Block:
    if mime_type.startswith("image/"):
        return ImageBlock(url, base64=base64, mime_type=mime_type)
    return FileBlock(url, base64=base64, mime_type=mime_type)


def _arguments(text: str) -> dict[str, Any]:
    try:
        return parse_arguments(text)
    except ValueError:
        return {}
