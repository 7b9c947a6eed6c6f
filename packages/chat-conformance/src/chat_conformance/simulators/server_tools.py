"""What each wire has of a tool that the vendor ran: a table for each, kind of tool → its shape.

The shapes are those of recorded answers and, where there is none, of the vendors' SDKs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..script import ServerToolRun

__all__ = [
    "CONVERSE_BLOCKS",
    "EXECUTED_TOOLS",
    "GEMINI_PARTS",
    "MESSAGES_BLOCKS",
    "RESPONSES_ITEMS",
]

Wire: TypeAlias = dict[str, Any]
Shapes: TypeAlias = Mapping[str, Callable[[ServerToolRun], Any]]

_QUERY = "goldfish on the moon"
_CODE = "print(6 * 7)"
_URL = "https://example.org/goldfish"


# --- Responses: one item has both the call and its outcome


def _web_search_call(run: ServerToolRun) -> Wire:
    action = {"type": "search", "query": _QUERY, "sources": [{"type": "url", "url": run.result}]}
    return {"type": "web_search_call", "action": action}


def _code_interpreter_call(run: ServerToolRun) -> Wire:
    outputs = [{"type": "logs", "logs": run.result}]
    facts = {"container_id": "cntr_1", "code": _CODE, "outputs": outputs}
    return {"type": "code_interpreter_call", **facts}


def _file_search_call(run: ServerToolRun) -> Wire:
    found = {"file_id": "file_1", "filename": "goldfish.txt", "score": 0.9, "text": run.result}
    return {"type": "file_search_call", "queries": [_QUERY], "results": [found]}


def _mcp_call(run: ServerToolRun) -> Wire:
    facts = {"server_label": "library", "name": run.server_tool, "error": None}
    arguments = json.dumps({"query": _QUERY})
    return {"type": "mcp_call", **facts, "arguments": arguments, "output": run.result}


RESPONSES_ITEMS: Shapes = {
    "web_search": _web_search_call,
    "code_execution": _code_interpreter_call,
    "file_search": _file_search_call,
    "mcp_server": _mcp_call,
}
"""Items of Responses; id and status are added."""


# --- Messages: a block for the call, a block for the result


def _searched(run: ServerToolRun) -> list[Wire]:
    page = {"type": "web_search_result", "url": run.result, "title": "A page"}
    return _messages(run, "web_search", {"query": _QUERY}, [{**page, "encrypted_content": "seal"}])


def _fetched(run: ServerToolRun) -> list[Wire]:
    source = {"type": "text", "media_type": "text/plain", "data": run.result}
    document = {"type": "document", "source": source}
    page = {"type": "web_fetch_result", "url": _URL, "content": document}
    return _messages(run, "web_fetch", {"url": _URL}, page)


def _executed(run: ServerToolRun) -> list[Wire]:
    outcome: Wire = {"type": "bash_code_execution_result", "stdout": run.result, "stderr": ""}
    outcome |= {"return_code": 0, "content": []}
    return _messages(run, "bash_code_execution", {"command": "python goldfish.py"}, outcome)


def _messages(run: ServerToolRun, name: str, args: Wire, content: Any) -> list[Wire]:
    call = {"type": "server_tool_use", "id": run.id, "name": name, "input": args}
    return [call, {"type": f"{name}_tool_result", "tool_use_id": run.id, "content": content}]


def _called(run: ServerToolRun) -> list[Wire]:
    call: Wire = {"type": "mcp_tool_use", "id": run.id, "name": run.server_tool}
    call |= {"server_name": "library", "input": {"query": _QUERY}}
    content = [{"type": "text", "text": run.result}]
    result = {"type": "mcp_tool_result", "tool_use_id": run.id, "is_error": False}
    return [call, {**result, "content": content}]


MESSAGES_BLOCKS: Shapes = {
    "web_search": _searched,
    "web_fetch": _fetched,
    "code_execution": _executed,
    "mcp_server": _called,
}
"""Pairs of content blocks of Messages."""


# --- generateContent: a part for the call, a part for the result


def _gemini_tool(kind: str, args: Wire) -> Callable[[ServerToolRun], list[Wire]]:
    def parts(run: ServerToolRun) -> list[Wire]:
        call = {"toolType": kind, "args": args, "id": run.id}
        response = {"toolType": kind, "response": {"found": [run.result]}, "id": run.id}
        return [{"toolCall": call}, {"toolResponse": response}]

    return parts


def _gemini_code(run: ServerToolRun) -> list[Wire]:
    code = {"language": "PYTHON", "code": _CODE}
    outcome = {"outcome": "OUTCOME_OK", "output": run.result}
    return [{"executableCode": code}, {"codeExecutionResult": outcome}]


GEMINI_PARTS: Shapes = {
    "web_search": _gemini_tool("GOOGLE_SEARCH_WEB", {"queries": [_QUERY]}),
    "web_fetch": _gemini_tool("URL_CONTEXT", {"urls": [_URL]}),
    "code_execution": _gemini_code,
    "file_search": _gemini_tool("FILE_SEARCH", {"queries": [_QUERY]}),
}
"""Pairs of parts of generateContent."""


# --- Chat Completions at Groq: an entry of ``executed_tools``


def _executed_search(run: ServerToolRun) -> Wire:
    page = {"title": "A page", "url": run.result, "content": "", "score": 0.9}
    found = {"output": "Title: A page", "search_results": {"results": [page]}}
    return {"type": "search", "arguments": json.dumps({"query": _QUERY}), **found}


def _visited(run: ServerToolRun) -> Wire:
    return {"type": "visit", "arguments": json.dumps({"url": _URL}), "output": run.result}


def _python(run: ServerToolRun) -> Wire:
    found = {"output": run.result, "code_results": [{"text": run.result}]}
    return {"type": "python", "arguments": json.dumps({"code": _CODE}), **found}


EXECUTED_TOOLS: Shapes = {
    "web_search": _executed_search,
    "web_fetch": _visited,
    "code_execution": _python,
}
"""Entries of Groq's ``executed_tools``; the index is added."""


# --- Converse: a block for the call, a block for the result


def _system_tool(name: str, args: Wire) -> Callable[[ServerToolRun], list[Wire]]:
    def blocks(run: ServerToolRun) -> list[Wire]:
        call = {"toolUseId": run.id, "name": name, "type": "server_tool_use", "input": args}
        result = {"toolUseId": run.id, "type": f"{name}_result", "status": "success"}
        return [{"toolUse": call}, {"toolResult": {**result, "content": [{"text": run.result}]}}]

    return blocks


CONVERSE_BLOCKS: Shapes = {
    "web_search": _system_tool("nova_grounding", {"query": _QUERY}),
    "code_execution": _system_tool("nova_code_interpreter", {"code": _CODE}),
}
"""Pairs of content blocks of Converse."""
