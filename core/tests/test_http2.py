"""HTTP/2: a stream that is left is reset, so that the vendor stops and its place is free again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import aclosing, closing, suppress
from queue import Queue
from threading import Thread
from types import ModuleType

import h2.config
import h2.connection
import h2.events
import h2.settings
import httpx
import httpx2
import pytest
from test_connections import PostModel

MOST_STREAMS = 3


class Server:
    """Speaks HTTP/2 without TLS; each request gets the first event of a stream, and no more.

    ``resets`` are the streams that a client has reset; ``connections`` counts.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.resets: Queue[int] = Queue()
        self.connections = 0
        self._listener = listener
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        most = h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS
        state.local_settings = h2.settings.Settings(
            client=False, initial_values={most: MOST_STREAMS}
        )
        state.initiate_connection()
        with connection, suppress(OSError):
            connection.sendall(state.data_to_send())
            while data := connection.recv(65536):
                for event in state.receive_data(data):
                    self._take(state, event)
                connection.sendall(state.data_to_send())

    def _take(self, state: h2.connection.H2Connection, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.StreamReset):
            self.resets.put(event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            head = [(":status", "200"), ("content-type", "text/event-stream")]
            state.send_headers(event.stream_id, head)
            state.send_data(event.stream_id, b'data: {"t": "h"}\n\n')


@pytest.fixture
def server() -> Iterator[Server]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield Server(listener)
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_streams_that_are_left_are_reset_and_make_room(server: Server, library: ModuleType) -> None:
    with library.Client(http1=False, http2=True) as client:
        model = PostModel(base_url=server.url, http_client=client, max_retries=0)
        for _ in range(3 * MOST_STREAMS):
            with model.stream("hi") as stream:
                assert next(stream).content == "h"
    resets = {server.resets.get(timeout=30) for _ in range(3 * MOST_STREAMS)}
    assert (len(resets), server.connections) == (3 * MOST_STREAMS, 1)


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
async def test_on_a_loop_they_are_reset_too(server: Server, library: ModuleType) -> None:
    async with library.AsyncClient(http1=False, http2=True) as client:
        model = PostModel(base_url=server.url, async_http_client=client, max_retries=0)
        for _ in range(3 * MOST_STREAMS):
            async with aclosing(model.astream("hi")) as stream:
                assert (await anext(stream)).content == "h"
    resets = {server.resets.get(timeout=30) for _ in range(3 * MOST_STREAMS)}
    assert (len(resets), server.connections) == (3 * MOST_STREAMS, 1)
