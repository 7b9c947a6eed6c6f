"""Which ``anthropic-beta`` words a request needs for what it asks.

The API hides new features behind words in a header. A request that uses one of the features below
gets its word; words that the caller gives (``betas=[...]``) come first, and one of the same feature
in another version replaces ours. https://platform.claude.com/docs/en/api/beta-headers
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["FILES_BETA", "needed_betas", "with_beta", "with_betas"]

FILES_BETA = "files-api-2025-04-14"
"""For uploads, and for messages that name an uploaded file."""

_BY_PARAMETER = {
    "billing_policy": "user-profiles-billing-2026-10-01",
    "compaction": "compact-2026-09-04",
    "context_management": "context-management-2025-06-27",
    "diagnostics": "cache-diagnosis-2026-04-07",
    "fallback_credit_token": "fallback-credit-2026-07-01",
    "fallbacks": "server-side-fallback-2026-07-01",
    "speed": "fast-mode-2026-02-01",
    "thread": "message-threads-2026-08-12",
}
_BY_TOOL = {
    "advisor_": "advisor-tool-2026-03-01",
    "code_execution_20250522": "code-execution-2025-05-22",
    "computer_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
    "mcp_toolset": "mcp-client-2025-11-20",
}
"""By how the tool's ``type`` begins."""
_BY_BLOCK = {
    "tool_addition": "mid-conversation-tool-changes-2026-07-01",
    "tool_removal": "mid-conversation-tool-changes-2026-07-01",
    "container_upload": FILES_BETA,
}


def with_betas(body: dict[str, Any], asked: Sequence[str]) -> list[str]:
    """The words for ``body``: those ``asked`` for, then those that are missing."""
    families = {_family(word) for word in asked}
    missing = [word for word in needed_betas(body) if _family(word) not in families]
    return list(dict.fromkeys([*asked, *missing]))


def with_beta(asked: Sequence[str], word: str) -> list[str]:
    """The words ``asked`` for, and ``word`` unless one of its feature is among them."""
    has_one = any(_family(each) == _family(word) for each in asked)
    return list(asked) if has_one else [*asked, word]


def needed_betas(body: dict[str, Any]) -> Iterable[str]:
    """The words that the parameters, tools and blocks of ``body`` call for, maybe repeated."""
    for name, word in _BY_PARAMETER.items():
        if body.get(name) is not None:
            yield word
    edits = (body.get("context_management") or {}).get("edits") or ()
    if any(str(edit.get("type", "")).startswith("compact_") for edit in edits):
        yield "compact-2026-01-12"
    if (body.get("output_config") or {}).get("task_budget") is not None:
        yield "task-budgets-2026-03-13"
    thinking = body.get("thinking") or {}
    if thinking.get("block_binding") is not None:
        yield "thinking-binding-controls-2026-08-01"
    if thinking.get("display") == "updates":
        yield "thinking-display-updates-2026-08-18"
    container = body.get("container")
    if isinstance(container, dict) and container.get("skills"):
        yield "skills-2025-10-02"
    yield from _for_tools(body)
    for turn in body.get("messages") or ():
        for block in turn["content"]:
            yield from _for_block(block)


def _for_tools(body: dict[str, Any]) -> Iterable[str]:
    kinds = [str(tool.get("type") or "") for tool in body.get("tools") or ()]
    for kind in kinds:
        for start, word in _BY_TOOL.items():
            if kind.startswith(start):
                yield word
    if body.get("mcp_servers") and "mcp_toolset" not in kinds:
        # Without a toolset that names the server this is the connector's first version.
        yield "mcp-client-2025-04-04"


def _for_block(block: Any) -> Iterable[str]:
    if not isinstance(block, dict):
        return
    kind = block.get("type")
    if kind in _BY_BLOCK:
        yield _BY_BLOCK[kind]
    source = block.get("source")
    if isinstance(source, dict) and source.get("type") == "file":
        yield FILES_BETA
    if kind == "tool_result" and isinstance(block.get("content"), list):
        for part in block["content"]:
            yield from _for_block(part)


def _family(word: str) -> str:
    """``mcp-client`` of ``mcp-client-2025-11-20``."""
    return word.rsplit("-", 3)[0]
