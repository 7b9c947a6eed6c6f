"""The tool that Mistral runs in chat completions, in its shape; pure.

Source: ``ChatCompletionRequestTool`` of the SDK's ``models/chatcompletionrequest.py``, which has
functions, ``document_library``, ``image_generation`` and registered connectors alone; the web and
code are tools of ``models/conversationrequest.py``.
"""

from __future__ import annotations

from chat_core import CodeExecution, FileSearch, MCPServer, WebSearch
from chat_core.provider import ServerToolEncoder, ServerToolTable, ServerToolWire

__all__ = ["SERVER_TOOLS"]

_ELSEWHERE = "Mistral runs it in its agents and conversations, not in chat completions."


def _document_library(tool: FileSearch) -> ServerToolWire:
    return ServerToolWire({"type": "document_library", "library_ids": list(tool.stores)})


SERVER_TOOLS = ServerToolTable(
    "mistralai",
    {FileSearch: ServerToolEncoder(_document_library)},
    {
        WebSearch: _ELSEWHERE,
        CodeExecution: _ELSEWHERE,
        MCPServer: "Register the server at Mistral, and give the tool as a dict: {'type':"
        " 'connector', 'connector_id': ...}.",
    },
)
"""What Mistral runs; the stores of ``FileSearch`` are ids of libraries."""
