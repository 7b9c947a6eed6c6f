"""A small HTTP/1.1 server on a loopback socket that sends scripted answers, byte by byte.

    with WireServer(sse([{"n": 1}, Stall()])) as server:
        …  point a client at server.url, read one event, close  …
        assert server.wait_for_disconnect(0.5)

Each request takes the next queued ``Answer``, or else ``handler`` is called. The server runs on
an event loop in a thread of its own, and every public method may be called from any thread. asyncio
sets TCP_NODELAY on the sockets, so every write is sent at once.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from itertools import count
from typing import TYPE_CHECKING, Self, TypeAlias

from .http_answers import Answer, json_answer
from .refusals import refusal
from .wire_connection import Exchange, Request, converse, read_request

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Exchange", "Handler", "Request", "WireServer"]

# Connections that may wait to be accepted; asyncio's own 100 is too few for 500 at once.
_BACKLOG = 1024

# Turns of the event loop from a connection that waits to be accepted to its recorded request.
_ROUNDS = 8

Handler: TypeAlias = Callable[[Request], Answer]
Check: TypeAlias = Callable[[Request], Answer | None]


class WireServer:
    """A scripted server; a context manager.

    Args:
        answers: what the first requests get, in order.
        handler: asked for an answer once the queue is empty. It runs on the server's loop, so it
            must not wait. What it raises is raised again when the ``with`` block ends.
        check: returns the answer to a request that the vendor would refuse; by default status 400
            for one that breaks a rule of its wire. ``None`` accepts every request.
        port: the port on loopback; by default a free one.

    A request for which there is no answer gets status 418, which no client retries.
    """

    def __init__(
        self,
        answers: Answer | Iterable[Answer] = (),
        *,
        handler: Handler | None = None,
        check: Check | None = refusal,
        port: int = 0,
    ) -> None:
        self.port = port
        self.handler = handler
        self.check = check
        self.url = ""
        self._queue: deque[Answer] = deque()
        self._exchanges: list[Exchange] = []
        self._open_connections = 0
        self._connections = count()
        self._changed = threading.Condition()
        self._error: Exception | None = None
        self.queue(*((answers,) if isinstance(answers, Answer) else answers))

    # --- life

    def __enter__(self) -> Self:
        ready: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main(ready)), name="wire-server", daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{ready.result(timeout=10)}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)
        if error is None and self._error is not None:
            raise self._error

    async def _main(self, ready: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        try:
            server = await asyncio.start_server(
                self._serve, "127.0.0.1", self.port, backlog=_BACKLOG
            )
        except OSError as error:
            ready.set_exception(error)
            return
        ready.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()  # asyncio.run then cancels what still serves

    # --- script and record

    def queue(self, *answers: Answer) -> None:
        """Add answers for the requests to come."""
        self._queue.extend(answers)

    def reset(self) -> None:
        """Forget queued answers and past exchanges; open connections stay.

        What has been sent to the server before is answered and forgotten too, so that a request
        which its client gave up takes no answer of those to come.
        """
        asyncio.run_coroutine_threadsafe(_read_what_has_arrived(), self._loop).result(timeout=10)
        with self._changed:
            self._queue.clear()
            self._exchanges.clear()

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All exchanges so far, in order of arrival."""
        with self._changed:
            return tuple(self._exchanges)

    @property
    def requests(self) -> Sequence[Request]:
        """All requests so far, in order of arrival."""
        return tuple(exchange.request for exchange in self.exchanges)

    @property
    def open_connections(self) -> int:
        """How many connections are open, busy or idle."""
        return self._open_connections

    def wait_for_requests(self, count: int = 1, timeout: float = 5.0) -> bool:
        """Wait until ``count`` requests have arrived in all.

        This blocks: in a coroutine, call it through ``asyncio.to_thread``.
        """
        with self._changed:
            return self._changed.wait_for(lambda: len(self._exchanges) >= count, timeout)

    def wait_for_disconnect(self, timeout: float = 1.0) -> bool:
        """Wait until the client of the latest exchange has closed its connection.

        This blocks: in a coroutine, call it through ``asyncio.to_thread``, or the client's own loop
        cannot close the socket.
        """
        deadline = time.monotonic() + timeout
        if not self.wait_for_requests(1, timeout):
            return False
        return self.exchanges[-1].wait_for_disconnect(max(0.0, deadline - time.monotonic()))

    # --- one connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(0)  # drain() then waits for the kernel
        self._open_connections += 1
        number = next(self._connections)
        try:
            first = await reader.read(1)
            while first:
                exchange = self._record(await read_request(first, reader), number)
                first = await converse(exchange, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client disconnected between requests, or within one
        except ValueError as error:
            self._error = error  # bytes that are not HTTP/1.1
        except asyncio.CancelledError:
            # The server stops. Not raised on: asyncio before 3.12 logs it as an error of ours.
            writer.transport.abort()
        finally:
            self._open_connections -= 1
            writer.close()

    def _record(self, request: Request, connection: int) -> Exchange:
        exchange = Exchange(request, self._choose(request), connection)
        with self._changed:
            self._exchanges.append(exchange)
            self._changed.notify_all()
        return exchange

    def _choose(self, request: Request) -> Answer:
        queued = self._queue.popleft() if self._queue else None
        try:
            if self.check is not None and (refused := self.check(request)) is not None:
                return refused
            if queued is not None:
                return queued
            if self.handler is not None:
                return self.handler(request)
        except Exception as error:  # noqa: BLE001 - raised again when the server stops
            self._error = error
            return _unanswered(f"WireServer's handler raised {error!r}")
        return _unanswered(f"WireServer has no answer for {request.method} {request.path}")


async def _read_what_has_arrived() -> None:
    """Let the event loop accept waiting connections, then read and record what they brought."""
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)


def _unanswered(message: str) -> Answer:
    return json_answer({"error": {"message": message, "type": "wire_server"}}, 418)
