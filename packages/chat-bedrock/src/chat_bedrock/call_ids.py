"""How Bedrock names the calls of tools: ``[a-zA-Z0-9_.:-]{1,64}``, and blocks of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core.provider import CallIds

from .names import PROVIDER

__all__ = ["CALL_IDS"]


def _native_call(block: Mapping[str, Any]) -> tuple[str, str] | None:
    use = block.get("toolUse")
    return (str(use.get("name")), str(use.get("toolUseId"))) if isinstance(use, dict) else None


def _native_result(block: Mapping[str, Any]) -> str | None:
    result = block.get("toolResult")
    return str(result.get("toolUseId")) if isinstance(result, dict) else None


CALL_IDS = CallIds(
    provider=PROVIDER,
    vendor="Bedrock",
    pattern=r"[a-zA-Z0-9_.:-]{1,64}",
    prefix="tooluse_",
    native_call=_native_call,
    native_result=_native_result,
)
