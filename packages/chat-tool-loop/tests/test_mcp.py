"""Tools of real MCP servers, over stdio and over streamable HTTP on loopback."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_core import FileBlock, ImageBlock, InvalidParameterError, TextBlock, ToolMessage
from chat_tool_loop import MCPServerError, MCPToolError, MCPTools, TimeLimitError, run_tools
from loop_models import answer, call, model

SHOP = str(Path(__file__).with_name("mcp_shop.py"))


@pytest.fixture(scope="module")
def shop() -> Iterator[MCPTools]:
    """A server on stdio."""
    with MCPTools.stdio(sys.executable, [SHOP]) as tools:
        yield tools


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a server on streamable HTTP."""
    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with subprocess.Popen([sys.executable, SHOP, str(port)]) as process:
            try:
                if _listens(process, port):
                    yield f"http://127.0.0.1:{port}/mcp"
                    return
            finally:
                process.kill()
    raise AssertionError("the server does not listen")


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server comes to listen; not if another process has taken its port meanwhile."""
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            time.sleep(0.05)
            return process.poll() is None
    return False


def by_name(tools: MCPTools, name: str) -> Any:
    """The tool ``name`` of a server."""
    return next(tool for tool in tools if tool.name == name)


def test_a_loop_calls_the_tools_of_a_server_in_blocking_code(shop: MCPTools) -> None:
    asked = model(
        answer("", call("price", "1", item="lamp"), call("price", "2", item="nothing")),
        answer("Four."),
    )
    result = run_tools(asked, [shop]).invoke("What is a lamp?")
    good, bad = (each for each in result.messages if isinstance(each, ToolMessage))
    assert (good.content, good.status) == ("4", "success")
    assert (bad.status, "nothing is not for sale" in bad.content) == ("error", True)


async def test_a_loop_calls_them_on_an_event_loop(shop: MCPTools) -> None:
    asked = model(answer("", call("price", "1", item="lamp")), answer("Four."))
    result = await run_tools(asked, [shop]).ainvoke("What is a lamp?")
    assert result.messages[2].content == "4"


def test_text_images_resources_and_structured_content_become_blocks(shop: MCPTools) -> None:
    text, image, note, plan, link, structured = by_name(shop, "window").invoke({})
    assert text == TextBlock("a lamp")
    assert isinstance(image, ImageBlock)
    assert image.mime_type == "image/png"
    assert note == TextBlock("shop://note\nSale!")
    assert isinstance(plan, FileBlock)
    assert (plan.name, plan.mime_type) == ("plan.pdf", "application/pdf")
    assert link.text == "map, https://shop.example/map, text/html"
    assert structured == TextBlock('{"lamps": 1}')


def test_names_and_arguments_are_what_vendors_take(shop: MCPTools) -> None:
    assert by_name(shop, "who_asks_").invoke({}) == "none"
    spec = by_name(shop, "price").spec
    assert spec.description == "Say what an item costs."
    assert spec.parameters["required"] == ["item"]
    with pytest.raises(MCPToolError, match="item"):
        by_name(shop, "price").invoke({"thing": 1})


def test_names_that_two_servers_have_begin_with_the_servers_name(shop: MCPTools) -> None:
    def price(item: str) -> int:
        """Another price."""
        return 1

    asked = model(answer("", call("shop_price", "1", item="lamp")), answer("."))
    result = run_tools(asked, [price, shop]).invoke("?")
    assert result.messages[2].content == "4"


def test_a_limit_of_time_ends_a_call_and_the_server_goes_on(shop: MCPTools) -> None:
    asked = model(answer("", call("price", "1", item="lamp"), call("queue", "2")))
    statuses: list[str] = []
    for timeout in (1, 10):  # a busy machine may need longer than the first
        with pytest.raises(TimeLimitError) as raised:
            run_tools(asked, [shop], timeout=timeout).invoke("?")
        results = raised.value.partial.messages[2:]
        statuses = [each.status for each in results if isinstance(each, ToolMessage)]
        if statuses == ["success", "error"]:
            break
    assert statuses == ["success", "error"]
    assert by_name(shop, "price")(item="lamp") == "4"


async def test_a_task_that_is_cancelled_ends_its_call(shop: MCPTools) -> None:
    task = asyncio.create_task(by_name(shop, "queue").ainvoke({}))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await by_name(shop, "price").ainvoke({"item": "x"}) == "1"


async def test_a_server_that_ends_during_a_call_is_an_error_and_then_gone() -> None:
    asked = model(
        answer("", call("deliver", "1")),
        answer("", call("lamp", "2")),
        answer("", call("burn", "3")),
        answer("", call("price", "4", item="x")),
        answer("It is gone."),
    )
    async with MCPTools.stdio(sys.executable, [SHOP], name="corner shop") as shop:
        result = await run_tools(asked, [shop]).ainvoke("?")
    texts = [each.content for each in result.messages if isinstance(each, ToolMessage)]
    assert texts == [
        "delivered",
        "light",  # the list of tools has changed, and was read again
        "The MCP server 'corner shop' ended while it ran 'burn'.",
        "The MCP server 'corner shop' is gone (it ended while it ran 'burn'), so 'price' was not"
        " called.",
    ]


def test_a_server_over_http_gets_the_headers_and_may_end_during_a_call(address: str) -> None:
    with MCPTools.http(address, {"X-Key": "k1"}) as shop:
        assert by_name(shop, "who_asks_").invoke({}) == "k1"
        by_name(shop, "deliver").invoke({})
        until = time.monotonic() + 60
        while "lamp" not in [tool.name for tool in shop] and time.monotonic() < until:
            time.sleep(0.02)
        assert by_name(shop, "lamp").invoke({}) == "light"
        price, burn = by_name(shop, "price"), by_name(shop, "burn")
        with pytest.raises(MCPServerError, match="ended while it ran 'burn'"):
            burn.invoke({})
        with pytest.raises(MCPServerError, match="is gone"):
            price.invoke({"item": "x"})
    with pytest.raises(MCPServerError, match="is not open"):
        price.invoke({"item": "x"})


def test_a_server_that_does_not_start_is_an_error_that_says_why() -> None:
    for tools in (
        MCPTools.stdio("no-such-program-here"),
        MCPTools.http("http://127.0.0.1:9/mcp"),
    ):
        with pytest.raises(MCPServerError, match="could not be started"), tools:
            pass
    slow = MCPTools.stdio(sys.executable, ["-c", "import sys; sys.stdin.read()"], timeout=0.3)
    with pytest.raises(MCPServerError, match=r"did not start within 0\.3 s"), slow:
        pass


async def test_a_start_that_is_cancelled_leaves_no_process_though_it_is_ended_again(
    tmp_path: Path,
) -> None:
    noted = tmp_path / "pid"
    program = (
        "import os, sys, time; open(sys.argv[1], 'w').write(f'{os.getpid()}.'); time.sleep(60)"
    )
    mute = MCPTools.stdio(sys.executable, ["-c", program, str(noted)])
    starting = asyncio.create_task(mute.__aenter__())
    while not (noted.exists() and noted.read_text().endswith(".")):
        await asyncio.sleep(0.02)
    starting.cancel()
    await asyncio.sleep(0.3)  # the mcp package gives the process two seconds to end by itself
    await mute.__aexit__(None, None, None)
    with pytest.raises(asyncio.CancelledError):
        await starting
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()[:-1]), 0)


def test_a_loop_may_be_made_before_the_block_of_a_server_and_is_refused_outside_of_it() -> None:
    asked = model("x")
    loop = run_tools(asked, [MCPTools.stdio(sys.executable, [SHOP])])
    with pytest.raises(MCPServerError, match="is not open"):
        loop.invoke("?")
    assert asked.calls == []
    assert "0 tools" in repr(loop)


def test_arguments_that_cannot_be_right_are_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="command is"):
        MCPTools.stdio("")
    with pytest.raises(InvalidParameterError, match="args is a list"):
        MCPTools.stdio("python", "server.py")
    with pytest.raises(InvalidParameterError, match="url is an address"):
        MCPTools.http("shop")
    with pytest.raises(InvalidParameterError, match="timeout"):
        MCPTools.http("http://127.0.0.1:9/mcp", timeout=0)
