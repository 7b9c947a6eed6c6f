"""The streams that guard connections on event loops."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

from chat_core.wire.connection_guard import guard_client


class CountingStream:
    """A network stream that counts how often its socket is looked up."""

    lookups = 0

    def get_extra_info(self, info: str) -> Any:
        self.lookups += info == "socket"
        return f"the {info}"


class Backend:
    async def connect_tcp(self, *args: Any, **kwargs: Any) -> CountingStream:
        return CountingStream()


class Pool:
    _network_backend: Any = Backend()


class Transport:
    _pool = Pool()


class AsyncClient:
    _transport = Transport()

    async def aclose(self) -> None:
        """Nothing to close; by this method a client is known as async."""


def connect() -> Any:
    client = AsyncClient()
    guard_client(client)
    try:
        client._transport._pool._network_backend.connect_tcp().send(None)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("connecting waits for nothing here")


def test_the_socket_of_a_connection_is_looked_up_once_for_all_its_requests() -> None:
    stream = connect()
    assert [stream.get_extra_info("socket") for _ in range(3)] == ["the socket"] * 3
    assert stream.lookups == 1


def test_other_facts_of_a_connection_are_asked_for_anew_each_time() -> None:
    stream = connect()
    assert stream.get_extra_info("ssl_object") == "the ssl_object"
    assert stream.get_extra_info("server_addr") == "the server_addr"


def test_a_connection_is_readable_once_the_other_side_has_written_or_closed() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = connect()
        stream._socket = ours
        assert not stream.get_extra_info("is_readable")
        theirs.send(b"x")
        assert stream.get_extra_info("is_readable")
        ours.recv(1)
        assert not stream.get_extra_info("is_readable")
        theirs.close()
        assert stream.get_extra_info("is_readable")


def test_a_connection_whose_own_socket_is_closed_counts_as_readable() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    stream = connect()
    stream._socket = ours
    ours.close()
    assert stream.get_extra_info("is_readable")


def test_bytes_after_an_answer_make_an_idle_connection_readable() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = connect()
        stream._socket = ours
        stream.guarded_parser = SimpleNamespace(trailing_data=(b"HTTP/1.1 200 OK", False))
        assert stream.get_extra_info("is_readable")
