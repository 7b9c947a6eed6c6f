"""Every provider: settings of a connection that cannot work are one plain error, asked for once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from typing import Any

import anthropic
import groq
import openai
import pytest
from chat_conformance import OfflineServer
from chat_conformance.offline_providers import offline_provider
from chat_core import APIConnectionError, ChatModel, InvalidParameterError, get_chat_model

PROVIDERS = OfflineServer().providers
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
SYNC_CLIENTS = {
    "anthropic": anthropic.Anthropic,
    "azure-openai": openai.OpenAI,
    "fireworks": openai.OpenAI,
    "groq": groq.Groq,
    "openai": openai.OpenAI,
    "openai-compatible": openai.OpenAI,
}
"""The providers whose SDK has one client for blocking code and another for event loops."""

NONE = "takes no client"
"""What a provider says that can send through no client of an SDK."""

each = pytest.mark.parametrize("provider", PROVIDERS)
ways = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


def ask(model: ChatModel, *, is_async: bool) -> None:
    async def on_a_loop() -> None:
        async with model:
            await model.ainvoke("Q")

    if is_async:
        asyncio.run(on_a_loop())
    else:
        with model:
            model.invoke("Q")


def by_client(provider: str, **settings: Any) -> ChatModel:
    return get_chat_model(offline_provider(provider).id, max_retries=3, **settings)


@pytest.fixture
def other_client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of a vendor that is not the provider's."""
    provider = request.getfixturevalue("provider")
    made = openai.OpenAI(api_key="k") if provider == "groq" else groq.Groq(api_key="k")
    with made as client:
        yield client


@each
@pytest.mark.parametrize("setting", ["client", "async_client"])
def test_a_client_of_another_vendor_is_refused_by_name(
    provider: str, other_client: Any, setting: str
) -> None:
    vendor = type(other_client).__module__.partition(".")[0]
    model = by_client(provider, **{setting: other_client})
    with pytest.raises(InvalidParameterError, match=rf"{setting}= .*; got {vendor}\.|{NONE}"):
        ask(model, is_async=setting == "async_client")


@each
@ways
def test_what_is_no_client_at_all_is_refused_by_name(provider: str, is_async: bool) -> None:
    with pytest.raises(InvalidParameterError, match=rf"client= .*; got builtins\.dict|{NONE}"):
        ask(by_client(provider, client={"api_key": "k"}), is_async=is_async)


@pytest.mark.parametrize("provider", SYNC_CLIENTS)
def test_a_client_for_blocking_code_serves_no_event_loop(provider: str) -> None:
    with SYNC_CLIENTS[provider](api_key="k") as client:
        with pytest.raises(InvalidParameterError, match=r"event loop need async_client="):
            ask(by_client(provider, client=client), is_async=True)
        with pytest.raises(InvalidParameterError, match=r"async_client= takes an? .*Async"):
            ask(by_client(provider, async_client=client), is_async=True)


@each
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("api_key", "k"),
        ("base_url", "http://127.0.0.1:9/v1"),
        ("proxy", "http://127.0.0.1:9"),
        ("verify", False),
        ("http2", True),
        ("http_engine", "aiohttp"),
    ],
)
def test_a_setting_that_a_client_would_override_is_named(
    provider: str, setting: str, value: Any
) -> None:
    model = by_client(provider, client=object(), **{setting: value})
    with pytest.raises(InvalidParameterError, match=f"{setting}= would have no effect .* client="):
        ask(model, is_async=setting == "http_engine")


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


def behind(provider: str, proxy: str, **settings: Any) -> ChatModel:
    """A model whose vendor is reached through ``proxy`` alone."""
    facts = offline_provider(provider)
    given: dict[str, Any] = {**facts.settings("https://vendor.example"), "proxy": proxy}
    return get_chat_model(facts.id, max_retries=3, **given, **settings)


@each
@pytest.mark.parametrize("how", ["sync", "async", "aiohttp"])
def test_a_proxy_that_refuses_is_named_and_asked_once(
    refusing: tuple[str, list[bytes]], provider: str, how: str
) -> None:
    address, asked = refusing
    engine = {"http_engine": "aiohttp"} if how == "aiohttp" else {}
    model = behind(provider, f"http://user:pa55word@{address}", **engine)
    with pytest.raises(APIConnectionError) as caught:
        ask(model, is_async=how != "sync")
    assert f"through the proxy {address} (proxy=)" in str(caught.value)
    assert "pa55word" not in str(caught.value)
    assert not caught.value.is_retryable
    assert len(asked) == 1


@each
def test_a_proxy_that_accepts_no_connection_is_named(provider: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(APIConnectionError, match=f"through the proxy {address}") as caught:
        ask(behind(provider, f"http://{address}"), is_async=False)
    assert not caught.value.is_retryable
