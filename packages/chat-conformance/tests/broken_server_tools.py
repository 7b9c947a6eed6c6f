"""Models that break a law of tools that the vendor runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from breaking import breaks
from chat_core import (
    Block,
    CodeExecution,
    FileSearch,
    InvalidParameterError,
    MCPServer,
    ServerToolCall,
    WebFetch,
    WebSearch,
)
from chat_core.provider import (
    CallOptions,
    ServerTool,
    ServerToolEncoder,
    ServerToolTable,
    ServerToolWire,
)
from plain_model import SERVER_TOOLS, PlainModel
from plain_wire import PlainDecoder


def table(replaced: Mapping[type[ServerTool], ServerToolEncoder]) -> ServerToolTable:
    """The good table with other encoders."""
    return ServerToolTable("Plain", {**SERVER_TOOLS.encoders, **replaced})


class OwnTable(PlainModel):
    """Has the tools of ``tools`` for ``plain-tools``."""

    def tools(self) -> ServerToolTable:
        raise NotImplementedError

    def _server_tools(self) -> ServerToolTable:
        return self.tools() if self.model == "plain-tools" else super()._server_tools()


@breaks("test_server_tools_that_the_vendor_runs_are_asked_for")
class AsksForNoCode(OwnTable):
    def tools(self) -> ServerToolTable:
        return table({CodeExecution: ServerToolEncoder(lambda tool: ServerToolWire())})


@breaks("test_server_tools_that_the_vendor_lacks_are_refused")
class DropsWhatItLacks(OwnTable):
    def tools(self) -> ServerToolTable:
        dropped = ServerToolEncoder(lambda tool: ServerToolWire())
        return table({WebFetch: dropped, FileSearch: dropped})


@breaks("test_a_model_without_server_tools_refuses_them")
class DropsToolsForOtherModels(PlainModel):
    def _with_wire_tools(self, asked: CallOptions) -> CallOptions:
        try:
            return super()._with_wire_tools(asked)
        except InvalidParameterError:
            if self.model == "plain-tools":
                raise
            return CallOptions()


@breaks("test_options_of_server_tools_are_sent_or_refused")
class DropsOptions(OwnTable):
    def tools(self) -> ServerToolTable:
        options = frozenset({"max_uses", "allowed_domains", "blocked_domains", "location"})
        search = ServerToolEncoder(lambda tool: ServerToolWire({"runs": "web_search"}), options)
        return table({WebSearch: search})


class VendorsWords(PlainDecoder):
    def ran(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        _, result = super().ran(wire)
        return ServerToolCall(f"plain.{wire['ran']}", {}, wire["id"]), result


@breaks("test_what_the_vendor_ran_has_the_name_of_its_tool")
class NamesToolsAsTheVendorDoes(PlainModel):
    decoder = VendorsWords


@breaks("test_secrets_of_an_mcp_server_stay_hidden")
class ShowsTokens(PlainModel):
    def __repr__(self) -> str:
        servers = [tool for tool in self._options.get("tools", ()) if isinstance(tool, MCPServer)]
        return f"{super().__repr__()} {[server.secret_token() for server in servers]}"
