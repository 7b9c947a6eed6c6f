"""Cache points among the tools of a loop stay behind the tools that they mark."""

from __future__ import annotations

from chat_core import CachePoint
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
