"""The vendor of the measurements: a process that streams without an end, or answers after a while.

    python scripts/scale/server.py

It prints its port. A request for a stream gets 20 chunks a second until its reader leaves; any
other request one answer after 50 ms. One timer writes to all streams, in ten groups, so that the
server costs little beside its reader.
"""

from __future__ import annotations

import asyncio
import json
import resource

CHUNKS_A_SECOND = 20
ANSWER_AFTER = 0.05
GROUPS = 10


def chunk(delta: dict[str, str]) -> bytes:
    """One chunk of a Chat Completions stream, as one HTTP chunk."""
    wire = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "any",
        "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
    }
    event = b"data: " + json.dumps(wire).encode() + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(event), event)


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
WORD = chunk({"content": "moon "})
ANSWER = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "any",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Goldfish on the moon tonight."},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 50, "completion_tokens": 12, "total_tokens": 62},
    }
).encode()
WHOLE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)
) + ANSWER


class Streams:
    """All open streams, in groups that are written to one after another."""

    def __init__(self) -> None:
        self._groups: list[set[asyncio.Transport]] = [set() for _ in range(GROUPS)]
        self._added = 0

    def add(self, transport: asyncio.Transport) -> None:
        transport.write(STREAM_HEAD + chunk({"role": "assistant", "content": ""}))
        self._groups[self._added % GROUPS].add(transport)
        self._added += 1

    def remove(self, transport: asyncio.Transport) -> None:
        for group in self._groups:
            group.discard(transport)

    async def write(self) -> None:
        """Write one chunk to each stream, 20 times a second."""
        loop = asyncio.get_running_loop()
        pause = 1 / CHUNKS_A_SECOND / GROUPS
        due = loop.time()
        while True:
            for group in self._groups:
                for transport in group:
                    transport.write(WORD)
                due += pause
                await asyncio.sleep(max(0.0, due - loop.time()))


class Connection(asyncio.Protocol):
    """One connection, on which requests come one after another."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._streams.remove(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        if len(rest) < length:
            return
        self._received = rest[length:]
        if json.loads(rest[:length]).get("stream"):
            self._streams.add(self._transport)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(ANSWER_AFTER, self._transport.write, WHOLE)


async def serve() -> None:
    """Listen on loopback until the process is ended."""
    streams = Streams()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(streams), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await streams.write()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(serve())
