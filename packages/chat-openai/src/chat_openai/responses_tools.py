"""Output items of the Responses API that no caller's function answers, as blocks, and citations.

Rules:

- An item with a place in ``_CALLS`` is a ``ServerToolCall``; what the item itself has about the
  outcome follows as ``ServerToolResult`` (``ImageBlock`` for a picture). An item in ``_RESULTS`` is
  a result by itself. Anything else is a ``NonStandardBlock``.
- The whole item stays in ``extras["item"]`` of its first block, because the vendor wants it back
  verbatim; the blocks after it only name it (``extras["item_id"]``).
- Some of these calls wait for the caller, not for the vendor: ``awaits_client`` is true for those.

Source of the item shapes: the OpenAI SDK's ``types/responses`` and the recorded traffic.
"""

from __future__ import annotations

from typing import Any

from chat_core import (
    Block,
    Citation,
    ImageBlock,
    NonStandardBlock,
    ServerToolCall,
    ServerToolResult,
)
from chat_core.provider import parse_json

__all__ = ["awaits_client", "citation", "item_blocks", "started_blocks"]

_CALLS: dict[str, tuple[str, str]] = {
    "web_search_call": ("web_search", "action"),
    "x_search_call": ("x_search", "action"),
    "file_search_call": ("file_search", ""),
    "code_interpreter_call": ("code_execution", ""),
    "image_generation_call": ("image_generation", ""),
    "mcp_list_tools": ("mcp_list_tools", ""),
    "mcp_call": ("mcp", ""),
    "mcp_approval_request": ("mcp_approval_request", ""),
    "computer_call": ("computer", "action"),
    "shell_call": ("shell", "action"),
    "local_shell_call": ("local_shell", "action"),
    "apply_patch_call": ("apply_patch", "operation"),
    "tool_search_call": ("tool_search", ""),
    "program": ("program", ""),
}
"""Item type → our tool name, and the field that holds the arguments where it is one object.

A name is that of the server tool (``WebSearch.name`` …) where there is one; the vendor's own word
is the type of the item in ``extras``."""

_RESULTS: dict[str, tuple[str, str]] = {
    "computer_call_output": ("computer", "output"),
    "shell_call_output": ("shell", "output"),
    "local_shell_call_output": ("local_shell", "output"),
    "apply_patch_call_output": ("apply_patch", "output"),
    "tool_search_output": ("tool_search", "tools"),
    "program_output": ("program", "result"),
}
"""Item type → our tool name, and the field that holds the outcome."""

_OUTCOMES = {
    "file_search_call": "results",
    "code_interpreter_call": "outputs",
    "mcp_list_tools": "tools",
    "mcp_call": "output",
}
"""Call item → its own field that holds the outcome."""

_ALWAYS_CLIENT = frozenset(
    {
        "custom_tool_call",
        "local_shell_call",
        "apply_patch_call",
        "computer_call",
        "mcp_approval_request",
    }
)
_NOT_ARGUMENTS = frozenset(
    {"type", "id", "call_id", "status", "name", "error", "result", "fingerprint", "execution"}
)


def awaits_client(item: dict[str, Any]) -> bool:
    """Whether the caller must act on this item before the model can go on.

    A shell runs at the vendor when it has a container, a tool search when its ``execution`` is
    ``server``.
    """
    kind = item.get("type")
    if kind == "shell_call":
        return ((item.get("environment") or {}).get("type") or "local") == "local"
    if kind == "tool_search_call":
        return item.get("execution") == "client"
    return kind in _ALWAYS_CLIENT


def started_blocks(item: dict[str, Any], index: int) -> list[Block]:
    """The call of a tool whose item has only begun, so that a stream shows that it runs."""
    return [_call(item, index)] if item.get("type") in _CALLS else []


def item_blocks(item: dict[str, Any], index: int) -> list[Block]:
    """The blocks of one finished item. Each carries ``index``, which must be the item's own."""
    kind = item.get("type")
    if kind in _RESULTS:
        return [_result_item(item, index)]
    if kind not in _CALLS:
        return [NonStandardBlock(item, index=index)]
    blocks: list[Block] = [_call(item, index)]
    if kind == "image_generation_call":
        if item.get("result"):
            blocks.append(_image(item, index))
        return blocks
    outcome, failed = _outcome(item)
    if outcome is not None:
        blocks.append(
            ServerToolResult(
                outcome,
                _id(item),
                blocks[0].name if isinstance(blocks[0], ServerToolCall) else None,
                "error" if failed else "success",
                index=index,
                extras={"item_id": item.get("id")},
            )
        )
    return blocks


def citation(annotation: dict[str, Any]) -> Citation:
    """A citation from an annotation, which stays whole in ``extras["annotation"]``."""
    return Citation(
        url=annotation.get("url"),
        title=annotation.get("title") or annotation.get("filename"),
        start_index=annotation.get("start_index"),
        end_index=annotation.get("end_index"),
        extras={"annotation": annotation},
    )


def _call(item: dict[str, Any], index: int) -> ServerToolCall:
    name, field = _CALLS[item["type"]]
    if item["type"] == "mcp_call" and item.get("name"):
        name = item["name"]
    return ServerToolCall(
        name, _arguments(item, field), _id(item), index=index, extras={"item": item}
    )


def _arguments(item: dict[str, Any], field: str) -> dict[str, Any]:
    value = (item.get(field) if field else None) or item.get("arguments")
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError:
            return {"arguments": value}
    if isinstance(value, dict):
        if item["type"] == "mcp_approval_request":
            named = {key: item.get(key) for key in ("server_label", "name")}
            return {**named, "arguments": value}
        return value
    if value is not None:
        return {"arguments": value}
    left_out = _NOT_ARGUMENTS | {_OUTCOMES.get(item["type"], "")}
    return {k: v for k, v in item.items() if k not in left_out and v is not None}


def _outcome(item: dict[str, Any]) -> tuple[Any, bool]:
    """The outcome of a call, ``None`` if the item has none, and whether the call failed."""
    if item.get("error"):
        return item["error"], True
    kind = item["type"]
    if kind == "web_search_call":
        sources = (item.get("action") or {}).get("sources")
        return sources, item.get("status") == "failed"
    return item.get(_OUTCOMES.get(kind, "")), item.get("status") == "failed"


def _result_item(item: dict[str, Any], index: int) -> ServerToolResult:
    name, field = _RESULTS[item["type"]]
    failed = item.get("status") in ("failed", "incomplete")
    return ServerToolResult(
        item.get(field),
        _id(item),
        name,
        "error" if failed else "success",
        index=index,
        extras={"item": item},
    )


def _image(item: dict[str, Any], index: int) -> ImageBlock:
    mime_type = item.get("output_format") or "png"
    return ImageBlock(
        base64=item["result"],
        mime_type=f"image/{'svg+xml' if mime_type == 'svg' else mime_type}",
        index=index,
        extras={"item_id": item.get("id")},
    )


def _id(item: dict[str, Any]) -> str | None:
    return item.get("call_id") or item.get("id")
