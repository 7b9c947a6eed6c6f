"""Parts that always come whole, as blocks: media, code that Google ran, tools that it called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chat_core import (
    AudioBlock,
    Block,
    FileBlock,
    ImageBlock,
    NonStandardBlock,
    ServerToolCall,
    ServerToolResult,
    VideoBlock,
)

from .names import CODE_EXECUTION, TOOL_TYPE, TOOL_TYPES

__all__ = ["WHOLE_PARTS", "inline_media"]

Extras = dict[str, Any]

_MEDIA: dict[str, type[AudioBlock | ImageBlock | VideoBlock]] = {
    "audio": AudioBlock,
    "image": ImageBlock,
    "video": VideoBlock,
}


def inline_media(data: dict[str, Any], extras: Extras) -> Any:
    """Return ``inlineData`` (an image or sound that the model made) as a block."""
    return _media({"base64": data.get("data") or ""}, data, extras)


def _file(data: dict[str, Any], extras: Extras) -> Any:
    if not isinstance(data.get("fileUri"), str):
        return NonStandardBlock({"fileData": data, **extras})
    return _media({"url": data["fileUri"]}, data, extras)


def _media(where: dict[str, str], data: dict[str, Any], extras: Extras) -> Any:
    mime = data.get("mimeType") or "application/octet-stream"
    kind = _MEDIA.get(mime.partition("/")[0])
    if kind is None:
        name = data.get("displayName")
        return FileBlock(**where, mime_type=mime, name=name, extras=extras)  # type: ignore[arg-type]
    return kind(**where, mime_type=mime, extras=extras)  # type: ignore[arg-type]


def _executable_code(code: dict[str, Any], extras: Extras) -> Block:
    return ServerToolCall(
        CODE_EXECUTION, _present(code, "language", "code"), code.get("id"), extras=extras
    )


def _code_result(result: dict[str, Any], extras: Extras) -> Block:
    failed = result.get("outcome") not in (None, "OUTCOME_OK")
    return ServerToolResult(
        _present(result, "outcome", "output"),
        result.get("id"),
        CODE_EXECUTION,
        "error" if failed else "success",
        extras=extras,
    )


def _server_call(call: dict[str, Any], extras: Extras) -> Block:
    name, extras = _named(call.get(TOOL_TYPE) or "TOOL_TYPE_UNSPECIFIED", extras)
    return ServerToolCall(name, call.get("args") or {}, call.get("id"), extras=extras)


def _server_result(result: dict[str, Any], extras: Extras) -> Block:
    kind = result.get(TOOL_TYPE)
    name, extras = _named(kind, extras) if kind else (None, extras)
    return ServerToolResult(result.get("response"), result.get("id"), name, extras=extras)


def _named(kind: str, extras: Extras) -> tuple[str, Extras]:
    """Our name of a tool by Google's type, and ``extras`` with the type where they differ."""
    name = TOOL_TYPES.get(kind, kind)
    return name, extras if name == kind else {**extras, TOOL_TYPE: kind}


def _present(wire: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: wire[name] for name in names if wire.get(name) is not None}


WHOLE_PARTS: dict[str, Callable[[dict[str, Any], Extras], Any]] = {
    "executableCode": _executable_code,
    "codeExecutionResult": _code_result,
    "toolCall": _server_call,
    "toolResponse": _server_result,
    "fileData": _file,
}
"""Field of a part → what reads its value."""
