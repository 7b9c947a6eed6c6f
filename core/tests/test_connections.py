"""Connections: their event loop, when they are closed, and what of one call goes over them."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_conformance.http_answers import Answer, html, json_answer
from chat_conformance.wire_server import WireServer
from chat_core.concurrency.deadline import Deadline, LoopDeadline
from chat_core.concurrency.deadline_thread import watcher
from chat_core.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    ChatError,
    DecoderError,
    InvalidParameterError,
    MalformedResponseError,
)
from chat_core.models.structured_retries import StructuredRetries
from chat_core.models.wire_model import WireModel
from chat_core.runnables import (
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)
from chat_core.testing import FakeChatModel
from chat_core.wire import client_pool
from chat_core.wire.client_pool import ClientPool
from chat_core.wire.decoder import Decoder
from chat_core.wire.http_transport import HTTPTransport
from chat_core.wire.request_head import RequestHead
from chat_core.wire.tls import tls_context
from chat_core.wire.transport import Request, Transport
from letters import LettersDecoder, error_from_response
from letters_model import LettersModel
from pydantic import SecretStr

WHOLE = json_answer({"t": "hi", "end": "stop"})
KEY = "key-of-sixteen-x"


class PostTransport(HTTPTransport):
    """Sends to one address with a key."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__()
        self._head = RequestHead(url, {"authorization": f"Bearer {key}"})

    def build_head(self, request: Request) -> RequestHead:
        return self._head


class PostModel(LettersModel):
    """The tiny wire over core's own HTTP transport."""

    def _make_transport(self) -> Transport:
        return PostTransport(self.base_url or "", KEY)

    def _error_from_response(self, status: int, headers: Any, body: bytes) -> APIError:
        error = error_from_response(status, headers, body)
        error.message = body.decode()
        error.details = {"seen": [body.decode()]}
        return error


