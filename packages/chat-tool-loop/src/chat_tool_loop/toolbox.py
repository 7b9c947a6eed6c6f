"""``Toolbox``: the tools of a loop, read once, and which of them there are at a step.

Three kinds may be given: tools that are run here (functions, ``Tool`` objects), sources whose tools
may change (MCP servers), and tools that the vendor runs (``WebSearch()`` and the like, or dicts in
the vendor's own shape). Each ``CachePoint`` stays behind the tools that it was given behind.
"""

from __future__ import annotations

import inspect
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from chat_core import CachePoint, InvalidParameterError, Tool
from chat_core.provider import ServerTool, ToolSpec, to_tool_spec

__all__ = ["AnyTool", "SourcedTool", "ToolSource", "Toolbox", "Tools", "refuse_async"]

AnyTool = Tool[..., Any]

_LONGEST_STEM = 60
"""Characters of a name before its number; vendors take 64 together."""


@runtime_checkable
class ToolSource(Protocol):
    """Something that has tools, which may be others at the next step."""

    def current_tools(self) -> list[SourcedTool]: ...


class SourcedTool(AnyTool):
    """A tool of a source. Two of one name get the names of their sources in front."""

    source_name: str

    def renamed(self, name: str) -> SourcedTool:
        """The same tool under another name."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of one step: those that run here by their names, and all that the model gets."""

    by_name: dict[str, AnyTool]
    offered: list[object]


class Toolbox:
    """What was given as ``tools``.

    Raises ``InvalidParameterError`` for what cannot be run, and for two tools of one name.
    """

    def __init__(self, given: object) -> None:
        self._entries: list[AnyTool | ToolSource | CachePoint] = []
        self._server_tools: list[dict[str, Any] | ServerTool | CachePoint] = []
        for item in _items(given):
            self._add(item)
        _by_name(tool for tool in self._entries if isinstance(tool, Tool))

    def _add(self, item: object) -> None:
        if isinstance(item, Tool | ToolSource):
            self._entries.append(item)
        elif isinstance(item, CachePoint):
            behind: list[Any] = self._server_tools or self._entries
            behind.append(item)
        elif isinstance(item, ServerTool):
            self._server_tools.append(item)
        elif isinstance(item, Mapping):
            self._server_tools.append(_server_tool(dict(item)))
        elif isinstance(item, type) or not callable(item):
            raise InvalidParameterError(
                "run_tools runs functions, Tool objects, MCPTools and, at the vendor, WebSearch()"
                f" and the like or dicts in its shape; got {_seen(item)}, which has nothing to run."
            )
        else:
            self._entries.append(Tool(item))

    def __repr__(self) -> str:
        shown = [each.name if isinstance(each, Tool) else repr(each) for each in self._entries]
        return f"[{', '.join([*shown, *map(repr, self._server_tools)])}]"

    def current(self) -> Tools:
        """The tools that there are now. Raises what a source raises that has none."""
        found: list[AnyTool] = []
        points: list[tuple[int, CachePoint]] = []
        for entry in self._entries:
            if isinstance(entry, CachePoint):
                points.append((len(found), entry))
            else:
                found += entry.current_tools() if isinstance(entry, ToolSource) else [entry]
        by_name = _by_name(_with_own_names(found))
        return Tools(by_name, [*_with_points([*by_name.values()], points), *self._server_tools])

    def has_name(self, name: str) -> bool:
        """Whether a tool that does not come from a source is called ``name``."""
        return any(isinstance(each, Tool) and each.name == name for each in self._entries)


def _with_points(tools: list[object], points: list[tuple[int, CachePoint]]) -> list[object]:
    """``tools`` with each point behind as many of them; one before the first marks nothing."""
    for count, point in reversed(points):
        if count:
            tools.insert(count, point)
    return tools


def refuse_async(function: object, name: str) -> None:
    """Raise ``InvalidParameterError`` if ``function`` needs an event loop."""
    call = getattr(function, "__call__", None)  # noqa: B004 - of an object that can be called
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call):
        raise InvalidParameterError(
            f"{name} is async: call the loop with ainvoke, astream, abatch or astream_events, or"
            " give a blocking function."
        )


def _items(given: object) -> list[object]:
    if isinstance(given, ToolSource):
        return [given]
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise InvalidParameterError(f"tools is a list of tools; got {_seen(given)}.")
    return list(given)


def _server_tool(wire: dict[str, Any]) -> dict[str, Any]:
    """``wire`` if the vendor runs it."""
    spec = to_tool_spec(wire)
    if isinstance(spec, ToolSpec):
        raise InvalidParameterError(
            f"The tool {spec.name!r} is a schema without a function, so there is nothing to run."
            " Give a function or a Tool; bind_tools takes schemas."
        )
    return wire


def _by_name(tools: Iterable[AnyTool]) -> dict[str, AnyTool]:
    by_name: dict[str, AnyTool] = {}
    for tool in tools:
        if tool.name in by_name:
            raise InvalidParameterError(
                f"Two tools are called {tool.name!r}. Name one of them otherwise:"
                " @tool('name'), or name= of its MCP server."
            )
        by_name[tool.name] = tool
    return by_name


def _with_own_names(tools: list[AnyTool]) -> list[AnyTool]:
    """``tools``, those of sources renamed where their names are not theirs alone."""
    times = Counter(tool.name for tool in tools)
    own = [
        tool.renamed(f"{tool.source_name}_{tool.name}")
        if times[tool.name] > 1 and isinstance(tool, SourcedTool)
        else tool
        for tool in tools
    ]
    return _numbered(own)


def _numbered(tools: list[AnyTool]) -> list[AnyTool]:
    """``tools``, those of one source that still have one name with a number behind it.

    A server may list ``a.b`` and ``a_b``, which are one name in the characters that vendors take.
    """
    taken: set[str] = set()
    numbered: list[AnyTool] = []
    for tool in tools:
        own = _with_number(tool, taken) if isinstance(tool, SourcedTool) else tool
        taken.add(own.name)
        numbered.append(own)
    return numbered


def _with_number(tool: SourcedTool, taken: set[str]) -> SourcedTool:
    """``tool``, with the first number behind its name that is free if the name is ``taken``."""
    if tool.name not in taken:
        return tool
    stem = tool.name[:_LONGEST_STEM]
    names = (f"{stem}_{number}" for number in itertools.count(2))
    return tool.renamed(next(name for name in names if name not in taken))


def _seen(item: object) -> str:
    return f"{getattr(item, '__name__', type(item).__name__)}: {item!r:.80}"
