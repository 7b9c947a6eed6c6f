"""The aiohttp engine: what it sends, refuses, keeps and closes."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from chat_conformance.http_answers import Pause, Reset, Stall, json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    InvalidParameterError,
    StreamInterruptedError,
)
from chat_core.wire import aiohttp_engine
from chat_core.wire.tls import tls_context
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from test_connections import KEY, PostModel

WHOLE = json_answer({"t": "hi", "end": "stop"})


def model(url: str, **settings: Any) -> PostModel:
    return PostModel(base_url=url, **{"http_engine": "aiohttp", "max_retries": 0, **settings})


async def test_a_request_is_the_same_with_both_engines() -> None:
    with WireServer([WHOLE, WHOLE]) as server:
        for engine in ("httpx", "aiohttp"):
            call = model(server.url + "/a%2Fb?x=%2f", http_engine=engine)
            await call.ainvoke(
                "é" * 70_000, extra_query={"q": "a b&c"}, extra_headers={"X-Own": "1"}
            )
            await call.aclose()
        one, other = server.requests
    assert (one.method, one.path, one.query, one.body) == (
        other.method,
        other.path,
        other.query,
        other.body,
    )
    assert one.headers.pop("host") == other.headers.pop("host")
    assert one.headers.pop("connection") == "keep-alive"
    assert one.headers == other.headers


async def test_one_connection_serves_calls_one_after_another() -> None:
    with WireServer([WHOLE, sse([{"t": "h"}, {"end": "stop"}]), WHOLE]) as server:
        async with model(server.url) as call:
            await call.ainvoke("hi")
            assert [chunk.content async for chunk in call.astream("hi")] == ["h", ""]
            await call.ainvoke("hi")
            assert server.open_connections == 1


async def test_the_deadline_ends_a_stream_that_is_silent() -> None:
    with WireServer(sse([{"t": "h"}, Pause(5), {"end": "stop"}])) as server:
        async with model(server.url, idle_timeout=0.1) as call:
            with pytest.raises(APITimeoutError, match="idle_timeout") as caught:
                [chunk async for chunk in call.astream("hi")]
    assert caught.value.partial is not None
    assert caught.value.partial.content == "h"


async def test_what_arrived_before_a_reset_is_read_by_a_slow_reader() -> None:
    with WireServer(sse([{"t": "a"}, Pause(0.1), {"t": "b"}, Reset()])) as server:
        async with model(server.url) as call:
            stream = call.astream("hi")
            assert (await anext(stream)).content == "a"
            await asyncio.sleep(0.4)  # the reset has arrived behind the second letter
            assert (await anext(stream)).content == "b"
            with pytest.raises(StreamInterruptedError, match="ended early") as caught:
                await anext(stream)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "ab"


async def test_a_stream_that_is_closed_frees_its_connection_at_once() -> None:
    with WireServer(sse([{"t": "a"}, Stall()])) as server:
        async with model(server.url) as call:
            async with call.astream("hi") as stream:
                await anext(stream)
            assert await asyncio.to_thread(server.wait_for_disconnect, 20)


async def test_no_cookie_is_kept_and_no_redirect_followed() -> None:
    cookie = {"set-cookie": "session=1; Path=/", "location": "http://127.0.0.1:1/elsewhere"}
    moved = json_answer({}, 307, headers=cookie)
    with WireServer([moved, WHOLE]) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        async with model(url) as call:
            with pytest.raises(APIError) as caught:
                await call.ainvoke("hi")
            await call.ainvoke("hi")
        assert caught.value.status == moved.status
        assert "cookie" not in server.requests[1].headers


async def test_headers_that_come_twice_or_are_no_text_are_read() -> None:
    headers = aiohttp_engine._headers(
        ((b"X-A", b"1"), (b"x-a", b"2"), (b"X-B", "é".encode()), (b"X-C", b"\xe9"))
    )
    assert headers == {"x-a": "1, 2", "x-b": "é", "x-c": "é"}


# --- what is refused


def test_a_blocking_call_says_what_to_do_before_anything_is_sent() -> None:
    with WireServer() as server:
        call = model(server.url, max_retries=5)
        for ask in (call.invoke, lambda text: list(call.stream(text))):
            with pytest.raises(InvalidParameterError, match=r"no blocking calls.*ainvoke"):
                ask("hi")
        assert server.requests == ()


async def test_the_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(InvalidParameterError, match=r"install chat-core\[aiohttp\]"):
        await model("http://127.0.0.1:1").ainvoke("hi")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"http2": True}, "http2=True"),
        ({"proxy": "socks5://127.0.0.1:1"}, "socks5"),
        ({"verify": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
    ],
)
async def test_a_setting_that_it_cannot_serve_is_named(
    settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        await model("https://127.0.0.1:1", max_retries=5, **settings).ainvoke("hi")


async def test_a_client_of_the_users_beside_it_is_refused() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(InvalidParameterError, match=r"http_engine= would have no effect"):
            await model("http://127.0.0.1:1", async_http_client=client).ainvoke("hi")


async def test_an_address_where_nothing_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(APIConnectionError, match=rf"127\.0\.0\.1:{port}.*base_url"):
        await model(f"http://127.0.0.1:{port}").ainvoke("hi")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost, and its key, in one file."""
    now, day = datetime.now(UTC), timedelta(days=1)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return file