def settles(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within twenty seconds."""
    for _ in range(1000):
        gc.collect()
        if holds():
            return True
        time.sleep(0.02)
    return holds()


# --- event loops


def test_a_loop_that_ends_closes_its_connections() -> None:
    with WireServer() as server:
        server.handler = lambda request: WHOLE
        model = PostModel(base_url=server.url)

        async def ask() -> str:
            return (await model.ainvoke("hi")).content

        assert [asyncio.run(ask()) for _ in range(5)] == ["hi"] * 5
        assert settles(lambda: server.open_connections == 0)
        transport = model._shared.made
        assert isinstance(transport, PostTransport)
        assert len(transport._by_loop) == 0


def test_a_loop_that_ends_lets_the_closing_of_a_dropped_client_finish() -> None:
    closed: list[int] = []

    class Client:
        async def aclose(self) -> None:
            for connection in range(5):
                await asyncio.sleep(0)
                closed.append(connection)

    class Pool(ClientPool[Any, Any]):
        make_sync = make_async = staticmethod(Client)

    async def drop_a_pool() -> None:
        Pool().current()
        await asyncio.sleep(0)  # the closing begins, and the loop ends

    asyncio.run(drop_a_pool())
    assert closed == [0, 1, 2, 3, 4]


def test_a_client_dropped_between_two_runs_of_a_loop_is_closed_once() -> None:
    closed: list[str] = []
    reported: list[str] = []

    class Client:
        async def aclose(self) -> None:
            await asyncio.sleep(0)
            closed.append("once")

    class Pool(ClientPool[Any, Any]):
        make_sync = make_async = staticmethod(Client)

    async def use(pool: Pool) -> None:
        pool.current()

    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(lambda loop, seen: reported.append(seen["message"]))
        pool = Pool()
        runner.run(use(pool))
        del pool
        gc.collect()
    assert (closed, reported) == (["once"], [])


def test_a_loop_that_was_closed_by_hand_is_forgotten_at_the_next_call() -> None:
    with WireServer() as server:
        server.handler = lambda request: WHOLE
        model = PostModel(base_url=server.url)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(model.ainvoke("hi"))
        loop.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # of the loop closed by hand
            asyncio.run(model.ainvoke("hi"))
            gc.collect()
        assert settles(lambda: server.open_connections == 0)
        transport = model._shared.made
        assert isinstance(transport, PostTransport)
        assert len(transport._by_loop) == 0


ABANDONED = """
import asyncio, gc, sys
sys.path.insert(0, sys.argv[2])
from test_connections import PostModel

def blocking():
    assert PostModel(base_url=sys.argv[1]).invoke("hi").content == "hi"
    gc.collect()

async def on_a_loop():
    assert (await PostModel(base_url=sys.argv[1]).ainvoke("hi")).content == "hi"
    gc.collect()
    for _ in range(20):
        await asyncio.sleep(0.005)

blocking()
asyncio.run(on_a_loop())
gc.collect()
"""


async def test_a_client_that_is_being_closed_is_not_closed_a_second_time() -> None:
    class SlowClient:
        async def aclose(self) -> None:
            await asyncio.sleep(0.05)

    class Pool(ClientPool[Any, Any]):
        def make_sync(self) -> Any: ...

        def make_async(self) -> Any:
            return SlowClient()

    pool, loop = Pool(), asyncio.get_running_loop()
    pool.current()
    closer = pool._by_loop[loop].closer
    closing = asyncio.create_task(pool.aclose())
    await asyncio.sleep(0)
    reported: list[object] = []
    loop.set_exception_handler(lambda _loop, context: reported.append(context))
    client_pool._close_soon(weakref.ref(loop), closer)  # as of a pool that is garbage
    await asyncio.sleep(0.01)
    gc.collect()
    await closing
    assert reported == []


def test_abandoned_models_leave_no_open_socket() -> None:
    with WireServer() as server:
        server.handler = lambda request: WHOLE
        folder = str(Path(__file__).parent)
        run = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", ABANDONED, server.url, folder],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (run.returncode, "ResourceWarning" in run.stderr) == (0, False), run.stderr[-2000:]


# --- headers, query and body of one call


def test_headers_of_a_call_are_added_over_the_same_connection() -> None:
    with WireServer() as server:
        server.handler = lambda request: WHOLE
        with PostModel(base_url=server.url, default_headers={"X-Own": "1", "X-Both": "1"}) as model:
            for number in range(3):
                model.invoke("hi", default_headers={"x-both": str(number)})
            model.invoke("hi")
            assert server.open_connections == 1
        seen = [(r.headers["x-own"], r.headers["x-both"]) for r in server.requests]
    assert seen == [("1", "0"), ("1", "1"), ("1", "2"), ("1", "1")]


def test_extra_headers_query_and_body_go_out_with_one_call() -> None:
    with WireServer() as server:
        server.handler = lambda request: WHOLE
        with PostModel(base_url=server.url) as model:
            bound = model.bind(extra_headers={"X-A": "1"}, extra_query={"v": "1"})
            bound.invoke("hi", extra_headers={"x-b": "2"}, extra_body={"text": "ho", "new": 1})
            model.invoke("hi")
        first, second = server.requests
    assert (first.headers["x-a"], first.headers["x-b"], first.query) == ("1", "2", {"v": "1"})
    assert first.json == {"text": "ho", "stream": False, "new": 1}
    assert ("x-a" in second.headers, second.query) == (False, {})


def test_every_attempt_of_a_call_has_the_idempotency_key_of_the_call() -> None:
    class Keyed(PostModel):
        idempotency_header = "Idempotency-Key"

    with WireServer([Answer(status=500), WHOLE, WHOLE]) as server:
        with Keyed(base_url=server.url, max_retries=1) as model:
            model.invoke("hi", idempotency_key="order-1")
            model.invoke("hi")
        keys = [request.headers.get("idempotency-key") for request in server.requests]
    assert keys == ["order-1", "order-1", None]


async def test_a_batch_of_several_inputs_refuses_the_key_of_one_call() -> None:
    class Clerk(PostModel):
        idempotency_header = "Idempotency-Key"

    model = Clerk(base_url="http://127.0.0.1:1")
    with pytest.raises(InvalidParameterError, match="names one call, and this batch has 2"):
        model.batch(["a", "b"], idempotency_key="k")
    with pytest.raises(InvalidParameterError, match="names one call, and this batch has 2"):
        await model.abatch(["a", "b"], idempotency_key="k")


@pytest.mark.parametrize(
    "bound",
    [
        lambda model: model,
        lambda model: model.with_retry(),
        lambda model: (lambda text: text) | model,
        lambda model: model.with_config(run_name="clerk"),
        lambda model: model.with_fallbacks([lambda text: text]),
        lambda model: RunnableLambda(str.upper).with_fallbacks([model]),
        lambda model: RunnableParallel(entry=model, text=lambda text: text),
        lambda model: RunnablePassthrough.assign(entry=model),
        lambda model: model.map(),
        lambda model: StructuredRetries(model, RunnablePassthrough(), 1),
    ],
)
def test_a_batch_of_several_inputs_refuses_a_key_that_is_bound_to_its_model(bound: Any) -> None:
    class Registrar(PostModel):
        idempotency_header = "Idempotency-Key"

    steps = bound(Registrar(base_url="http://127.0.0.1:1").bind(idempotency_key="k"))
    for call in (steps.batch, steps.map().invoke):
        with pytest.raises(InvalidParameterError, match="names one call, and this batch has 2"):
            call(["a", "b"])


def test_an_idempotency_key_is_refused_where_the_vendor_has_no_header_for_it() -> None:
    with pytest.raises(InvalidParameterError, match="PostModel takes no idempotency_key"):
        PostModel(base_url="http://127.0.0.1:1").invoke("hi", idempotency_key="a")


@pytest.mark.parametrize("key", ["", " ", "é", 7, "a\nb"])
def test_what_is_no_idempotency_key_is_refused_by_name(key: object) -> None:
    with pytest.raises(InvalidParameterError, match="idempotency_key"):
        FakeChatModel(responses=["hi"]).invoke("hi", idempotency_key=key)


def test_a_header_that_http_does_not_carry_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match=r"extra_headers.*X-A"):
        PostModel(base_url="http://127.0.0.1:1").invoke("hi", extra_headers={"X-A": "ü"})


@pytest.mark.parametrize("value", [None, b"1", object(), ["1"]])
def test_what_is_no_text_of_a_header_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidParameterError, match=r"extra_headers.*X-A.*is text; got"):
        PostModel(base_url="http://127.0.0.1:1").invoke("hi", extra_headers={"X-A": value})


def test_a_secret_given_as_a_header_of_a_call_is_sent_in_the_clear() -> None:
    with WireServer(WHOLE) as server, PostModel(base_url=server.url) as model:
        model.invoke("hi", extra_headers={"X-A": SecretStr("quiet")})
        assert server.requests[0].headers["x-a"] == "quiet"


def test_model_kwargs_of_a_call_are_added_to_the_models_own() -> None:
    bound = PostModel(base_url="http://a.org", model_kwargs={"a": 1, "b": 1}).bind(
        model_kwargs={"b": 2, "A": 3}
    )
    assert bound.model_kwargs == {"a": 1, "b": 2, "A": 3}


# --- cookies and keys


def test_a_cookie_is_not_kept() -> None:
    with WireServer() as server:
        server.handler = lambda request: json_answer(
            {"t": "hi", "end": "stop"}, headers={"set-cookie": "session=1; Path=/"}
        )
        with PostModel(base_url=server.url.replace("127.0.0.1", "localhost")) as model:
            model.invoke("hi")
            model.invoke("hi")
        assert "cookie" not in server.requests[1].headers


def test_a_key_that_a_server_echoes_is_not_in_the_error() -> None:
    answers = [json_answer(f"You sent {KEY}", 401), html(f"<p>{KEY}</p>")]
    with (
        WireServer(answers) as server,
        PostModel(base_url=server.url, max_retries=0) as model,
    ):
        with pytest.raises(AuthenticationError) as refused:
            model.invoke("hi")
        with pytest.raises(MalformedResponseError) as malformed:
            model.invoke("hi")
    for error in (refused.value, malformed.value):
        assert KEY not in f"{error} {error!r} {vars(error)} {error.__cause__}"
        assert error.__cause__ is None or KEY not in str(vars(error.__cause__))
    assert "[redacted]" in str(refused.value)


# --- addresses where nothing listens


@pytest.mark.parametrize("how", ["sync", "async"])
def test_an_address_where_nothing_listens_is_named(how: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    model = PostModel(base_url=f"http://127.0.0.1:{port}", max_retries=0)
    with pytest.raises(APIConnectionError, match=rf"127\.0\.0\.1:{port}.*base_url"):
        model.invoke("hi") if how == "sync" else asyncio.run(model.ainvoke("hi"))


def test_a_proxy_that_refuses_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://me:pa55word@127.0.0.1:{port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    model = PostModel(base_url="http://vendor.example/v1", max_retries=0)
    with pytest.raises(
        APIConnectionError, match=rf"proxy 127\.0\.0\.1:{port}.*http_proxy"
    ) as caught:
        model.invoke("hi")
    assert "vendor.example:80" in str(caught.value)
    assert "pa55word" not in str(caught.value)


# --- the decoder of a provider


class Slips(LettersDecoder):
    def feed(self, wire: dict[str, Any], event: str | None = None) -> Any:
        return wire["mesage"]

    reply = feed


class SlippingModel(PostModel):
    def _decoder(self) -> Decoder:
        return Slips()


@pytest.mark.parametrize("stream", [False, True])
def test_an_exception_of_a_decoder_names_the_decoder(stream: bool) -> None:
    with (
        WireServer(WHOLE) as server,
        SlippingModel(base_url=server.url) as model,
        pytest.raises(DecoderError, match=r"test_connections\.Slips.*mesage"),
    ):
        list(model.stream("hi")) if stream else model.invoke("hi")


# --- deadlines


def raw_server(speak: Callable[[socket.socket, int], None]) -> Iterator[str]:
    """A server that answers the n-th request by ``speak(connection, n)``, in bytes."""
    listener = socket.create_server(("127.0.0.1", 0))
    count = 0

    def serve(connection: socket.socket) -> None:
        nonlocal count
        with connection:
            while data := connection.recv(65536):
                if b"\r\n\r\n" in data:
                    count += 1
                    try:
                        speak(connection, count)
                    except OSError:
                        return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def drip(connection: socket.socket, number: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(3000):
        connection.sendall(b"y")
        time.sleep(0.02)


@pytest.mark.parametrize("stream", [False, True])
def test_a_head_that_drips_is_bounded_in_blocking_code(stream: bool) -> None:
    for url in raw_server(drip):
        model = PostModel(base_url=url, timeout=0.3, answer_timeout=0.3)
        began = time.monotonic()
        with pytest.raises(APITimeoutError, match=r"timeout=0\.3"):
            list(model.stream("hi")) if stream else model.invoke("hi")
        assert time.monotonic() - began < 30  # the head would take a minute


def whole(text: str) -> bytes:
    body = b'{"t": "%s", "end": "stop"}' % text.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def two_answers(connection: socket.socket, number: int) -> None:
    connection.sendall(whole(f"answer {number}") + (whole("a stranger's") if number == 1 else b""))


@pytest.mark.parametrize("how", ["sync", "async"])
def test_bytes_after_an_answer_are_never_the_next_answer(how: str) -> None:
    async def on_a_loop(model: WireModel) -> list[str]:
        return [(await model.ainvoke("hi")).content for _ in range(3)]

    for url in raw_server(two_answers):
        model = PostModel(base_url=url)
        if how == "sync":
            texts = [model.invoke("hi").content for _ in range(3)]
        else:
            texts = asyncio.run(on_a_loop(model))
        assert texts == ["answer 1", "answer 2", "answer 3"]


def test_a_whole_answer_that_takes_too_long_is_not_asked_for_again() -> None:
    with WireServer([Answer(before=[]), WHOLE]) as server:
        slow = raw_server(lambda connection, number: time.sleep(5))
        for url in slow:
            model = PostModel(base_url=url, answer_timeout=0.2, max_retries=3)
            with pytest.raises(APITimeoutError, match=r"answer_timeout=0\.2") as caught:
                model.invoke("hi")
            assert not caught.value.is_retryable
        assert not server.requests


@pytest.mark.parametrize("seconds", [float("inf"), 1e300, float("nan"), -1.0])
def test_no_number_of_seconds_stops_the_deadline_thread(seconds: float) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        odd, short = Deadline(seconds), Deadline(0.1)
        watcher().add(odd)
        short.watch(Stream(ours))
        ours.settimeout(30)
        assert ours.recv(1) == b""
        assert short.expired
        watcher().remove(odd)


class Stream:
    """A network stream as httpx hands one out."""

    def __init__(self, guarded: Any) -> None:
        self._socket = guarded

    def get_extra_info(self, name: str) -> Any:
        return self._socket


class Proxy:
    """A socket as event loops hand it out: neither a ``socket.socket`` nor to be shut down."""

    def __init__(self, real: socket.socket) -> None:
        self.family, self.type, self.fileno = real.family, real.type, real.fileno


def test_a_deadline_needs_no_file_descriptor_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int) -> int:
        raise OSError("a socket is no file descriptor here")

    monkeypatch.setattr(os, "dup", refuse)
    for wrap in (lambda real: real, Proxy):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            deadline = Deadline(60)
            deadline.watch(Stream(wrap(ours)))
            deadline.shut_down()
            ours.settimeout(30)
            assert ours.recv(1) == b""
            deadline.cancel()


async def test_on_a_loop_a_timer_ends_the_connection_and_no_thread_is_started() -> None:
    before = set(threading.enumerate())
    ours, theirs = socket.socketpair()
    with ours, theirs:
        deadline: Any = LoopDeadline(5)  # its properties change between two looks at them
        deadline.watch(Stream(ours))
        deadline.extend(0.05)
        deadline.paused = True
        await asyncio.sleep(0.1)
        assert not deadline.expired  # a paused deadline is put off
        deadline.paused = False
        await asyncio.sleep(0.1)
        assert deadline.expired
        ours.settimeout(30)
        assert ours.recv(1) == b""
        deadline.cancel()
    assert set(threading.enumerate()) <= before


def test_a_tls_context_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    import httpx

    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    first = tls_context(httpx)
    assert tls_context(httpx) is first
    (tmp_path / "none.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises((ssl.SSLError, ChatError)):
        tls_context(httpx)
    monkeypatch.delenv("SSL_CERT_FILE")
    assert tls_context(httpx) is first


class AdvisedTransport(PostTransport):
    """Says what to do where its server does not run."""

    advice = "Start it with: letters serve."


class AdvisedModel(LettersModel):
    def _make_transport(self) -> Transport:
        return AdvisedTransport(self.base_url or "", KEY)


def test_where_no_server_listens_the_error_ends_with_the_transports_advice() -> None:
    with (
        AdvisedModel(base_url="http://127.0.0.1:9") as model,
        pytest.raises(APIConnectionError) as seen,
    ):
        model.invoke("hi")
    assert "127.0.0.1:9" in seen.value.message
    assert seen.value.message.endswith(" Start it with: letters serve.")
