"""Content blocks of an answer, from Anthropic's shape into ours.

What our block has no field for, and what the vendor wants back, goes into ``extras`` under the
vendor's name, and the encoder puts it back: ``signature`` and ``data`` of thinking, ``caller`` of a
tool call, everything of a block that belongs to a tool run by the vendor, the vendor's ``name`` of
such a tool among it where ours is another. A kind of block that is
not known here is kept whole as a ``NonStandardBlock``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chat_core import (
    Block,
    Citation,
    CodeExecution,
    NonStandardBlock,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCallChunk,
)

__all__ = ["decode_block", "decode_citation"]

SERVER_CALLS = frozenset({"server_tool_use", "mcp_tool_use"})
_CALL_FIELDS = frozenset({"name", "input", "id"})
_RESULT_FIELDS = frozenset({"content", "tool_use_id"})
_NAMES = {
    "bash_code_execution": CodeExecution.name,
    "text_editor_code_execution": CodeExecution.name,
}
"""Anthropic's names of tools that are parts of one of ours → the name of ours."""
_TOOL_USE_EXTRAS = ("caller", "toolset_name")
_NO_NAMES: Mapping[str, str] = {}
_DIRECT = {"type": "direct"}
"""The caller of nearly every call, the model itself; it means the same when absent."""


def decode_block(
    wire: dict[str, Any], index: int | None, names: Mapping[str, str] = _NO_NAMES
) -> Block | None:
    """One whole content block; ``None`` for an empty one.

    ``names`` leads from names of tools on the wire to those that were given. ``input`` of a
    ``tool_use`` becomes the text of a ``ToolCallChunk``, because the call is valid only
    if the answer finishes properly.
    """
    kind = wire.get("type")
    if kind == "text":
        citations = tuple([decode_citation(c) for c in wire.get("citations") or () if c])
        text = wire.get("text") or ""
        return TextBlock(text, citations, index=index) if text or citations else None
    if kind == "thinking":
        return _thinking(wire, index)
    if kind == "redacted_thinking":
        return ReasoningBlock("", index=index, extras={"data": wire.get("data")})
    if kind == "tool_use":
        return _tool_use(wire, index, names)
    if kind in SERVER_CALLS:
        extras = {key: value for key, value in wire.items() if key not in _CALL_FIELDS}
        args = wire.get("input") or {}
        name = wire.get("name") or ""
        if kind == "server_tool_use" and name in _NAMES:
            extras["name"] = name  # goes back as it came
            name = _NAMES[name]
        return ServerToolCall(name, args, wire.get("id"), index=index, extras=extras)
    if isinstance(kind, str) and kind.endswith("_tool_result"):
        return _server_result(wire, kind, index)
    return NonStandardBlock(wire, index=index)


def decode_citation(wire: dict[str, Any]) -> Citation:
    """Where a text block's statement comes from.

    It speaks of the whole block, so no offsets are set: those in the wire (kept in ``extras``,
    verbatim) count characters, pages or blocks of the source.
    """
    source = wire.get("source")  # of a search result: mostly its address, by the vendor's advice
    return Citation(
        url=wire.get("url") or (source if isinstance(source, str) and "://" in source else None),
        title=wire.get("title") or wire.get("document_title"),
        cited_text=wire.get("cited_text"),
        extras=wire,
    )


def _thinking(wire: dict[str, Any], index: int | None) -> ReasoningBlock | None:
    text, signature = wire.get("thinking") or "", wire.get("signature")
    extras = {"signature": signature} if signature else {}
    return ReasoningBlock(text, index=index, extras=extras) if text or extras else None


def _tool_use(wire: dict[str, Any], index: int | None, names: Mapping[str, str]) -> ToolCallChunk:
    given = wire.get("input")
    # Some servers write the object as JSON text.
    args = given if isinstance(given, str) else json.dumps(given) if given else None
    extras = {
        key: value
        for key in _TOOL_USE_EXTRAS
        if (value := wire.get(key)) is not None and value != _DIRECT
    }
    name = wire.get("name")
    if names and isinstance(name, str):
        name = names.get(name, name)
    return ToolCallChunk(name, args, wire.get("id"), index, extras=extras)


def _server_result(wire: dict[str, Any], kind: str, index: int | None) -> ServerToolResult:
    content = wire.get("content")
    failed = wire.get("is_error") or (isinstance(content, dict) and content.get("error_code"))
    return ServerToolResult(
        content,
        wire.get("tool_use_id"),
        _name_of_result(kind),
        "error" if failed else "success",
        index=index,
        extras={key: value for key, value in wire.items() if key not in _RESULT_FIELDS},
    )


def _name_of_result(kind: str) -> str | None:
    """The tool's name; an MCP server's tools have names of their own, which only the call has."""
    name = kind.removesuffix("_tool_result")
    return None if name == "mcp" else _NAMES.get(name, name)
