"""The vendor of the benchmark: a process that answers any request with a stream made beforehand.

The first segment of a request's path says what to send (`Load`), the rest of the path which wire to
speak, as in the conformance kit's offline server. Bodies are encoded once and written segment by
segment, one HTTP chunk each, so that the server costs as little as possible beside its reader.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from chat_conformance.script import Call, Delivery, Reply, Text
from chat_conformance.simulators import SIMULATORS, MistralSimulator, Simulator
from chat_conformance.wire_connection import Request

WORD = "moon "


@dataclass(frozen=True)
class Load:
    """What one request is answered with."""

    wire: str
    """The provider, with the API where it has two: `openai-responses`."""
    kind: str
    """`text`; `tool`, the arguments of one tool call; `story`, text that is a JSON object; or
    `slow-story`, one whose segments are 5 ms apart."""
    chunks: int
    """How many deltas."""
    per_segment: int
    """How many events travel together."""

    def __str__(self) -> str:
        return f"{self.wire}.{self.kind}.{self.chunks}.{self.per_segment}"

    @classmethod
    def read(cls, text: str) -> Load:
        """The load that `str` of one wrote."""
        wire, kind, chunks, per_segment = text.split(".")
        return cls(wire, kind, int(chunks), int(per_segment))

    def simulator(self, request: Request) -> Simulator:
        """Who answers `request`: Mistral has the same path as OpenAI and another wire."""
        if self.wire == "mistralai":
            return MistralSimulator()
        return next(simulator for simulator in SIMULATORS if simulator.serves(request))

    def reply(self) -> Reply:
        """The answer."""
        if self.kind == "tool":
            args = '{"verse": "' + WORD * self.chunks
            args = args[: len(WORD) * self.chunks - 2] + '"}'
            return Reply(Call("sing", args), piece=len(WORD))
        if self.kind.endswith("story"):
            text = '{"title": "Goldfish on the moon", "people": 123456, "body": "'
            text += WORD * self.chunks
            return Reply(Text(text[: len(WORD) * self.chunks - 2] + '"}'), piece=len(WORD))
        return Reply(Text(WORD * self.chunks), piece=len(WORD))


@cache
def answer(path: str, is_stream: bool) -> tuple[bytes, ...]:
    """The writes that answer a request for `path`: the head, then one HTTP chunk a segment."""
    _, load_text, rest = path.split("/", 2)
    load = Load.read(load_text)
    request = Request("POST", f"/{rest}", {}, {}, json.dumps({"stream": is_stream}).encode())
    told = load.simulator(request).answer(
        Delivery(load.reply(), per_segment=load.per_segment), request
    )
    if told.framing != "chunked":
        return (told.head() + b"".join(step for step in told.steps if isinstance(step, bytes)),)
    pieces = [step for step in told.steps if isinstance(step, bytes)]
    return (told.head(), *(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces), b"0\r\n\r\n")


class Connection(asyncio.Protocol):
    """Reads requests off one connection and writes their answers.

    `/sent` answers with how many segments of the latest slow answer have been written.
    """

    sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""
        self._ready = asyncio.Event()
        self._ready.set()
        self._writing: asyncio.Task[None] | None = None

    def connection_lost(self, _error: Exception | None) -> None:
        if self._writing is not None:
            self._writing.cancel()

    def pause_writing(self) -> None:
        self._ready.clear()

    def resume_writing(self) -> None:
        self._ready.set()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        request_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (li.partition(": ") for li in lines)}
        if len(body) < int(headers.get("content-length", "0")):
            return
        self._received = b""
        path = urlsplit(request_line.split(" ")[1]).path
        if path == "/sent":
            self._answer_sent()
            return
        is_stream = b'"stream":true' in body.replace(b" ", b"") or ":stream" in path
        pause = 0.005 if "slow-" in path else None
        self._writing = asyncio.ensure_future(self._write(answer(path, is_stream), pause))

    def _answer_sent(self) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        text = b"%d" % Connection.sent
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)

    async def _write(self, pieces: tuple[bytes, ...], pause: float | None) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        for number, piece in enumerate(pieces):
            self._transport.write(piece)
            if pause is not None:
                Connection.sent = number
                await asyncio.sleep(pause)
            if not self._ready.is_set():
                await self._ready.wait()


async def main() -> None:
    """Serve on a loopback port, which the first line of output names, until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
