"""An MCP server for tests: ``python mcp_shop.py`` on stdio, ``python mcp_shop.py PORT`` on HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
from base64 import b64encode

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import (
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

shop = MCPServer("shop", log_level="CRITICAL")
PIXEL = b64encode(b"\x89PNG\r\n\x1a\n").decode()


@shop.tool()
def price(item: str) -> int:
    """Say what an item costs."""
    if item == "nothing":
        raise ToolError("nothing is not for sale")
    return len(item)


@shop.tool()
def window() -> CallToolResult:
    """Show what is in the window."""
    note = TextResourceContents(uri="shop://note", text="Sale!", mime_type="text/plain")
    plan = BlobResourceContents(uri="shop://plan.pdf", blob=PIXEL, mime_type="application/pdf")
    return CallToolResult(
        content=[
            TextContent(text="a lamp"),
            ImageContent(data=PIXEL, mime_type="image/png"),
            EmbeddedResource(resource=note),
            EmbeddedResource(resource=plan),
            ResourceLink(name="map", uri="https://shop.example/map", mime_type="text/html"),
        ],
        structured_content={"lamps": 1},
    )


@shop.tool()
async def queue() -> str:
    """Wait in the queue."""
    await asyncio.sleep(60)
    return "your turn"


@shop.tool(name="who/asks?")
def caller(context: Context) -> str:
    """Say which key a request has."""
    headers = context.headers or {}
    return headers.get("x-key", "none")


@shop.tool()
async def deliver(context: Context) -> str:
    """Take in goods: there is one more tool then."""

    def lamp() -> str:
        """Light the lamp."""
        return "light"

    shop.add_tool(lamp)
    await context.notify_tools_changed()
    await context.session.send_tool_list_changed()
    return "delivered"


@shop.tool()
def burn() -> str:
    """End the shop."""
    os._exit(3)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        shop.run("streamable-http", port=int(sys.argv[1]))
    else:
        shop.run("stdio")
