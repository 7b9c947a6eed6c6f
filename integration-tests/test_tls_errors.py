"""TLS that fails is one plain error that names the host and the cause, and is not tried again.

Both engines, blocking code and event loops, and a client of an SDK. Connections are counted where
they are accepted.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx2
import openai
import pytest
from chat_conformance import OfflineServer
from chat_conformance.offline_providers import offline_provider
from chat_core import APIConnectionError, ChatModel, InvalidParameterError, get_chat_model
from google.oauth2.credentials import Credentials
from tls_servers import Authority, TLSServer, plain_server, self_signed, tls_server

BODY = json.dumps({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}).encode()
PROVIDERS = OfflineServer().providers


def by_httpx(url: str, verify: str | bool) -> str:
    with get_chat_model("groq:m", api_key="k", base_url=url, verify=verify, max_retries=3) as model:
        return model.invoke("Q").content


def by_httpx_streamed(url: str, verify: str | bool) -> str:
    with get_chat_model(
        "mistralai:m", api_key="k", base_url=url, verify=verify, max_retries=3
    ) as model:
        return "".join(chunk.content for chunk in model.stream("Q"))


def on_a_loop(url: str, verify: str | bool, engine: str = "httpx") -> str:
    async def ask() -> str:
        settings = {"api_key": "k", "base_url": url, "verify": verify, "http_engine": engine}
        async with get_chat_model("groq:m", max_retries=3, **settings) as model:
            return (await model.ainvoke("Q")).content

    return asyncio.run(ask())


def by_aiohttp(url: str, verify: str | bool) -> str:
    return on_a_loop(url, verify, "aiohttp")


def context_of(verify: str | bool) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)


def by_client(url: str, verify: str | bool) -> str:
    http_client = httpx2.Client(verify=context_of(verify))
    with openai.OpenAI(api_key="k", base_url=url, http_client=http_client) as client:
        return get_chat_model("openai:m", client=client, max_retries=3).invoke("Q").content


def by_async_client(url: str, verify: str | bool) -> str:
    async def ask() -> str:
        http_client = httpx2.AsyncClient(verify=context_of(verify))
        async with openai.AsyncOpenAI(api_key="k", base_url=url, http_client=http_client) as client:
            model = get_chat_model("openai:m", async_client=client, max_retries=3)
            return (await model.ainvoke("Q")).content

    return asyncio.run(ask())


Call = Callable[[str, str | bool], str]
OWN: list[Call] = [by_httpx, by_httpx_streamed, on_a_loop, by_aiohttp]
CALLS = [*OWN, by_client, by_async_client]
calls = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture
def sound(authority: Authority) -> Iterator[TLSServer]:
    """A server whose certificate is in order."""
    with tls_server(authority.issue("localhost"), BODY) as server:
        yield server


def failure(call: Call, server: TLSServer, verify: str | bool) -> str:
    """The message of the one error that ``call`` ends in, after one connection."""
    with pytest.raises(APIConnectionError) as caught:
        call(server.url, verify)
    assert not caught.value.is_retryable
    assert server.connections == 1
    assert f"localhost:{server.port}" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("call", [call for call in CALLS if call is not by_httpx_streamed])
def test_a_trusted_certificate_is_accepted(
    call: Call, sound: TLSServer, authority: Authority
) -> None:
    assert call(sound.url, str(authority.file)) == "hi"


@calls
def test_an_expired_certificate_is_named(call: Call, authority: Authority) -> None:
    with tls_server(authority.issue("localhost", days=-1)) as server:
        assert "expired" in failure(call, server, str(authority.file))


@calls
def test_a_self_signed_certificate_is_named(call: Call, folder: Path) -> None:
    with tls_server(self_signed(folder, "localhost")) as server:
        message = failure(call, server, True)
    assert "self-signed" in message or "self signed" in message


@calls
def test_an_authority_that_is_not_trusted_is_named(call: Call, sound: TLSServer) -> None:
    assert "unable to get local issuer certificate" in failure(call, sound, True)


@calls
def test_a_certificate_for_another_host_is_named(call: Call, authority: Authority) -> None:
    with tls_server(authority.issue("another.example")) as server:
        message = failure(call, server, str(authority.file))
    assert "localhost" in message
    assert "ostname mismatch" in message


@calls
def test_a_missing_certificate_of_the_client_is_named(call: Call, authority: Authority) -> None:
    certificate = authority.issue("localhost")
    with tls_server(certificate, clients_of=authority.file) as server:
        message = failure(call, server, str(authority.file))
    assert "certificate required" in message
    assert "cert=" in message


@calls
def test_a_server_without_tls_is_named(call: Call) -> None:
    with plain_server() as server:
        assert "No TLS is spoken by" in failure(call, server, True)


def test_a_certificate_of_the_client_is_sent(authority: Authority) -> None:
    certificate = authority.issue("localhost")
    settings = {"verify": str(authority.file), "cert": str(authority.issue("me"))}
    with tls_server(certificate, BODY, clients_of=authority.file) as server:
        for engine in ("httpx", "aiohttp"):
            model = get_chat_model(
                "groq:m", api_key="k", base_url=server.url, http_engine=engine, **settings
            )

            async def ask(model: ChatModel = model) -> str:
                async with model:
                    return (await model.ainvoke("Q")).content

            assert asyncio.run(ask()) == "hi"


@pytest.mark.parametrize("call", OWN, ids=lambda call: call.__name__)
def test_a_file_of_trusted_certificates_that_is_missing_is_named(
    call: Call, sound: TLSServer, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone.pem")
    with pytest.raises(InvalidParameterError) as caught:
        call(sound.url, gone)
    assert f"verify: {gone!r} cannot be used" in str(caught.value)
    assert sound.connections == 0


@pytest.mark.parametrize("call", OWN, ids=lambda call: call.__name__)
def test_a_file_of_the_environment_that_holds_no_certificates_is_named(
    call: Call, sound: TLSServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("not a certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(wrong))
    with pytest.raises(InvalidParameterError, match="SSL_CERT_FILE") as caught:
        call(sound.url, True)
    assert str(wrong) in str(caught.value)
    assert sound.connections == 0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_connects_once_to_an_expired_certificate(
    provider: str, authority: Authority
) -> None:
    facts = offline_provider(provider)
    with tls_server(authority.issue("localhost", days=-1)) as server:
        given: dict[str, Any] = {**facts.settings(server.url), "verify": str(authority.file)}
        if provider == "google-vertexai":  # with a token, beside express mode
            given |= {
                "api_key": None,
                "credentials": cast(Any, Credentials)(token="t"),
                "project": "p",
            }

        def call(url: str, verify: str | bool) -> str:
            with get_chat_model(facts.id, **given, max_retries=3) as model:
                return model.invoke("Q").content

        assert "expired" in failure(call, server, str(authority.file))
