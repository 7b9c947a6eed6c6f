"""Tools that Bedrock runs: the system tools of Amazon's Nova models; pure.

Source: ``SystemTool`` of botocore's service model, and the user guide of Nova, "Web grounding" and
"Code interpreter".
"""

from __future__ import annotations

from chat_core import CodeExecution, WebSearch
from chat_core.provider import ServerToolEncoder, ServerToolTable, ServerToolWire

from .families import family_of

__all__ = ["SYSTEM_TOOLS", "server_tools"]

SYSTEM_TOOLS = {"nova_grounding": "web_search", "nova_code_interpreter": "code_execution"}
"""Bedrock's name of a tool → ours."""


def server_tools(model: str) -> ServerToolTable:
    """The tools that Bedrock runs for ``model``."""
    if family_of(model) != "amazon":
        serves = "Converse has it for Amazon's Nova models."
        return ServerToolTable(f"Bedrock's {model}", {}, {WebSearch: serves, CodeExecution: serves})
    return ServerToolTable(
        f"Bedrock's {model}",
        {
            WebSearch: ServerToolEncoder(lambda tool: _system_tool("nova_grounding")),
            CodeExecution: ServerToolEncoder(lambda tool: _system_tool("nova_code_interpreter")),
        },
    )


def _system_tool(name: str) -> ServerToolWire:
    return ServerToolWire({"systemTool": {"name": name}})
