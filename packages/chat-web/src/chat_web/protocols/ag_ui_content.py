"""The content parts of AG-UI (text, image, audio, video, document), written and read."""

from __future__ import annotations

from typing import Any

from chat_core import Block, FileBlock, TextBlock
from chat_core.provider import MediaBlock

from .body import Place
from .json_values import json_text
from .media import file_by_id, media_kind, read_media

__all__ = ["read_content", "write_part"]


def write_part(block: Block | MediaBlock) -> dict[str, Any]:
    """``block`` as a part; what is neither text nor media as the text of its JSON."""
    if not isinstance(block, MediaBlock):
        text = getattr(block, "text", None)
        return {"type": "text", "text": text if isinstance(text, str) else json_text(block)}
    source: dict[str, Any]
    if block.base64 is not None:
        mime_type = block.mime_type or "application/octet-stream"
        source = {"type": "data", "value": block.base64, "mimeType": mime_type}
    else:
        source = {"type": "url", "value": block.url}
        if block.file_id is not None:
            source = {"type": "file", "value": block.file_id}
        source |= {"mimeType": block.mime_type} if block.mime_type else {}
    kind = media_kind(block)
    return {"type": "document" if kind == "file" else kind, "source": source}


def read_content(message: Place) -> list[Block]:
    """The blocks of a message's ``content``, which is text or a list of parts.

    Raises ``InvalidParameterError`` for one that is not understood.
    """
    content = message.value.get("content")
    if isinstance(content, str):
        return [TextBlock(content)] if content else []
    if not isinstance(content, list):
        message.refuse("is text or a list of parts", content, "content")
    return [block for part in message.objects("content") for block in _read_part(part)]


def _read_part(part: Place) -> list[Block]:
    kind = part.text("type")
    if kind == "text":
        text = part.text("text")
        return [TextBlock(text)] if text else []
    if kind == "binary":
        return [_read_binary(part)]
    if kind not in ("image", "audio", "video", "document"):
        part.refuse("is one of text, image, audio, video, document", kind, "type")
    return [_read_source(part.object("source"), "file" if kind == "document" else kind)]


def _read_source(source: Place, kind: str) -> Block:
    how, value = source.text("type"), source.text("value")
    mime_type = source.text_or_none("mimeType")
    if how == "data":
        if mime_type is None:
            source.refuse("is the MIME type of the data", None, "mimeType")
        return read_media(source, f"data:{mime_type};base64,{value}", "value", mime_type, kind)
    if how == "url":
        return read_media(source, value, "value", mime_type, kind)
    if how == "file":
        return file_by_id(value, mime_type, kind)
    return source.refuse("is one of data, url, file", how, "type")


def _read_binary(part: Place) -> Block:
    """The one kind of media before version 1.0: ``url``, ``data`` or ``id``, with its type."""
    mime_type = part.text("mimeType")
    data, url = part.text_or_none("data"), part.text_or_none("url")
    if data is not None:
        return read_media(part, f"data:{mime_type};base64,{data}", "data", mime_type)
    if url is not None:
        return read_media(part, url, "url", mime_type)
    return FileBlock(file_id=part.text("id"), mime_type=mime_type)
