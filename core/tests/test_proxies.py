"""A proxy that refuses is named with host and port, once, without the password in its URL."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest
from chat_core.errors import APIConnectionError
from test_connections import PostModel

FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def refusing() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a proxy that answers 403, and what it was asked."""
    asked: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(65536))
                    connection.sendall(FORBIDDEN)

        Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_proxy_that_refuses_is_named_and_not_asked_again(
    refusing: tuple[str, list[bytes]], is_async: bool
) -> None:
    address, asked = refusing
    model = PostModel(
        base_url="https://api.example", proxy=f"http://user:password@{address}", max_retries=3
    )

    async def ask() -> None:
        async with model:
            await model.ainvoke("hi")

    with pytest.raises(APIConnectionError) as caught:
        asyncio.run(ask()) if is_async else model.invoke("hi")
    model.close()
    assert f"through the proxy {address} (proxy=)" in str(caught.value)
    assert "password" not in str(caught.value)
    assert not caught.value.is_retryable
    assert len(asked) == 1


def test_a_proxy_that_accepts_no_connection_is_named() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    model = PostModel(base_url="https://api.example", max_retries=3, proxy=f"http://{address}")
    with model, pytest.raises(APIConnectionError, match=f"through the proxy {address}") as caught:
        model.invoke("hi")
    assert not caught.value.is_retryable


def test_a_host_that_accepts_no_connection_is_tried_again() -> None:
    model = PostModel(base_url="http://127.0.0.1:9", max_retries=0)
    with model, pytest.raises(APIConnectionError) as caught:
        model.invoke("hi")
    assert caught.value.is_retryable
