"""Content blocks of a whole answer, and what streams hold whole, into ours; pure.

What our block has no field for, and what the vendor wants back, goes into ``extras`` under the
vendor's name, and the encoder puts it back: ``signature`` and ``redactedContent`` of reasoning,
``name`` of calls that the vendor runs, ``type`` of their results. A kind of block that is not known
here is kept whole as a ``NonStandardBlock``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chat_core import (
    AudioBlock,
    Block,
    Citation,
    ImageBlock,
    NonStandardBlock,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCallChunk,
)

from .media_formats import mime_type_of
from .server_tools import SYSTEM_TOOLS

__all__ = [
    "SERVER_TOOL",
    "decode_block",
    "decode_citation",
    "decode_media",
    "server_call",
    "server_result",
]

SERVER_TOOL = "server_tool_use"
_NO_NAMES: Mapping[str, str] = {}


def decode_block(
    wire: Mapping[str, Any], index: int | None, names: Mapping[str, str] = _NO_NAMES
) -> Block | None:
    """One whole content block; ``None`` for an empty one.

    ``names`` leads from names of tools on the wire to those that were given.
    """
    for kind, value in wire.items():
        if kind == "text":
            return TextBlock(value, index=index) if value else None
        if not isinstance(value, Mapping):
            continue
        if kind == "toolUse":
            return _tool_use(value, index, names)
        if kind == "reasoningContent":
            return _reasoning(value, index)
        if kind == "citationsContent":
            return _cited(value, index)
        if kind == "toolResult":
            return server_result(value, index)
        if kind in ("image", "audio"):
            return decode_media(kind, value, index)
    return NonStandardBlock(dict(wire), index=index) if wire else None


def decode_citation(wire: Mapping[str, Any]) -> Citation:
    """Where a text block's statement comes from; what counts characters or pages is in ``extras``.

    ``cited_text`` is the text of the source.
    """
    location = wire.get("location")
    web = location.get("web") if isinstance(location, Mapping) else None
    source = wire.get("source")
    url = web.get("url") if isinstance(web, Mapping) else None
    return Citation(
        url=url or (source if isinstance(source, str) and "://" in source else None),
        title=wire.get("title"),
        cited_text="".join(_texts(wire.get("sourceContent"))) or None,
        extras=dict(wire),
    )


def decode_media(kind: str, wire: Mapping[str, Any], index: int | None) -> Block | None:
    """An image or a sound that the model made; one that failed stays in the vendor's shape."""
    source = wire.get("source")
    source = source if isinstance(source, Mapping) else {}
    location = source.get("s3Location")
    url = location.get("uri") if isinstance(location, Mapping) else None
    data = source.get("bytes")
    if not (data or url):
        return NonStandardBlock({kind: dict(wire)}, index=index)
    block = ImageBlock if kind == "image" else AudioBlock
    mime = mime_type_of(kind, wire.get("format"))
    return block(url if not data else None, base64=data or None, mime_type=mime, index=index)


def server_call(
    wire: Mapping[str, Any],
    args: dict[str, Any],
    index: int | None,
    extras: Mapping[str, Any] = _NO_NAMES,
) -> ServerToolCall:
    """The call of a tool that the vendor runs; its own name is in ``extras`` where ours differs."""
    given = wire.get("name") or ""
    name = SYSTEM_TOOLS.get(given, given)
    named = {} if name == given else {"name": given}
    return ServerToolCall(
        name, args, wire.get("toolUseId"), index=index, extras={**named, **extras}
    )


def server_result(wire: Mapping[str, Any], index: int | None) -> ServerToolResult:
    """The result of a tool that the vendor ran."""
    return ServerToolResult(
        wire.get("content"),
        wire.get("toolUseId"),
        SYSTEM_TOOLS.get(str(wire.get("type")).removesuffix("_result")),
        "error" if wire.get("status") == "error" else "success",
        index=index,
        extras={key: wire[key] for key in ("type",) if wire.get(key) is not None},
    )


def _tool_use(wire: Mapping[str, Any], index: int | None, names: Mapping[str, str]) -> Block:
    given, name = wire.get("input"), wire.get("name")
    if wire.get("type") == SERVER_TOOL:
        return server_call(wire, given or {}, index)
    # Some models' input comes as JSON text.
    args = given if isinstance(given, str) else json.dumps(given) if given else None
    if isinstance(name, str):
        name = names.get(name, name)
    return ToolCallChunk(name, args, wire.get("toolUseId"), index)


def _reasoning(wire: Mapping[str, Any], index: int | None) -> ReasoningBlock | None:
    sealed = wire.get("redactedContent")
    if sealed:
        return ReasoningBlock("", index=index, extras={"redactedContent": sealed})
    inner = wire.get("reasoningText")
    if not isinstance(inner, Mapping):
        return None
    text, signature = inner.get("text") or "", inner.get("signature")
    extras = {"signature": signature} if signature else {}
    return ReasoningBlock(text, index=index, extras=extras) if text or extras else None


def _cited(wire: Mapping[str, Any], index: int | None) -> TextBlock | None:
    found = [c for c in wire.get("citations") or () if isinstance(c, Mapping) and c]
    citations = tuple([decode_citation(citation) for citation in found])
    text = "".join(_texts(wire.get("content")))
    return TextBlock(text, citations, index=index) if text or citations else None


def _texts(parts: Any) -> Iterator[str]:
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, Mapping) and isinstance(part.get("text"), str):
            yield part["text"]
