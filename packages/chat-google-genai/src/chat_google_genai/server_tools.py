"""Tools that Google runs, in its shape; pure.

Source: ``Tool``, ``GoogleSearch``, ``FileSearch``, ``McpServer`` and ``StreamableHttpTransport`` of
``google.genai.types``, which say what each of the two APIs lacks. Recorded requests have the
search, ``urlContext``, ``codeExecution`` and ``fileSearch`` with its stores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from chat_core import CodeExecution, FileSearch, MCPServer, WebFetch, WebSearch
from chat_core.provider import ServerTool, ServerToolEncoder, ServerToolTable, ServerToolWire

from .dialect import Dialect, generation

__all__ = ["LISTS_CALLS", "lists_server_calls", "server_tools"]

Wire: TypeAlias = dict[str, Any]

LISTS_CALLS = "includeServerSideToolInvocations"
"""The field of ``toolConfig`` with which an answer has the calls of Google's own tools."""


_NO_LIMIT = "The model decides how often; leave it out."
_NOT_BESIDE = (
    "Gemini takes both from its third generation on. Use such a model, or two requests, one for"
    " the tool and one for the functions."
)


def server_tools(dialect: Dialect, model: str) -> ServerToolTable:
    """The tools that an API runs for ``model``."""
    is_vertex = dialect.file_root is None
    search_options = frozenset({"blocked_domains"} if is_vertex else ())
    body = {"toolConfig": {LISTS_CALLS: True}} if lists_server_calls(dialect, model) else {}
    encoded = partial(_encoded, body)
    encoders: dict[type[ServerTool], ServerToolEncoder] = {
        WebSearch: ServerToolEncoder(
            encoded(_google_search), search_options, {"max_uses": _NO_LIMIT}
        ),
        WebFetch: ServerToolEncoder(encoded(_url_context), instead={"max_uses": _NO_LIMIT}),
        CodeExecution: ServerToolEncoder(_code_execution),
    }
    if not is_vertex:
        encoders[FileSearch] = ServerToolEncoder(encoded(_file_search), frozenset({"max_results"}))
        encoders[MCPServer] = ServerToolEncoder(
            _mcp,
            frozenset({"token", "headers"}),
            {"allowed_tools": "It offers the model every tool of the server."},
        )
    return ServerToolTable(
        dialect.provider,
        encoders,
        {FileSearch: "Give its `retrieval` tool as a dict, which searches RAG corpora."},
        beside_functions=_NOT_BESIDE if generation(model) in (1, 2) else "",
    )


def lists_server_calls(dialect: Dialect, model: str) -> bool:
    """Whether a request asks for the calls of Google's own tools (``LISTS_CALLS``).

    The Gemini API refuses functions beside its tools without it, and shows no call of a search
    (recorded); Vertex AI does not have the field.
    """
    return dialect.file_root is not None and generation(model) >= 3


def _encoded(body: Wire, encode: Callable[[Any], Wire]) -> Callable[[Any], ServerToolWire]:
    return lambda tool: ServerToolWire(encode(tool), body)


def _google_search(tool: WebSearch) -> Wire:
    search: dict[str, Any] = {}
    if tool.blocked_domains:
        search["excludeDomains"] = list(tool.blocked_domains)
    return {"googleSearch": search}


def _url_context(tool: WebFetch) -> Wire:
    return {"urlContext": {}}


def _code_execution(tool: CodeExecution) -> ServerToolWire:
    return ServerToolWire({"codeExecution": {}})


def _file_search(tool: FileSearch) -> Wire:
    search: dict[str, Any] = {"fileSearchStoreNames": list(tool.stores)}
    if tool.max_results is not None:
        search["topK"] = tool.max_results
    return {"fileSearch": search}


def _mcp(tool: MCPServer) -> ServerToolWire:
    transport: dict[str, Any] = {"url": tool.url}
    headers = dict(tool.secret_headers() or {})
    if token := tool.secret_token():
        headers["Authorization"] = f"Bearer {token}"
    if headers:
        transport["headers"] = headers
    server = {"name": tool.name, "streamableHttpTransport": transport}
    return ServerToolWire({"mcpServers": [server]})
