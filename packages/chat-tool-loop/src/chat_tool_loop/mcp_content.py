"""Results of MCP tools as the content of a ``ToolMessage``: text, media, resources, JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chat_core import AudioBlock, FileBlock, ImageBlock, TextBlock, VideoBlock

if TYPE_CHECKING:
    from mcp_types import BlobResourceContents, CallToolResult, ResourceLink, TextResourceContents

__all__ = ["ResultBlock", "content_of", "text_of"]

ResultBlock = TextBlock | ImageBlock | AudioBlock | VideoBlock | FileBlock


def content_of(result: CallToolResult) -> str | list[ResultBlock]:
    """The content of ``result``: a ``str`` where there is text alone, in one piece.

    Structured content follows as JSON unless the text has it already, as servers are asked to do.
    """
    blocks = [_block(item) for item in result.content]
    structured = result.structured_content
    if structured is not None and not _is_written(structured, blocks):
        blocks.append(TextBlock(json.dumps(structured, ensure_ascii=False)))
    if not blocks:
        return ""
    (first, *others) = blocks
    return first.text if isinstance(first, TextBlock) and not others else blocks


def text_of(result: CallToolResult) -> str:
    """The text of ``result``, for an error."""
    content = content_of(result)
    if isinstance(content, str):
        return content
    return "\n".join(block.text for block in content if isinstance(block, TextBlock))


def _block(item: Any) -> ResultBlock:
    if item.type == "text":
        return TextBlock(item.text)
    if item.type == "resource":
        return _resource(item.resource)
    if item.type == "resource_link":
        return TextBlock(_link(item))
    return _media(item.data, item.mime_type, None)


def _resource(resource: TextResourceContents | BlobResourceContents) -> ResultBlock:
    text = getattr(resource, "text", None)
    if text is not None:
        return TextBlock(f"{resource.uri}\n{text}")
    blob: str = getattr(resource, "blob", "")
    name = str(resource.uri).rpartition("/")[2] or None
    return _media(blob, resource.mime_type or "application/octet-stream", name)


def _media(data: str, mime_type: str, name: str | None) -> ResultBlock:
    kind = mime_type.partition("/")[0]
    if kind == "image":
        return ImageBlock(base64=data, mime_type=mime_type)
    if kind == "audio":
        return AudioBlock(base64=data, mime_type=mime_type)
    if kind == "video":
        return VideoBlock(base64=data, mime_type=mime_type)
    return FileBlock(base64=data, mime_type=mime_type, name=name)


def _link(link: ResourceLink) -> str:
    facts = [link.title or link.name, str(link.uri)]
    facts += [fact for fact in (link.mime_type, link.description) if fact]
    return ", ".join(facts)


def _is_written(structured: Any, blocks: list[ResultBlock]) -> bool:
    """Whether the text of ``blocks`` is ``structured``, or the only value in it."""
    texts = [block.text for block in blocks if isinstance(block, TextBlock)]
    values = [_parsed(text) for text in texts]
    wanted = [structured]
    if isinstance(structured, dict) and len(structured) == 1:
        wanted += structured.values()
    found = [values, *values, *texts]
    return bool(texts) and any(each in found for each in wanted)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
