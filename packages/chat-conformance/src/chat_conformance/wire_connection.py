"""One connection of the wire server: reads requests from it and performs answers on it."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from .http_answers import Answer, Close, Pause, Repeat, Reset, Stall, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Exchange", "Request", "converse", "read_request"]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as received: header names in lower case, ``path`` as sent and without the query."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: the body is not JSON.
        """
        return json.loads(self.body)


@dataclass(slots=True, eq=False)
class Exchange:
    """One request, its answer, and how far the answer got.

    ``sent`` counts the body bytes written so far. ``finished`` is true once every step has been
    performed. ``disconnected_after`` is how many seconds after the last byte the client closed the
    connection, ``None`` while it is open; a further request is no closing. ``connection``
    numbers the connections of a server: exchanges with the same number share one.
    """

    request: Request
    answer: Answer
    connection: int = 0
    sent: int = 0
    finished: bool = False
    disconnected_after: float | None = None
    client_disconnected: threading.Event = field(default_factory=threading.Event)
    _last_byte_at: float = field(default_factory=time.monotonic, repr=False)

    @property
    def last_byte_at(self) -> float:
        """When the latest byte was written, in seconds of ``time.monotonic``."""
        return self._last_byte_at

    def wait_for_disconnect(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds for the client to close the connection."""
        return self.client_disconnected.wait(timeout)

    def count(self, size: int) -> None:
        """Note that ``size`` more bytes have been sent."""
        self.sent += size
        self._last_byte_at = time.monotonic()

    def note_disconnect(self) -> None:
        """Note that the client has closed the connection."""
        self.disconnected_after = time.monotonic() - self._last_byte_at
        self.client_disconnected.set()


async def converse(
    exchange: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bytes:
    """Answer one exchange; return the first byte of the next request, ``b""`` if none follows.

    One read serves both ends: the byte after a request is the next request's first or, empty, the
    client's disconnect.
    """
    following = asyncio.ensure_future(reader.read(1))
    sending = asyncio.ensure_future(_send_answer(exchange, writer))
    try:
        await asyncio.wait((following, sending), return_when=asyncio.FIRST_COMPLETED)
        if not sending.done() and not following.result():
            exchange.note_disconnect()
            return b""
        if not await sending:
            return b""
        first = await following
    except ConnectionError:
        exchange.note_disconnect()
        return b""
    finally:
        following.cancel()
        sending.cancel()
        await asyncio.gather(following, sending, return_exceptions=True)
    if not first:
        exchange.note_disconnect()
    return first


async def _send_answer(exchange: Exchange, writer: asyncio.StreamWriter) -> bool:
    """Perform the answer; true if the connection may carry another request."""
    answer = exchange.answer
    chunked = answer.framing == "chunked"
    whole = await _perform(answer.before, exchange, writer, chunked=False)
    if whole:
        writer.write(answer.head())
        whole = await _perform(answer.steps, exchange, writer, chunked=chunked)
    if whole and chunked:
        writer.write(b"0\r\n\r\n")
    if whole:
        await writer.drain()
    exchange.finished = True
    wants_more = exchange.request.headers.get("connection", "").lower() != "close"
    return whole and wants_more and answer.framing != "until-close"


async def _perform(
    steps: Sequence[Step], exchange: Exchange, writer: asyncio.StreamWriter, *, chunked: bool
) -> bool:
    """Perform ``steps``; false if one of them ended the connection."""
    for step in steps:
        match step:
            case bytes():
                for piece in exchange.answer.pieces(step):
                    await _write(piece, exchange, writer, chunked)
            case Pause(seconds):
                await writer.drain()
                await asyncio.sleep(seconds)
            case Repeat(data, every, times):
                for _ in itertools.count() if times is None else range(times):
                    await _write(data, exchange, writer, chunked)
                    await asyncio.sleep(every)
            case Stall():
                await writer.drain()
                await asyncio.Event().wait()
            case Reset():
                await writer.drain()
                _reset(writer)
                return False
            case Close():
                await writer.drain()
                return False
    return True


async def _write(
    data: bytes, exchange: Exchange, writer: asyncio.StreamWriter, chunked: bool
) -> None:
    exchange.count(len(data))  # first, so that a client that has read them finds them counted
    writer.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
    await writer.drain()
    await asyncio.sleep(0)  # drain() alone never yields to the other streams


def _reset(writer: asyncio.StreamWriter) -> None:
    # With a linger time of zero, close sends RST instead of FIN (socket(7)).
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def read_request(first: bytes, reader: asyncio.StreamReader) -> Request:
    """The next request, whose first byte has been read already.

    Raises:
        ValueError: the bytes are not HTTP/1.1.
        asyncio.IncompleteReadError: the client disconnected within the request.
    """
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _version = request_line.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Request(method, url.path, query, headers, await _read_body(headers, reader))


async def _read_body(headers: dict[str, str], reader: asyncio.StreamReader) -> bytes:
    """The body by its framing (RFC 9112, 6 and 7.1; trailers are read and dropped)."""
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    while (await reader.readline()).strip():
        pass
    return bytes(body)
