"""``MCPSession``: one MCP server, from its start to its end, on the loop of the sessions.

One task holds the client of the ``mcp`` package open; when that task ends, the server is gone, and
calls that wait for it end too. The list of tools is read at the start and again whenever the
server says that it has changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .errors import MCPServerError

if TYPE_CHECKING:
    from mcp import Client, Tool
    from mcp_types import CallToolResult

__all__ = ["MCPSession"]

_CLOSE_SECONDS = 10.0
"""Seconds that the end of a server may take before it is cancelled."""


class MCPSession:
    """A server that ``make_client`` connects with.

    Args:
        make_client: makes the client, given the function that gets the server's notifications.
        name: what errors call the server; by default the name that it gives itself.
        timeout: the seconds that its start, and each call, may take.
    """

    def __init__(
        self, make_client: Callable[[Any], Client], name: str | None, timeout: float
    ) -> None:
        self._make_client = make_client
        self._given_name = name
        self._timeout = timeout
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self.name = name or "MCP server"
        self.server_name = ""
        """The name that the server gives itself."""
        self._gone = ""
        self.tools: list[Tool] = []
        """The server's tools, as it listed them last."""

    async def start(self) -> None:
        """Connect and list the tools. Raises ``MCPServerError``."""
        self._ready = asyncio.Event()
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run())
        ready = asyncio.create_task(self._ready.wait())
        try:
            done, _ = await asyncio.wait(
                {self._task, ready}, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            await self.close()
            raise
        finally:
            ready.cancel()
        if self._task in done:
            error = self._error()
            await self.close()
            raise MCPServerError(f"The {self.name} could not be started: {_text(error)}") from error
        if not done:
            await self.close()
            raise MCPServerError(f"The {self.name} did not start within {self._timeout:g} s.")

    async def close(self) -> None:
        """End the session, and the process of a server that was started here.

        Returns when it has ended, also where it is ended by two at once.
        """
        if self._task is not None:
            self._ending = asyncio.create_task(self._end(self._task))
            self._task = None
        if self._ending is not None:
            await asyncio.wait({self._ending})  # it goes on if a caller is cancelled

    async def _end(self, task: asyncio.Task[None]) -> None:
        """Runs once for a session: a second cancel would break off how the process is ended."""
        self._stop.set()
        if self._ready.is_set():
            await asyncio.wait({task}, timeout=_CLOSE_SECONDS)
        if not task.done():  # it hangs, or has not come to where it waits for the end
            task.cancel()
            await asyncio.wait({task}, timeout=_CLOSE_SECONDS)

    def listed_tools(self) -> list[Tool]:
        """The server's tools, as it listed them last, also after it has ended by itself.

        Raises ``MCPServerError`` before the start and after ``close``.
        """
        self._open_task()
        return self.tools

    def _open_task(self) -> asyncio.Task[None]:
        if self._task is None:
            raise MCPServerError(
                f"The {self.name} is not open: use it inside the with block of MCPTools."
            )
        return self._task

    async def call(self, name: str, arguments: dict[str, object]) -> CallToolResult:
        """The result of a tool. Raises ``MCPServerError`` without one."""
        task = self._open_task()
        if task.done() or self._gone:
            why = self._gone or _text(self._error())
            raise MCPServerError(f"The {self.name} is gone ({why}), so {name!r} was not called.")
        calling = asyncio.create_task(self._call(name, arguments))
        try:
            await asyncio.wait(
                {calling, task}, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if calling.done():
                return calling.result()
        finally:
            calling.cancel()
        if task.done():
            raise self._ended(name)
        raise MCPServerError(
            f"The tool {name!r} of the {self.name} gave no result within {self._timeout:g} s."
        )

    async def _call(self, name: str, arguments: dict[str, object]) -> CallToolResult:
        from mcp import MCPError
        from mcp_types import CONNECTION_CLOSED

        try:
            result = await self._client.call_tool(name, arguments)
        except MCPError as error:
            if error.code != CONNECTION_CLOSED:
                raise MCPServerError(f"The {self.name} refused {name!r}: {error}") from error
            self._stop.set()
            raise self._ended(name) from error
        if self._reading is not None:  # the call may have changed the list
            await asyncio.wait({self._reading})
        return result

    def _ended(self, name: str) -> MCPServerError:
        self._gone = f"it ended while it ran {name!r}"
        return MCPServerError(f"The {self.name} ended while it ran {name!r}.")

    async def _run(self) -> None:
        client = self._make_client(self._notified)
        async with client:
            self._client = client
            if client.server_info is not None:
                self.server_name = client.server_info.name
                self.name = self._given_name or f"MCP server {self.server_name!r}"
            await self._read_tools()
            self._ready.set()
            self._listening = asyncio.create_task(self._listen())
            try:
                await self._stop.wait()
            finally:
                for task in (self._listening, self._reading):
                    if task is not None:
                        task.cancel()

    async def _read_tools(self) -> None:
        tools: list[Tool] = []
        cursor: str | None = None
        while True:
            page = await self._client.list_tools(cursor=cursor, cache_mode="refresh")
            tools += page.tools
            cursor = page.next_cursor
            if not cursor:
                break
        self.tools = tools

    async def _notified(self, message: object) -> None:
        """What servers of the protocols before 2026-07-28 send by themselves."""
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            self._read_again()

    async def _listen(self) -> None:
        """Ask for the same news where the protocol has a subscription for them."""
        from mcp import MCPError
        from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

        with suppress(ListenNotSupportedError, SubscriptionLost, MCPError, TimeoutError):
            async with self._client.listen(tools_list_changed=True) as news:
                async for _ in news:
                    self._read_again()

    def _read_again(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = asyncio.create_task(self._read_tools())

    def _error(self) -> BaseException | None:
        """What ended the session; ``None`` for an end without an error."""
        task = self._task
        if task is None or not task.done() or task.cancelled():
            return None
        error = task.exception()
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return error


def _text(error: BaseException | None) -> str:
    if error is None:
        return "it has ended"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
