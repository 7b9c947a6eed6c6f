"""Tools that a vendor runs: what they take, what a vendor lacks, and secrets of MCP servers."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from chat_conformance.http_answers import Answer
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIError,
    CachePoint,
    CodeExecution,
    FileSearch,
    InvalidParameterError,
    MCPServer,
    WebFetch,
    WebSearch,
)
from chat_core.provider import (
    CallOptions,
    ServerTool,
    ServerToolEncoder,
    ServerToolTable,
    ServerToolWire,
    ToolSpec,
)
from letters_model import LettersModel
from pydantic import SecretStr

ODD: list[Any] = [7, "Oslo"]
TOKEN, HEADER = "tok-5f3a90", "hdr-77ab21"
SERVER = MCPServer(
    url="https://tools.example.org/mcp",
    name="library",
    token=TOKEN,
    headers={"X-Tenant": HEADER},
    allowed_tools=["lend"],
)


def test_lists_become_tuples_and_tools_compare_by_value() -> None:
    search = WebSearch(allowed_domains=["a.example"], location={"country": "NO"})
    assert search.allowed_domains == ("a.example",)
    assert search == WebSearch(allowed_domains=("a.example",), location={"country": "NO"})
    assert hash(search) == hash(copy.copy(search))


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: WebSearch(max_uses=0), "max_uses"),
        (lambda: WebSearch(max_uses=True), "max_uses"),
        (lambda: WebSearch(allowed_domains="a.example"), "allowed_domains"),
        (lambda: WebSearch(blocked_domains=["https://a.example"]), "https://a.example"),
        (lambda: WebFetch(allowed_domains=ODD[:1]), "allowed_domains"),
        (lambda: WebSearch(allowed_domains=[]), "allowed_domains is empty"),
        (lambda: WebFetch(allowed_domains=()), "allowed_domains is empty"),
        (lambda: WebSearch(location=ODD[1]), "location"),
        (lambda: WebSearch(location={"town": "Oslo"}), "town"),
        (lambda: WebSearch(location={"country": "Norway"}), "two letters"),
        (lambda: FileSearch(stores=[]), "stores"),
        (lambda: FileSearch(stores="vs_1"), "stores"),
        (lambda: FileSearch(stores=["vs_1"], max_results=-1), "max_results"),
        (lambda: MCPServer(url="tools.example.org", name="a"), "url"),
        (lambda: MCPServer(url="https://me:pw@a.example/mcp", name="a"), "password"),
        (lambda: MCPServer(url="https://a.example", name="my server"), "name"),
        (lambda: MCPServer(url="https://a.example", name="a", allowed_tools=[]), "empty"),
        (lambda: MCPServer(url="https://a.example", name="a", token=" "), "token"),
        (lambda: MCPServer(url="https://a.example", name="a", headers={"a b": "c"}), "a b"),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(make: Any, named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named) as caught:
        make()
    assert "pw" not in str(caught.value).replace("password", "")


def test_two_server_tools_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="Two tools are named web_search"):
        LettersModel(model="m").bind_tools([WebSearch(), WebSearch(max_uses=1)])


def test_a_provider_that_runs_no_tools_refuses_each_by_name() -> None:
    model = LettersModel(model="m").bind_tools([CodeExecution()])
    with pytest.raises(InvalidParameterError, match="has no CodeExecution: its package"):
        model.invoke("Hi")


def test_no_text_of_a_server_holds_its_secrets() -> None:
    model = LettersModel(model="m").bind_tools([SERVER])
    server: Any = SERVER
    texts = [repr(SERVER), str(SERVER), repr(model), repr(vars(SERVER)), model.model_dump_json()]
    texts += [str(pickle.dumps(SERVER)), str(pickle.dumps(model)), repr(CallOptions((server,)))]
    for text in texts:
        assert TOKEN not in text
        assert HEADER not in text


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_error_that_repeats_a_servers_secrets_hides_them(stream: bool) -> None:
    body = json.dumps({"error": f"{SERVER.url} refused {TOKEN} and {HEADER}"}).encode()
    table = ServerToolTable(
        "V",
        {
            MCPServer: ServerToolEncoder(
                lambda tool: ServerToolWire({}), frozenset({"token", "headers", "allowed_tools"})
            )
        },
    )

    class Letters(LettersModel):
        def _server_tools(self) -> ServerToolTable:
            return table

        def _error_from_response(
            self, status: int, headers: Mapping[str, str], body: bytes
        ) -> APIError:
            return APIError(body.decode(), status=status)

    with WireServer([Answer(status=400, body=body)]) as server:
        model = Letters(model="m", base_url=server.url, max_retries=0).bind_tools([SERVER])
        with pytest.raises(APIError) as caught:
            list(model.stream("Hi")) if stream else model.invoke("Hi")
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert "refused" in str(caught.value)
    assert TOKEN not in shown
    assert HEADER not in shown


def test_a_server_whose_secret_a_pickle_has_left_out_says_so() -> None:
    lost = pickle.loads(pickle.dumps(SERVER))
    assert (lost.url, lost.name, lost.allowed_tools) == (SERVER.url, "library", ("lend",))
    with pytest.raises(InvalidParameterError, match="'library' has lost its token"):
        lost.secret_token()
    with pytest.raises(InvalidParameterError, match="'library' has lost its headers"):
        lost.secret_headers()


def test_a_copy_keeps_the_secrets() -> None:
    for same in (copy.copy(SERVER), copy.deepcopy([SERVER])[0]):
        assert same.secret_token() == TOKEN
        assert same.secret_headers() == {"X-Tenant": HEADER}


def test_a_secret_may_be_given_as_one() -> None:
    server = MCPServer(url="https://a.example", name="a", token=SecretStr(TOKEN))
    assert server.secret_token() == TOKEN


# --- the table of a vendor


@dataclass(frozen=True, kw_only=True)
class Telescope(ServerTool):
    """A tool of the tests'."""

    name: str = "telescope"
    lens: int | None = None
    colour: str | None = None


