"""Tools that OpenAI runs, in the shapes of the two endpoints; pure.

Chat Completions has web search alone, as the parameter ``web_search_options`` of the models that
search before each answer. Sources: the OpenAI SDK's ``types/responses/tool_param.py``,
``types/responses/response_includable.py`` and ``types/chat/completion_create_params.py``; all but
``headers`` and ``user_location`` of Responses are in recorded requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from chat_core import CodeExecution, FileSearch, MCPServer, WebFetch, WebSearch
from chat_core.provider import (
    ServerTool,
    ServerToolEncoder,
    ServerToolTable,
    ServerToolWire,
)

__all__ = ["completions_tools", "responses_tools"]

Encode: TypeAlias = Callable[[Any], dict[str, Any]]

_USES = {
    "max_uses": "max_tool_calls=… of the model bounds the calls of all such tools in an answer."
}
_BLOCKED = {"blocked_domains": "It has allowed_domains."}


def responses_tools(vendor: str, *, includes: bool) -> ServerToolTable:
    """The tools of Responses.

    Args:
        vendor: who runs them, a name for errors.
        includes: whether their results can be asked for (``include``).
    """

    def asked(encode: Encode, part: str) -> Callable[[Any], ServerToolWire]:
        """``encode``, and the ``part`` of its items that is left out unless it is asked for."""
        body = {"include": [part]} if includes else {}
        return lambda tool: ServerToolWire(encode(tool), body)

    return ServerToolTable(
        vendor,
        {
            WebSearch: ServerToolEncoder(
                asked(_web_search, "web_search_call.action.sources"),
                frozenset({"allowed_domains", "location"}),
                {**_USES, **_BLOCKED},
            ),
            CodeExecution: ServerToolEncoder(
                asked(_code_interpreter, "code_interpreter_call.outputs")
            ),
            FileSearch: ServerToolEncoder(
                asked(_file_search, "file_search_call.results"), frozenset({"max_results"})
            ),
            MCPServer: ServerToolEncoder(_mcp, frozenset({"token", "headers", "allowed_tools"})),
        },
        {WebFetch: "Its WebSearch opens pages as well."},
    )


def completions_tools(
    vendor: str, model: str, *, knows_responses: bool, searches: bool
) -> ServerToolTable:
    """The tools of Chat Completions for ``model``.

    Args:
        vendor: who runs them, a name for errors.
        model: the model's name; those that search have ``search`` in it.
        knows_responses: whether ``api="responses"`` serves instead.
        searches: whether there are models that search.
    """
    instead: dict[type[ServerTool], str] = {}
    if knows_responses:
        serves = 'Use api="responses", which has it.'
        instead = dict.fromkeys((CodeExecution, FileSearch, MCPServer), serves)
        instead[WebFetch] = 'With api="responses" WebSearch opens pages as well.'
        instead[WebSearch] = serves
    if searches:
        instead[WebSearch] = (
            "Use api=\"responses\", which has it. Here models with 'search' in their names have it."
        )
    if not (searches and "search" in model.lower()):
        return ServerToolTable(vendor, {}, instead)
    missing = 'Use api="responses" and another model.'
    search = ServerToolEncoder(
        _web_search_options,
        frozenset({"location"}),
        {"allowed_domains": missing, "max_uses": "The model searches before each answer."},
    )
    return ServerToolTable(vendor, {WebSearch: search}, instead)


def _web_search(tool: WebSearch) -> dict[str, Any]:
    wire: dict[str, Any] = {"type": "web_search"}
    if tool.allowed_domains:
        wire["filters"] = {"allowed_domains": list(tool.allowed_domains)}
    if tool.location:
        wire["user_location"] = {"type": "approximate", **tool.location}
    return wire


def _web_search_options(tool: WebSearch) -> ServerToolWire:
    options: dict[str, Any] = {}
    if tool.location:
        options["user_location"] = {"type": "approximate", "approximate": dict(tool.location)}
    return ServerToolWire(body={"web_search_options": options})


def _code_interpreter(tool: CodeExecution) -> dict[str, Any]:
    return {"type": "code_interpreter", "container": {"type": "auto"}}


def _file_search(tool: FileSearch) -> dict[str, Any]:
    wire: dict[str, Any] = {"type": "file_search", "vector_store_ids": list(tool.stores)}
    if tool.max_results is not None:
        wire["max_num_results"] = tool.max_results
    return wire


def _mcp(tool: MCPServer) -> ServerToolWire:
    wire: dict[str, Any] = {
        "type": "mcp",
        "server_label": tool.name,
        "server_url": tool.url,
        # The default waits for the caller's approval of each call.
        "require_approval": "never",
    }
    if token := tool.secret_token():
        wire["authorization"] = token
    if headers := tool.secret_headers():
        wire["headers"] = headers
    if tool.allowed_tools is not None:
        wire["allowed_tools"] = list(tool.allowed_tools)
    return ServerToolWire(wire)
