"""What is no tool to run keeps its place among the tools: cache points, tools of the vendor."""

from __future__ import annotations

import pytest
from chat_core import CachePoint, CodeExecution, InvalidParameterError, WebSearch
from chat_tool_loop.toolbox import SourcedTool, Toolbox


def feed(pond: str) -> str:
    """Feed the fish of a pond."""
    return pond


def clean(pond: str) -> str:
    """Clean a pond."""
    return pond


class NoTools:
    """A source that has no tools now."""

    def current_tools(self) -> list[SourcedTool]:
        return []


def offered(*tools: object) -> list[object]:
    """What the model gets: the names of tools, and what has none as it is."""
    return [getattr(tool, "name", tool) for tool in Toolbox(tools).current().offered]


def test_a_point_stays_behind_the_tools_before_it() -> None:
    short, long = CachePoint(), CachePoint("1h")
    assert offered(feed, long, clean, short) == ["feed", long, "clean", short]


def test_a_point_behind_a_tool_of_the_vendors_stays_there() -> None:
    point, search = CachePoint(), {"type": "web_search_20250305", "name": "web_search"}
    assert offered(feed, search, point) == ["feed", search, point]


def test_a_point_behind_a_source_without_tools_is_left_out() -> None:
    assert offered(NoTools(), CachePoint(), feed) == ["feed"]


def test_tools_of_the_vendor_stand_behind_those_that_run_here() -> None:
    search, run = WebSearch(max_uses=2), CodeExecution()
    assert Toolbox([search, feed, run]).current().offered[1:] == [search, run]
    assert [*Toolbox([search, feed]).current().by_name] == ["feed"]


def test_a_class_of_a_tool_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match=r"WebSearch\(\) and the like"):
        Toolbox([WebSearch])
