"""How Anthropic names the calls of tools: ``^[a-zA-Z0-9_-]+$``, and blocks of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core.provider import CallIds

from .names import PROVIDER

__all__ = ["CALL_IDS"]


def _native_call(block: Mapping[str, Any]) -> tuple[str, str] | None:
    is_call = block.get("type") == "tool_use"
    return (str(block.get("name")), str(block.get("id"))) if is_call else None


def _native_result(block: Mapping[str, Any]) -> str | None:
    return str(block.get("tool_use_id")) if block.get("type") == "tool_result" else None


CALL_IDS = CallIds(
    provider=PROVIDER,
    vendor="Anthropic",
    pattern=r"[a-zA-Z0-9_-]+",
    prefix="toolu_",
    native_call=_native_call,
    native_result=_native_result,
)
