"""What one vendor's wire has of the tools that vendors run, as a table of a provider's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from ..errors import InvalidParameterError
from ..json_text import JSONObject
from ..tools.spec import CallOptions, ToolSpec, joined
from .server_tools import MCPServer, ServerTool

__all__ = ["ServerToolEncoder", "ServerToolTable", "ServerToolWire", "with_digests"]


Headers: TypeAlias = Mapping[str, str]

_NONE: Headers = {}


@dataclass(frozen=True, slots=True)
class ServerToolWire:
    """A tool in a vendor's shape.

    Args:
        tool: an entry of the request's tools; ``None`` for none.
        body: further parameters of the request. Those of several tools are joined.
        headers: headers of the request. Those that the caller gives win.
    """

    tool: JSONObject | None = None
    body: JSONObject = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerToolEncoder:
    """How a vendor's wire has one tool.

    Args:
        encode: the tool in the vendor's shape; pure.
        options: the options of the tool that the vendor has.
        instead: option → what serves instead, a sentence.
    """

    encode: Callable[[Any], ServerToolWire]
    options: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerToolTable:
    """The tools that one vendor runs for one model.

    Args:
        vendor: who runs them, for errors: ``"Groq's llama-3.3-70b-versatile"``.
        encoders: kind of tool → how the wire has it.
        instead: kind of tool → what serves instead, a sentence.
        reason: why the vendor has no tool, where it has none; the end of a sentence.
        beside_functions: why no tool of these may stand beside functions; empty where it may.
    """

    vendor: str
    encoders: Mapping[type[ServerTool], ServerToolEncoder] = field(default_factory=dict)
    instead: Mapping[type[ServerTool], str] = field(default_factory=dict)
    reason: str = ""
    beside_functions: str = ""

    def encode(self, options: CallOptions, own_headers: Headers = _NONE) -> CallOptions:
        """``options`` with server tools in the vendor's shape.

        What tools add to the body is in ``tool_body``, headers are in ``extra_headers``, and texts
        that no error may show in ``secrets``. ``own_headers`` are the model's, which win.

        Raises ``InvalidParameterError`` for a tool, or an option of one, that the vendor lacks.
        """
        tools: list[ToolSpec | JSONObject] = []
        body: JSONObject = {}
        headers: dict[str, str] = {}
        secrets: list[str] = []
        has_functions = any(isinstance(tool, ToolSpec) for tool in options.tools)
        for tool in options.tools:
            if not isinstance(tool, ServerTool):
                tools.append(tool)
                continue
            if has_functions and self.beside_functions:
                raise InvalidParameterError(
                    f"{type(tool).__name__} cannot stand beside functions: {self.beside_functions}"
                )
            wire = self._wire(tool)
            if wire.tool is not None:
                tools.append(wire.tool)
            body = joined(body, wire.body)
            headers.update(wire.headers)
            secrets += tool.secrets()
        given = {name.lower() for name in (*own_headers, *options.extra_headers)}
        return replace(
            options,
            tools=tuple(tools),
            tool_body=body,
            extra_headers={**_missing(headers, given), **options.extra_headers},
            secrets=tuple(secrets),
        )

    def _wire(self, tool: ServerTool) -> ServerToolWire:
        kind = type(tool)
        encoder = self.encoders.get(kind)
        if encoder is None:
            reason = f": {self.reason}" if self.reason else ""
            instead = self.instead.get(kind, "Give a function of your own that does it.")
            raise InvalidParameterError(f"{self.vendor} has no {kind.__name__}{reason}. {instead}")
        for option in tool.given():
            if option not in encoder.options and option not in _IDENTITY:
                instead = encoder.instead.get(option, "Leave it out.")
                raise InvalidParameterError(
                    f"{kind.__name__}: {self.vendor} has no {option!r}. {instead}"
                )
        return encoder.encode(tool)


_IDENTITY = frozenset({"stores", "url", "name"})
"""The options without which a tool is none."""


def with_digests(options: CallOptions) -> CallOptions:
    """``options`` with digests instead of the secrets of MCP servers."""
    given: tuple[Any, ...] = options.tools
    tools: list[Any] = [
        tool.with_digests() if isinstance(tool, MCPServer) else tool for tool in given
    ]
    return replace(options, tools=tuple(tools))


def _missing(headers: Headers, given: Collection[str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in given}
