"""The wire server performs its script and records what the client did."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from chat_conformance.http_answers import (
    Answer,
    Close,
    Pause,
    Repeat,
    Reset,
    Stall,
    html,
    json_answer,
    keep_alive_comments,
    redirect,
    sse,
)
from chat_conformance.wire_server import Request, WireServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chat_conformance.http_answers import Frame, Framing, Step


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


class Client:
    """Plain HTTP and plain sockets, all closed when the test ends."""

    def __init__(self, closing: ExitStack) -> None:
        self._closing = closing

    def connect(self, server: WireServer) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        self._closing.callback(connection.close)
        return connection

    def ask(self, server: WireServer, body: bytes = b"{}") -> http.client.HTTPResponse:
        connection = self.connect(server)
        connection.request("POST", "/v1/chat?alt=sse", body, {"X-Key": "k"})
        return self._closing.enter_context(connection.getresponse())

    def raw(
        self, server: WireServer, wire: bytes = b"POST / HTTP/1.1\r\nhost: x\r\n\r\n"
    ) -> socket.socket:
        address = ("127.0.0.1", urlsplit(server.url).port)
        sock = self._closing.enter_context(socket.create_connection(address, timeout=30))
        sock.sendall(wire)
        return sock


@pytest.fixture
def client() -> Iterator[Client]:
    with ExitStack() as closing:
        yield Client(closing)


def read_to_end(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(65536), b""))


def test_a_request_is_recorded_whole(server: WireServer, client: Client) -> None:
    server.queue(json_answer({}))
    client.ask(server, b'{"a": 1}').read()
    (request,) = server.requests
    assert (request.method, request.path, request.query) == ("POST", "/v1/chat", {"alt": "sse"})
    assert request.headers["x-key"] == "k"
    assert request.json == {"a": 1}


def test_a_chunked_request_body_is_joined(server: WireServer, client: Client) -> None:
    server.queue(json_answer({}))
    connection = client.connect(server)
    connection.request("POST", "/", iter([b'{"a"', b": 1}"]), encode_chunked=True)
    connection.getresponse().read()
    assert server.requests[0].json == {"a": 1}


def test_answers_come_in_the_order_queued_and_then_from_the_handler(client: Client) -> None:
    def handler(request: Request) -> Answer:
        return json_answer(request.json)

    with WireServer([json_answer(1), json_answer(2)], handler=handler) as server:
        assert [json.load(client.ask(server, b"3")) for _ in range(3)] == [1, 2, 3]


def test_a_request_without_an_answer_gets_status_418(server: WireServer, client: Client) -> None:
    response = client.ask(server)
    assert response.status == 418
    assert b"no answer for POST /v1/chat" in response.read()


def test_what_a_handler_raises_fails_the_test(client: Client) -> None:
    def handler(request: Request) -> Answer:
        raise KeyError(request.path)

    with pytest.raises(KeyError, match="/v1/chat"), WireServer(handler=handler) as server:
        assert client.ask(server).status == 418


def test_one_connection_carries_many_exchanges(server: WireServer, client: Client) -> None:
    server.queue(sse(["a"]), json_answer({}))
    connection = client.connect(server)
    for expected in (b"data: a\n\n", b"{}"):
        connection.request("POST", "/")
        assert connection.getresponse().read() == expected
    assert server.open_connections == 1
    assert not server.exchanges[0].client_disconnected.is_set()


def test_json_html_and_redirect_say_what_they_are(server: WireServer, client: Client) -> None:
    server.queue(json_answer({}, 529, headers={"retry-after": "3"}), html(), redirect("/there"))
    refused, page, moved = client.ask(server), client.ask(server), client.ask(server)
    assert (refused.status, refused.headers["retry-after"]) == (529, "3")
    assert page.headers["content-type"] == "text/html"
    assert (moved.status, moved.headers["location"]) == (307, "/there")


def test_frames_are_written_as_server_sent_events(server: WireServer, client: Client) -> None:
    frames: list[Frame] = [{"type": "ping", "t": "é"}, "[DONE]", b": as it is\n\n"]
    server.queue(sse(frames, line_end="\r\n", event_key="type"))
    wire = 'event: ping\r\ndata: {"type":"ping","t":"é"}\r\n\r\ndata: [DONE]\r\n\r\n: as it is\n\n'
    assert client.ask(server).read() == wire.encode()


def test_frames_of_a_segment_travel_together() -> None:
    answer = sse(["1", "2", "3", Pause(0), "4"], per_segment=2)
    two, one, four = b"data: 1\n\ndata: 2\n\n", b"data: 3\n\n", b"data: 4\n\n"
    assert list(answer.steps) == [two, one, Pause(0), four]


@pytest.mark.parametrize("framing", ["chunked", "content-length", "until-close"])
@pytest.mark.parametrize("piece", [None, 1, 3])
def test_neither_framing_nor_cutting_changes_the_body(
    server: WireServer, client: Client, framing: Framing, piece: int | None
) -> None:
    body = "data: ünïcode\n\n".encode()
    server.queue(Answer(body=body, framing=framing, piece=piece))
    assert client.ask(server).read() == body
    assert server.exchanges[0].sent == len(body)


def test_a_piece_is_a_write_of_its_own(server: WireServer, client: Client) -> None:
    server.queue(Answer(body=b"abcde", framing="chunked", piece=2))
    sock = client.raw(server)
    wire = b""
    while not wire.endswith(b"0\r\n\r\n"):
        wire += sock.recv(4096)
    sock.close()
    assert wire.endswith(b"\r\n\r\n2\r\nab\r\n2\r\ncd\r\n1\r\ne\r\n0\r\n\r\n")


def test_a_pause_holds_back_what_follows(server: WireServer, client: Client) -> None:
    sent = 0
    for pause in (0.5, 4.0):  # a busy machine may look later than the first is over
        server.queue(sse(["a", Pause(pause), "b"]))
        started = time.monotonic()
        response = client.ask(server)
        assert response.readline() == b"data: a\n"
        sent = server.exchanges[-1].sent
        assert response.read().endswith(b"data: b\n\n")
        assert time.monotonic() - started >= pause
        if sent == len(b"data: a\n\n"):
            break
    assert sent == len(b"data: a\n\n")


def test_a_reset_breaks_the_connection_after_what_was_sent(
    server: WireServer, client: Client
) -> None:
    server.queue(sse(["a", Reset(), "b"]))
    response = client.ask(server)
    assert response.readline() == b"data: a\n"
    with pytest.raises(ConnectionResetError):
        response.read()


def test_a_reset_can_come_before_the_status_line(server: WireServer, client: Client) -> None:
    server.queue(Answer(before=[Reset()]))
    with pytest.raises(ConnectionResetError):
        read_to_end(client.raw(server))


def test_a_close_leaves_a_chunked_body_without_its_last_chunk(
    server: WireServer, client: Client
) -> None:
    server.queue(sse(["a", Close(), "b"]))
    assert read_to_end(client.raw(server)).endswith(b"\r\n\r\n9\r\ndata: a\n\n\r\n")


def test_a_close_leaves_a_body_short_of_its_length(server: WireServer, client: Client) -> None:
    server.queue(Answer(body=[b"half", Close(), b"rest"]))
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.ask(server).read()
    assert (caught.value.partial, caught.value.expected) == (b"half", 4)


def test_an_endless_body_has_no_length() -> None:
    with pytest.raises(ValueError, match="Content-Length"):
        Answer(body=[Repeat(b"x")])


def test_comments_keep_coming_while_no_event_does(server: WireServer, client: Client) -> None:
    server.queue(sse([keep_alive_comments(0.01)]))
    response = client.ask(server)
    assert [response.readline() for _ in range(4)] == [b": keep-alive\n", b"\n"] * 2


@pytest.mark.parametrize(
    "answer",
    [
        Answer(before=[Stall()]),
        sse(["a", Stall()]),
        sse(["a", Pause(60)]),
        sse([keep_alive_comments(0.01)]),
        sse([Repeat(b"data: a\n\n" * 1000)]),
    ],
    ids=["no-status-line", "stall", "pause", "comments", "never-read"],
)
def test_a_client_that_disconnects_is_noticed_whatever_the_server_does(
    server: WireServer, client: Client, answer: Answer
) -> None:
    server.queue(answer)
    sock = client.raw(server)
    assert server.wait_for_requests(1)
    assert not server.wait_for_disconnect(0.1)
    sock.close()
    assert server.wait_for_disconnect(10)
    (exchange,) = server.exchanges
    assert not exchange.finished
    assert exchange.disconnected_after is not None
    assert 0 <= exchange.disconnected_after <= time.monotonic() - exchange.last_byte_at


def test_a_client_that_stays_has_not_disconnected(server: WireServer, client: Client) -> None:
    server.queue(sse(["a"]))
    connection = client.connect(server)
    connection.request("POST", "/")
    connection.getresponse().read()
    assert not server.wait_for_disconnect(0.1)
    connection.close()
    assert server.wait_for_disconnect(10)
    assert server.exchanges[0].finished


def test_a_close_by_the_server_is_no_disconnect_of_the_client(
    server: WireServer, client: Client
) -> None:
    server.queue(sse(["a", Close()]))
    sock = client.raw(server)
    read_to_end(sock)
    sock.close()
    assert not server.wait_for_disconnect(0.1)


def test_waiting_without_a_client_ends_in_time(server: WireServer) -> None:
    assert not server.wait_for_disconnect(0.05)
    assert not server.wait_for_requests(1, timeout=0.05)


def test_bytes_that_are_not_http_fail_the_test(client: Client) -> None:
    with pytest.raises(ValueError, match="unpack"), WireServer() as server:
        read_to_end(client.raw(server, b"hello\r\n\r\n"))


def test_a_reader_that_stops_holds_the_server_back(server: WireServer, client: Client) -> None:
    block = b"data: a\n\n" * 10_000
    server.queue(sse([Repeat(block)]))
    sock = client.raw(server)
    server.wait_for_requests(1)
    (exchange,) = server.exchanges
    full = -1
    while exchange.sent != full and full < 100_000_000:
        full = exchange.sent
        time.sleep(0.2)
    assert full < 100_000_000
    sock.close()


@pytest.mark.parametrize("step", [Stall(), Repeat(b"never read" * 1000)], ids=["silent", "busy"])
def test_stopping_ends_every_stream_and_the_thread(client: Client, step: Step) -> None:
    before = set(threading.enumerate())
    with WireServer(sse([step])) as server:
        sock = client.raw(server)
        assert server.wait_for_requests(1)
        time.sleep(0.1)  # the busy one fills every buffer
    with suppress(ConnectionResetError):
        read_to_end(sock)  # a stream left open would run into the socket's timeout
    with pytest.raises(ConnectionRefusedError):
        client.raw(server)
    assert "wire-server" not in {thread.name for thread in set(threading.enumerate()) - before}


async def test_five_hundred_streams_run_at_once() -> None:
    async def read(port: int | None) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        body = await reader.read()
        writer.close()
        return body.count(b"data: ")

    at_once = 0
    for pause in (0.5, 8.0):  # a busy machine may need longer than the first to open all
        answer = sse(["1", Pause(pause), *("2" * 9)])
        with WireServer([answer] * 500) as server:
            port = urlsplit(server.url).port
            reading = asyncio.gather(*(read(port) for _ in range(500)))
            assert await asyncio.to_thread(server.wait_for_requests, 500, 60)
            at_once = server.open_connections
            assert await reading == [10] * 500
        if at_once == 500:
            break
    assert at_once == 500


def test_a_stream_of_a_hundred_thousand_events_arrives_whole(
    server: WireServer, client: Client
) -> None:
    server.queue(sse(({"n": n} for n in range(100_000)), per_segment=8))
    assert client.ask(server).read().count(b"data: ") == 100_000


def test_a_request_that_its_client_gave_up_takes_no_answer_of_those_to_come(
    server: WireServer,
) -> None:
    port = urlsplit(server.url).port
    for number in range(50):
        with socket.create_connection(("127.0.0.1", port)) as given_up:
            given_up.sendall(b"GET /late HTTP/1.1\r\nhost: h\r\n\r\n")
        server.reset()
        server.queue(json_answer({"n": number}))
        asked = http.client.HTTPConnection("127.0.0.1", port)
        asked.request("GET", "/next")
        assert json.loads(asked.getresponse().read()) == {"n": number}
        asked.close()
        assert [request.path for request in server.requests] == ["/next"]
