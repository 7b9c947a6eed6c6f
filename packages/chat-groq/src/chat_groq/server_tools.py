"""Tools that Groq runs, by model; pure.

Compound systems have a list of enabled tools (``compound_custom``), the gpt-oss models take two
tools among the functions, other models have none. Sources: ``CompoundCustom``, ``SearchSettings``
and ``ChatCompletionToolParam`` of the SDK; the names of a compound system's tools and which of its
versions has which, https://console.groq.com/docs/compound/built-in-tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core import CodeExecution, MCPServer, WebFetch, WebSearch
from chat_core.provider import ServerToolEncoder, ServerToolTable, ServerToolWire

__all__ = ["server_tools"]

_COUNTRY = "search_settings={'country': 'norway', …} of the model has the name of a country."
_COMPOUND = "The model groq/compound has it."
_BOTH = f"{_COMPOUND} openai/gpt-oss-20b and openai/gpt-oss-120b have it too."
_NONE: Mapping[str, str] = {}
_LATEST = {"Groq-Model-Version": "latest"}
"""The default version of a compound system visits no websites."""

_MCP = "Call the server's tools in your own program, and bind them as functions."


def server_tools(model: str) -> ServerToolTable:
    """The tools that Groq runs for ``model``."""
    vendor = f"Groq's {model}"
    if "compound" in model:
        domains = frozenset({"allowed_domains", "blocked_domains"})
        search = ServerToolEncoder(_compound_search, domains, {"location": _COUNTRY})
        return ServerToolTable(
            vendor,
            {
                WebSearch: search,
                WebFetch: ServerToolEncoder(lambda tool: _enabled("visit_website", _LATEST)),
                CodeExecution: ServerToolEncoder(lambda tool: _enabled("code_interpreter")),
            },
            {MCPServer: _MCP},
            beside_functions="Compound systems take no functions.",
        )
    if "gpt-oss" in model:
        domains_of_compound = dict.fromkeys(
            ("allowed_domains", "blocked_domains"), "The model groq/compound has it."
        )
        return ServerToolTable(
            vendor,
            {
                WebSearch: ServerToolEncoder(
                    lambda tool: ServerToolWire({"type": "browser_search"}),
                    instead=domains_of_compound,
                ),
                CodeExecution: ServerToolEncoder(
                    lambda tool: ServerToolWire({"type": "code_interpreter"})
                ),
            },
            {WebFetch: f"{_COMPOUND} WebSearch opens pages here as well.", MCPServer: _MCP},
        )
    instead = {WebSearch: _BOTH, CodeExecution: _BOTH, WebFetch: _COMPOUND, MCPServer: _MCP}
    return ServerToolTable(vendor, {}, instead)


def _enabled(name: str, headers: Mapping[str, str] = _NONE) -> ServerToolWire:
    body = {"compound_custom": {"tools": {"enabled_tools": [name]}}}
    return ServerToolWire(body=body, headers=headers)


def _compound_search(tool: WebSearch) -> ServerToolWire:
    settings: dict[str, Any] = {}
    if tool.allowed_domains:
        settings["include_domains"] = list(tool.allowed_domains)
    if tool.blocked_domains:
        settings["exclude_domains"] = list(tool.blocked_domains)
    body = dict(_enabled("web_search").body)
    return ServerToolWire(body={**body, "search_settings": settings} if settings else body)