@pytest.fixture
async def tls_url(certificate: Path) -> AsyncIterator[str]:
    """A server with TLS that gives every request the same answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            length = 0
            while (line := await reader.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            body = b'{"t": "hi", "end": "stop"}'
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with await asyncio.start_server(serve, "localhost", 0, ssl=context) as server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"


async def test_tls_is_spoken_with_the_certificates_that_verify_names(
    tls_url: str, certificate: Path
) -> None:
    for verify in (str(certificate), False):
        async with model(tls_url, verify=verify) as call:
            assert (await call.ainvoke("hi")).content == "hi"


async def test_a_certificate_that_is_not_trusted_is_not_tried_again(tls_url: str) -> None:
    with pytest.raises(APIConnectionError, match=r"not trusted.*verify=") as caught:
        await model(tls_url, max_retries=5).ainvoke("hi")
    assert not caught.value.is_retryable


def test_it_does_not_offer_the_http2_of_other_models() -> None:
    assert tls_context(httpx, http2=True) is not tls_context(httpx)
    assert tls_context(httpx, http2=True) is tls_context(httpx, http2=True)


# --- proxies


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy", None])
async def test_a_proxy_of_the_environment_or_of_the_model_is_used(
    no_proxies: pytest.MonkeyPatch, variable: str | None
) -> None:
    with WireServer(WHOLE) as proxy:
        address = proxy.url.replace("http://", "http://me:pa55word@")
        settings = {} if variable else {"proxy": address}
        if variable:
            no_proxies.setenv(variable, address)
        async with model("http://vendor.example/v1", **settings) as call:
            assert (await call.ainvoke("hi")).content == "hi"
        (request,) = proxy.requests
    assert request.headers["host"] == "vendor.example"
    assert request.headers["proxy-authorization"].startswith("Basic ")


@pytest.mark.parametrize("named", ["{host}", "{host}:{port}", "a.org, 127.0.0.0/8", "*"])
@pytest.mark.parametrize("engine", ["httpx", "aiohttp"])
async def test_hosts_that_no_proxy_names_are_reached_directly(
    no_proxies: pytest.MonkeyPatch, engine: str, named: str
) -> None:
    with WireServer(WHOLE) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        no_proxies.setenv("http_proxy", "127.0.0.1:1")
        no_proxies.setenv("no_proxy", named.format(host=host, port=port))
        async with model(server.url, http_engine=engine) as call:
            assert (await call.ainvoke("hi")).content == "hi"


@pytest.mark.parametrize("engine", ["httpx", "aiohttp"])
async def test_verify_names_the_certificates_of_a_proxy_too(
    tls_url: str, certificate: Path, engine: str
) -> None:
    settings = {"proxy": tls_url, "http_engine": engine}
    async with model("http://vendor.example", verify=str(certificate), **settings) as call:
        assert (await call.ainvoke("hi")).content == "hi"
    async with model("http://vendor.example", **settings) as call:
        with pytest.raises(APIConnectionError, match="not trusted"):
            await call.ainvoke("hi")


# --- what is left behind

LOOPS = """
import asyncio, gc, resource, sys
sys.path.insert(0, sys.argv[2])
from test_connections import PostModel

resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
model = PostModel(base_url=sys.argv[1], http_engine=sys.argv[3])

async def whole():
    assert (await model.ainvoke("hi")).content == "hi"

async def left():
    async for chunk in model.astream("hi"):
        return

async def left_open():
    stream = model.astream("hi")
    await anext(stream)
    kept.append(stream)

kept = []
ways = (whole, left, left_open) if sys.argv[3] == "aiohttp" else (whole, left)
for number in range(int(sys.argv[4])):
    asyncio.run(ways[number % len(ways)]())
    kept.clear()
gc.collect()
"""


@pytest.mark.parametrize("engine", ["aiohttp", "httpx"])
def test_event_loops_that_come_and_go_leave_neither_sockets_nor_warnings(engine: str) -> None:
    stream = sse([{"t": "h"}, Pause(0.001), {"t": "i"}, {"end": "stop"}])
    with WireServer() as server:
        server.handler = lambda request: stream if request.json["stream"] else WHOLE
        folder = str(Path(__file__).parent)
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", LOOPS, server.url, folder, engine, "1100"],
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
    assert (run.returncode, run.stderr[-2000:]) == (0, "")


def test_a_loop_that_was_closed_by_hand_leaves_no_warning_of_the_engine() -> None:
    with WireServer([WHOLE, WHOLE]) as server, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call = model(server.url)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(call.ainvoke("hi"))
        loop.close()
        asyncio.run(call.ainvoke("hi"))
        gc.collect()
    assert [str(each.message) for each in seen if "nclosed c" in str(each.message)] == []


async def test_the_key_is_in_no_error() -> None:
    answer = json_answer(f"You sent {KEY}", 401)
    with WireServer(answer) as server, pytest.raises(APIError) as caught:
        await model(server.url).ainvoke("hi")
    assert KEY not in f"{caught.value} {vars(caught.value)}"
