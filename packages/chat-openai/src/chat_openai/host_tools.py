"""Tools that a host of ``hosts.py`` runs itself, where they are not those of OpenAI; pure."""

from __future__ import annotations

from chat_core import CodeExecution, FileSearch, MCPServer, WebFetch, WebSearch
from chat_core.provider import ServerTool, ServerToolEncoder, ServerToolTable, ServerToolWire

from .hosts import Host

__all__ = ["host_tools"]

_KINDS: tuple[type[ServerTool], ...] = (
    WebSearch,
    WebFetch,
    CodeExecution,
    FileSearch,
    MCPServer,
)
_OPTIONS = ("allowed_domains", "blocked_domains", "location", "max_uses")


def host_tools(host: Host, api: str) -> ServerToolTable:
    """The tools of ``host`` by ``api``; each is sent without options, whose names differ."""
    vendor = f"{host.id} with api={api!r}"
    types = host.server_tools.value if host.server_tools else {}
    if api != "responses":
        serves = host.instead_of_tools.value if host.instead_of_tools else "Use api='responses'"
        sentence = f"{serves[:1].upper()}{serves[1:]}."
        return ServerToolTable(vendor, {}, dict.fromkeys(_KINDS, sentence))
    return ServerToolTable(
        vendor, {kind: _encoder(types[kind.__name__]) for kind in _KINDS if kind.__name__ in types}
    )


def _encoder(type_: str) -> ServerToolEncoder:
    own = f"Give the tool in the host's shape, as a dict with the type {type_!r}."
    return ServerToolEncoder(
        lambda tool: ServerToolWire({"type": type_}), instead=dict.fromkeys(_OPTIONS, own)
    )
