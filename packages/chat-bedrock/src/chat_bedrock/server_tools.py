"""Tools that Bedrock runs: the system tools of Amazon's Nova models; pure.

Sources: ``SystemTool`` of botocore's service model; the user guide of Nova 2, "Web Grounding" and
"Using built-in tools"; the one of Nova 1, "Grounding responses with real-time search results",
which has the search for Nova Premier alone.
"""

from __future__ import annotations

import re

from chat_core import CodeExecution, WebSearch
from chat_core.provider import ServerTool, ServerToolEncoder, ServerToolTable, ServerToolWire

from .families import family_of

__all__ = ["SYSTEM_TOOLS", "server_tools"]

SYSTEM_TOOLS = {"nova_grounding": "web_search", "nova_code_interpreter": "code_execution"}
"""Bedrock's name of a tool → ours."""

_NOVA_2 = re.compile(r"amazon\.nova-2-", re.IGNORECASE)
_PREMIER = re.compile(r"amazon\.nova-premier-", re.IGNORECASE)
_SERVES = "Amazon's Nova 2 models have it."


def server_tools(model: str) -> ServerToolTable:
    """The tools that Bedrock runs for ``model``; all of them where the id hides the model."""
    encoders: dict[type[ServerTool], ServerToolEncoder] = {
        WebSearch: ServerToolEncoder(lambda tool: _system_tool("nova_grounding")),
        CodeExecution: ServerToolEncoder(lambda tool: _system_tool("nova_code_interpreter")),
    }
    if family_of(model) is not None and _NOVA_2.search(model) is None:
        del encoders[CodeExecution]
        if _PREMIER.search(model) is None:
            del encoders[WebSearch]
    instead: dict[type[ServerTool], str] = dict.fromkeys((WebSearch, CodeExecution), _SERVES)
    return ServerToolTable(f"Bedrock's {model}", encoders, instead)


def _system_tool(name: str) -> ServerToolWire:
    return ServerToolWire({"systemTool": {"name": name}})
