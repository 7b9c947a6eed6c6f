"""Tools of a server have names of their own, whatever the server calls them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from chat_core import InvalidParameterError
from chat_tool_loop.mcp_tools import MCPTool
from chat_tool_loop.toolbox import SourcedTool, Toolbox


class Source:
    """A server that lists tools of these names."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def current_tools(self) -> list[SourcedTool]:
        session: Any = None
        return [MCPTool(session, _listed(name), "shop") for name in self._names]


def _listed(name: str) -> Any:
    return SimpleNamespace(name=name, input_schema={}, description="", title=None)


def names(*given: Any) -> list[str]:
    return list(Toolbox(list(given)).current().by_name)


def test_names_of_a_server_that_are_one_name_for_vendors_get_a_number() -> None:
    assert names(Source("a.b", "a_b", "a/b", "c")) == ["shop_a_b", "shop_a_b_2", "shop_a_b_3", "c"]
    long = names(Source("x" * 80, "x" * 90))
    assert len(set(long)) == 2
    assert max(map(len, long)) == 64


def test_a_function_keeps_its_name_beside_a_tool_of_a_server() -> None:
    def price(item: str) -> str:
        """A price."""
        return item

    assert names(Source("price"), price) == ["shop_price", "price"]
    with pytest.raises(InvalidParameterError, match="Two tools are called 'price'"):
        Toolbox([price, price])
