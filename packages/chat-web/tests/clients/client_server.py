"""The server that the clients ask: every scenario in both protocols, and random streams."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import uvicorn
from chat_core import Message
from chat_web import ChatResponse
from chat_web.protocols.ag_ui import AGUIEncoder
from chat_web.protocols.ag_ui_request import read_ag_ui_request
from chat_web.protocols.vercel import VercelEncoder
from chat_web.protocols.vercel_request import read_vercel_request
from client_scenarios import SCENARIOS, source
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class ClientServer:
    """Serves on loopback; ``received`` holds the messages of requests by protocol and scenario."""

    def __init__(self, random_streams: Sequence[list[Any]]) -> None:
        self.received: dict[tuple[str, str], list[Message]] = {}
        self._random = random_streams
        routes = [
            Route("/scenarios", self._scenarios),
            Route("/vercel", self._vercel, methods=["POST"]),
            Route("/ag-ui", self._ag_ui, methods=["POST"]),
        ]
        app = Starlette(routes=routes)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        (socket,) = self._server.servers[0].sockets
        return f"http://127.0.0.1:{socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    async def _scenarios(self, request: Request) -> Response:
        return JSONResponse([*SCENARIOS, *(f"random-{n}" for n in range(len(self._random)))])

    async def _vercel(self, request: Request) -> Response:
        asked = read_vercel_request(await request.body())
        name = asked.fields["scenario"]
        self.received["vercel", name] = asked.messages
        encoder = VercelEncoder(message_id="server-1", metadata={"page": 2})
        return ChatResponse(self._source(name), encoder=encoder)

    async def _ag_ui(self, request: Request) -> Response:
        asked = read_ag_ui_request(await request.body())
        name = asked.forwarded_props["scenario"]
        self.received["ag-ui", name] = asked.messages
        return ChatResponse(self._source(name), encoder=AGUIEncoder.for_request(asked))

    def _source(self, name: str) -> AsyncIterator[Any]:
        if name.startswith("history:"):
            return source("text")
        if name.startswith("random-"):
            return _items(self._random[int(name.removeprefix("random-"))])
        return source(name)


async def _items(events: list[Any]) -> AsyncIterator[Any]:
    for event in events:
        yield event
        await asyncio.sleep(0)
