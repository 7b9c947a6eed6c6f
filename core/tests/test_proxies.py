"""A proxy that refuses is named with host and port, once, without the password in its URL."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from traceback import format_exception
from typing import Any

import pytest
from chat_core.errors import APIConnectionError, APITimeoutError
from test_connections import PostModel

FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
UNKNOWN_USER = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"


@contextmanager
def refusing(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a proxy that gives ``answer``, and what it was asked."""
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
                    connection.sendall(answer)

        Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)


def ask(model: PostModel, how: str) -> None:
    """One call: ``sync``, or on an event loop with the engine that ``how`` names."""

    async def on_loop() -> None:
        async with model:
            await model.ainvoke("hi")

    if how == "sync":
        with model:
            model.invoke("hi")
    else:
        asyncio.run(on_loop())


@pytest.mark.parametrize("how", ["sync", "httpx", "aiohttp"])
@pytest.mark.parametrize(
    ("scheme", "answer"),
    [("https", FORBIDDEN), ("https", UNKNOWN_USER), ("http", UNKNOWN_USER)],
    ids=["tunnel-403", "tunnel-407", "plain-407"],
)
def test_a_proxy_that_refuses_is_named_and_not_asked_again(
    how: str, scheme: str, answer: bytes
) -> None:
    engine: dict[str, Any] = {} if how == "sync" else {"http_engine": how}
    with refusing(answer) as (address, asked):
        proxy = f"http://user:password@{address}"
        model = PostModel(base_url=f"{scheme}://api.example", proxy=proxy, max_retries=3, **engine)
        with pytest.raises(APIConnectionError) as caught:
            ask(model, how)
    assert f"through the proxy {address} (proxy=)" in str(caught.value)
    assert answer[9:12].decode() in str(caught.value)
    assert "password" not in "".join(format_exception(caught.value))
    assert not caught.value.is_retryable
    assert len(asked) == 1


@pytest.mark.parametrize("how", ["sync", "httpx", "aiohttp"])
def test_a_proxy_that_is_silent_is_waited_for_as_long_as_a_connection(how: str) -> None:
    engine: dict[str, Any] = {} if how == "sync" else {"http_engine": how}
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        model = PostModel(
            base_url="https://api.example",
            proxy=proxy,
            max_retries=0,
            timeout=0.2,
            answer_timeout=5.0,
            **engine,
        )
        with pytest.raises(APITimeoutError, match=r"No connection within 0.2 s \(timeout=\)"):
            ask(model, how)


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
