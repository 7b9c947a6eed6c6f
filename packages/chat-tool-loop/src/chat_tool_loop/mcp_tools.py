"""``MCPTools``: the tools of an MCP server as tools of a loop, or of any ``bind_tools``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from chat_core import InvalidParameterError, ToolInputError
from chat_core.provider import ToolSpec, object_schema, wait_until_done

from .errors import MCPToolError
from .limits import check_seconds
from .mcp_content import ResultBlock, content_of, text_of
from .mcp_loop import run_blocking, submit
from .mcp_session import MCPSession
from .toolbox import SourcedTool

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client._transport import TransportStreams
    from mcp_types import CallToolResult
    from mcp_types import Tool as WireTool

__all__ = ["MCPTool", "MCPTools"]

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME = 64


class MCPTools:
    """The tools of one MCP server, while its ``with`` or ``async with`` block lasts.

    Give it to ``run_tools`` among the tools: each step then has the tools that the server lists at
    that time. It is also iterable, for ``bind_tools([*server])``.
    """

    def __init__(
        self, make_client: Callable[[Any], Client], *, name: str | None, timeout: float
    ) -> None:
        check_seconds(timeout)
        shown = None if name is None else f"MCP server {name!r}"
        self._session = MCPSession(make_client, shown, timeout)
        self._name = name
        self._timeout = timeout

    @classmethod
    def stdio(
        cls,
        command: str,
        args: Sequence[str] = (),
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        name: str | None = None,
        timeout: float = 60.0,
    ) -> Self:
        """A server that is a program, which is started with the block and ended with it.

        Args:
            command: the program, such as ``"npx"`` or ``sys.executable``.
            args: its arguments.
            env: environment variables, added to the few that such a program gets: ``PATH``,
                ``HOME`` and the like. Keys in the environment do not go to it by themselves.
            cwd: its working directory.
            name: stands before names of tools that another server has too; by default the name that
                the server gives itself.
            timeout: the seconds that its start, and each call of a tool, may take.

        Raises ``InvalidParameterError`` where the package ``mcp`` is not installed.
        """
        _require_mcp()
        if not str(command).strip() or not isinstance(command, str):
            raise InvalidParameterError(f"command is a program's name; got {command!r:.80}.")
        if isinstance(args, str):
            raise InvalidParameterError(f"args is a list of strings; got {args!r:.80}.")

        def make_client(handler: Any) -> Client:
            from mcp import Client, StdioServerParameters, stdio_client

            given = None if env is None else dict(env)
            server = StdioServerParameters(command=command, args=list(args), env=given, cwd=cwd)
            transport = stdio_client(server)
            return Client(transport, message_handler=handler, read_timeout_seconds=timeout)

        return cls(make_client, name=name, timeout=timeout)

    @classmethod
    def http(
        cls,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        name: str | None = None,
        timeout: float = 60.0,
    ) -> Self:
        """A server at an address that speaks streamable HTTP.

        Args:
            url: such as ``"http://127.0.0.1:8000/mcp"``.
            headers: go with each request, such as ``Authorization``.
            name: as of ``stdio``, and so is ``timeout``.

        Raises ``InvalidParameterError`` for an address that is none of HTTP, and where the package
        ``mcp`` is not installed.
        """
        _require_mcp()
        if not str(url).startswith(("http://", "https://")):
            raise InvalidParameterError(
                f"url is an address such as 'http://127.0.0.1:8000/mcp'; got {url!r:.80}."
            )
        sent = dict(headers or {})

        def make_client(handler: Any) -> Client:
            from mcp import Client

            transport = _http_transport(url, sent, timeout)
            return Client(transport, message_handler=handler, read_timeout_seconds=timeout)

        return cls(make_client, name=name, timeout=timeout)

    @property
    def name(self) -> str:
        """The server's name; before its start an empty one where none was given."""
        name = self._name or self._session.server_name
        return _NOT_IN_NAMES.sub("_", name)

    def __repr__(self) -> str:
        return f"MCPTools({self._session.name}, {len(self._session.tools)} tools)"

    def current_tools(self) -> list[SourcedTool]:
        """The tools that the server lists now. Raises ``MCPServerError`` outside of the block."""
        return [MCPTool(self._session, tool, self.name) for tool in self._session.listed_tools()]

    def __iter__(self) -> Iterator[SourcedTool]:
        return iter(self.current_tools())

    # --- its block

    def __enter__(self) -> Self:
        try:
            run_blocking(self._session.start())
        except BaseException:  # Ctrl-C too: what was started is ended before it goes on
            submit(self._session.close()).result()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        submit(self._session.close()).result()

    async def __aenter__(self) -> Self:
        try:
            await asyncio.wrap_future(submit(self._session.start()))
        except BaseException:  # of a cancelled task too
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        """End the server, however often this task is cancelled meanwhile."""
        closing = asyncio.wrap_future(submit(self._session.close()))
        await wait_until_done([closing])
        closing.result()


class MCPTool(SourcedTool):
    """One tool of an MCP server. Its arguments are checked by the server."""

    def __init__(self, session: MCPSession, wire: WireTool, source_name: str) -> None:
        super().__init__(_nothing, name=_model_name(wire.name))
        self.source_name = source_name
        self.function = partial(_call, session, wire.name)
        schema = object_schema(wire.input_schema)
        self.spec = ToolSpec(_model_name(wire.name), wire.description or wire.title or "", schema)
        self.__doc__ = wire.description

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the tool with ``kwargs``, blocking."""
        return self.function(*args, **kwargs)

    def read_arguments(self, given: object) -> dict[str, object]:
        """``given`` as it is. Raises ``ToolInputError`` for what is no dict."""
        if not isinstance(given, Mapping):
            raise ToolInputError(
                f"The tool {self.name!r} takes a dict; got {type(given).__name__}: {given!r:.100}"
            )
        return dict(given)

    def renamed(self, name: str) -> SourcedTool:
        """The same tool under another name."""
        from copy import copy

        other = copy(self)
        other.spec = replace(self.spec, name=_model_name(name))
        return other


@asynccontextmanager
async def _http_transport(
    url: str, headers: dict[str, str], seconds: float
) -> AsyncGenerator[TransportStreams, None]:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    # No read timeout: there is no limit between two events of a server that has no news.
    limits = httpx2.Timeout(seconds, read=None)
    async with (
        httpx2.AsyncClient(headers=headers, timeout=limits) as http,
        streamable_http_client(url, http_client=http) as streams,
    ):
        yield streams


def _nothing() -> None:
    """Stands for a function where a tool has none of Python's."""


def _call(session: MCPSession, name: str, /, **arguments: object) -> str | list[ResultBlock]:
    result: CallToolResult = run_blocking(session.call(name, arguments))
    if result.is_error:
        raise MCPToolError(text_of(result) or f"The tool {name!r} has failed.")
    return content_of(result)


def _model_name(name: str) -> str:
    """``name`` in the characters that vendors take."""
    return _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME]


def _require_mcp() -> None:
    try:
        import mcp  # noqa: F401 - only whether it is there
    except ModuleNotFoundError as error:
        raise InvalidParameterError(
            "MCP servers need the package mcp: pip install 'chat-tool-loop[mcp]'."
        ) from error
