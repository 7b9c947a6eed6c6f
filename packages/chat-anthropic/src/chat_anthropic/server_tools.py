"""Tools that Anthropic runs, in its shape; pure.

The versions are the oldest that need no word in ``anthropic-beta``; later ones may be given as
dicts. Sources: the SDK's ``types/beta`` (``BetaWebSearchTool20250305Param``,
``BetaWebFetchTool20250910Param``, ``BetaCodeExecutionTool20250825Param``, ``BetaMCPToolsetParam``,
``BetaRequestMCPServerURLDefinitionParam``). Recorded requests have the search with each of its
options, and servers with type, name and url; of code execution they have other versions.
"""

from __future__ import annotations

from typing import Any

from chat_core import (
    CodeExecution,
    FileSearch,
    InvalidParameterError,
    MCPServer,
    WebFetch,
    WebSearch,
)
from chat_core.provider import ServerToolEncoder, ServerToolTable, ServerToolWire

__all__ = ["SERVER_TOOLS"]


def _web_search(tool: WebSearch) -> ServerToolWire:
    wire = {"type": "web_search_20250305", "name": "web_search", **_limits(tool)}
    if tool.location:
        wire["user_location"] = {"type": "approximate", **tool.location}
    return ServerToolWire(wire)


def _web_fetch(tool: WebFetch) -> ServerToolWire:
    return ServerToolWire({"type": "web_fetch_20250910", "name": "web_fetch", **_limits(tool)})


def _limits(tool: WebSearch | WebFetch) -> dict[str, Any]:
    if tool.allowed_domains and tool.blocked_domains:
        raise InvalidParameterError(
            f"{type(tool).__name__}: Anthropic takes allowed_domains or blocked_domains, not both."
        )
    wire: dict[str, Any] = {}
    if tool.max_uses is not None:
        wire["max_uses"] = tool.max_uses
    if tool.allowed_domains:
        wire["allowed_domains"] = list(tool.allowed_domains)
    if tool.blocked_domains:
        wire["blocked_domains"] = list(tool.blocked_domains)
    return wire


def _code_execution(tool: CodeExecution) -> ServerToolWire:
    return ServerToolWire({"type": "code_execution_20250825", "name": "code_execution"})


def _mcp(tool: MCPServer) -> ServerToolWire:
    """The server among ``mcp_servers``, and a toolset that names it among the tools."""
    server: dict[str, Any] = {"type": "url", "url": tool.url, "name": tool.name}
    if token := tool.secret_token():
        server["authorization_token"] = token
    toolset: dict[str, Any] = {"type": "mcp_toolset", "mcp_server_name": tool.name}
    if tool.allowed_tools is not None:
        toolset["default_config"] = {"enabled": False}
        toolset["configs"] = {name: {"enabled": True} for name in tool.allowed_tools}
    return ServerToolWire(toolset, {"mcp_servers": [server]})


_WEB = frozenset({"max_uses", "allowed_domains", "blocked_domains"})

SERVER_TOOLS = ServerToolTable(
    "Anthropic",
    {
        WebSearch: ServerToolEncoder(_web_search, _WEB | {"location"}),
        WebFetch: ServerToolEncoder(_web_fetch, _WEB),
        CodeExecution: ServerToolEncoder(_code_execution),
        MCPServer: ServerToolEncoder(
            _mcp,
            frozenset({"token", "allowed_tools"}),
            {"headers": "It sends token= as a bearer token and no other header."},
        ),
    },
    {FileSearch: "Give the files in the messages as FileBlock, or a function that searches them."},
)
"""What Anthropic runs."""