def encode(tool: Telescope) -> ServerToolWire:
    return ServerToolWire({"telescope": tool.lens}, {"night": {"tools": [tool.lens]}})


TABLE = ServerToolTable(
    "Observatory",
    {Telescope: ServerToolEncoder(encode, frozenset({"lens"}), {"colour": "Use a filter."})},
    {WebSearch: "Ask the library."},
)


def test_a_tool_becomes_the_vendors_and_what_it_adds_to_the_body_is_joined() -> None:
    spec = ToolSpec("plain")
    tools: Any = (Telescope(lens=1), spec, {"raw": 1}, Telescope(name="second", lens=2))
    encoded = TABLE.encode(CallOptions(tools, extra_body={"seed": 4}))
    assert encoded.tools == ({"telescope": 1}, spec, {"raw": 1}, {"telescope": 2})
    body = {"seed": 3, "night": {"moon": True, "tools": [0, 1]}}
    assert encoded.completed(body) == {"night": {"moon": True, "tools": [0, 1, 2]}, "seed": 4}


def test_what_a_tool_adds_to_a_tuple_is_joined_with_it() -> None:
    tools: Any = (Telescope(lens=1),)
    body = TABLE.encode(CallOptions(tools)).completed({"night": {"tools": (0,)}})
    assert body == {"night": {"tools": [0, 1]}}


def test_what_the_caller_adds_to_the_body_wins() -> None:
    tools: Any = (Telescope(lens=1),)
    assert TABLE.encode(CallOptions(tools, extra_body={"night": 0})).completed({}) == {"night": 0}


def test_headers_of_a_tool_give_way_to_those_of_the_caller_and_of_the_model() -> None:
    def with_headers(tool: Telescope) -> ServerToolWire:
        return ServerToolWire({}, headers={"X-Dome": "open", "X-Lens": str(tool.lens)})

    table = ServerToolTable("V", {Telescope: ServerToolEncoder(with_headers, frozenset({"lens"}))})
    tools: Any = (Telescope(lens=3),)
    asked = CallOptions(tools, extra_headers={"x-dome": "closed"})
    assert table.encode(asked).extra_headers == {"x-dome": "closed", "X-Lens": "3"}
    assert table.encode(asked, {"x-lens": "9"}).extra_headers == {"x-dome": "closed"}


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        (Telescope(colour="red"), "Telescope: Observatory has no 'colour'. Use a filter."),
        (WebSearch(), "Observatory has no WebSearch. Ask the library."),
        (WebFetch(), "Observatory has no WebFetch. Give a function of your own that does it."),
    ],
)
def test_what_a_vendor_lacks_is_refused_with_what_serves(tool: Any, message: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        TABLE.encode(CallOptions((tool,)))
    assert str(caught.value) == message


def test_a_vendor_may_refuse_functions_beside_its_tools() -> None:
    table = ServerToolTable("V", TABLE.encoders, beside_functions="V takes one kind.")
    tools: Any = (ToolSpec("plain"), Telescope())
    with pytest.raises(InvalidParameterError, match=r"Telescope cannot stand beside .* V takes"):
        table.encode(CallOptions(tools))


@pytest.mark.parametrize("forgotten", [WebSearch, MCPServer, CachePoint])
def test_a_class_in_the_place_of_a_tool_of_the_vendors_is_refused(forgotten: Any) -> None:
    with pytest.raises(InvalidParameterError, match=rf"{forgotten.__name__} .* is a class; give"):
        LettersModel(model="m").bind_tools([Telescope(), forgotten])
