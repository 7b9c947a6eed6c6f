"""HTTP settings of a model: a client of the user's, a proxy, certificates; what a head brings."""

from __future__ import annotations

import asyncio
import copy
import pickle
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from chat_conformance.http_answers import Answer, Pause, json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core.errors import APIConnectionError, APIError, InvalidParameterError
from chat_core.wire.drivers import run_call
from chat_core.wire.response_head import head_metadata
from chat_core.wire.transport import Request
from letters import LettersTransport, exchange
from test_connections import PostModel

WHOLE = json_answer({"t": "hi", "end": "stop"}, headers={"set-cookie": "a=b"})


def test_a_client_of_the_users_carries_the_calls_and_stays_open() -> None:
    with WireServer([WHOLE, WHOLE]) as server, httpx.Client(headers={"x-mine": "1"}) as client:
        for _ in range(2):
            with PostModel(base_url=server.url, http_client=client) as model:
                assert model.invoke("hi").content == "hi"
        assert not client.is_closed
        assert server.open_connections == 1
        assert [r.headers["x-mine"] for r in server.requests] == ["1", "1"]


async def test_an_async_client_of_the_users_carries_the_calls_of_its_loop() -> None:
    with WireServer([WHOLE, WHOLE]) as server:
        async with httpx.AsyncClient() as client:
            async with PostModel(base_url=server.url, async_http_client=client) as model:
                assert (await model.ainvoke("hi")).content == "hi"
            assert not client.is_closed


def test_a_client_of_the_other_kind_is_missed_by_name() -> None:
    with httpx.Client() as client:
        model = PostModel(base_url="http://127.0.0.1:1", http_client=client)
        with pytest.raises(InvalidParameterError, match="need async_http_client=, because http_"):
            asyncio.run(model.ainvoke("hi"))


@pytest.mark.parametrize("wrong", ["http://proxy", httpx.AsyncClient()])
def test_what_is_no_sync_client_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"http_client is an httpx\.Client"):
        PostModel(base_url="http://127.0.0.1:1", http_client=wrong).invoke("hi")


async def test_a_client_of_the_users_that_is_closed_is_named_and_nothing_is_tried() -> None:
    client, async_client = httpx.Client(), httpx.AsyncClient()
    client.close()
    await async_client.aclose()
    model = PostModel(
        base_url="http://127.0.0.1:1", http_client=client, async_http_client=async_client
    )
    with pytest.raises(InvalidParameterError, match=r"^http_client= was closed"):
        model.invoke("hi")
    with pytest.raises(InvalidParameterError, match=r"^async_http_client= was closed"):
        await model.ainvoke("hi")


def test_the_class_of_a_client_is_no_client() -> None:
    model = PostModel(base_url="http://127.0.0.1:1", http_client=httpx.Client)
    with pytest.raises(InvalidParameterError, match=r"http_client is .*; got the class Client"):
        model.invoke("hi")


def test_settings_beside_a_client_of_the_users_are_refused() -> None:
    with httpx.Client() as client:
        model = PostModel(base_url="http://127.0.0.1:1", http_client=client, proxy="http://p:1")
        with pytest.raises(InvalidParameterError, match=r"proxy= would have no effect"):
            model.invoke("hi")


def test_a_proxy_of_the_model_carries_its_calls_and_is_not_shown() -> None:
    with WireServer(WHOLE) as proxy:
        address = proxy.url.replace("http://", "http://me:pa55word@")
        with PostModel(base_url="http://vendor.example/v1", proxy=address) as model:
            assert "pa55word" not in repr(model)
            assert model.invoke("hi").content == "hi"
        (request,) = proxy.requests
    assert request.headers["host"] == "vendor.example"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"verify": "/nowhere/ca.pem"}, "verify.*/nowhere/ca.pem"),
        ({"cert": "/nowhere/mine.pem"}, "cert.*/nowhere/mine.pem"),
        ({"cert": ("/nowhere/mine.pem", "/nowhere/key.pem")}, "cert.*/nowhere/mine.pem"),
        ({"verify": 1.5}, "verify"),
        ({"proxy": "not a proxy"}, "prox"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_not_tried_again(
    settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        PostModel(base_url="https://127.0.0.1:1", max_retries=5, **settings).invoke("hi")


def test_a_certificate_file_of_the_environment_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    with pytest.raises(InvalidParameterError, match=r"SSL_CERT_FILE=.*gone\.pem"):
        PostModel(base_url="https://127.0.0.1:1", max_retries=5).invoke("hi")


class DistrustedTransport(LettersTransport):
    """Meets a certificate that is not trusted."""

    def send(self, request: Request) -> Any:
        try:
            raise ssl.SSLCertVerificationError("self-signed certificate")
        except ssl.SSLError as error:
            raise self.library().ConnectError("no") from error


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    call = exchange(DistrustedTransport("https://127.0.0.1:1"), max_retries=5)
    with pytest.raises(APIConnectionError, match=r"not trusted.*self-signed.*verify=") as caught:
        list(run_call(call))
    assert not caught.value.is_retryable


@pytest.mark.parametrize("name", ["http_client", "async_http_client", "verify"])
def test_a_model_that_would_connect_otherwise_without_an_object_is_not_pickled(name: str) -> None:
    kinds: dict[str, Any] = {"http_client": httpx.Client, "async_http_client": httpx.AsyncClient}
    given: dict[str, Any] = {name: kinds.get(name, ssl.create_default_context)()}
    model = PostModel(base_url="http://a.org", **given)
    with pytest.raises(InvalidParameterError, match=f"cannot be pickled with its {name}="):
        pickle.dumps(model)
    without = model.bind(**{name: True if name == "verify" else None})
    assert pickle.loads(pickle.dumps(without)).base_url == "http://a.org"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("client", object),
        ("async_client", object),
        ("http_client", httpx.Client),
        ("async_http_client", httpx.AsyncClient),
        ("verify", ssl.create_default_context),
    ],
)
def test_a_deep_copy_of_a_model_with_an_open_client_is_refused_by_name(
    name: str, given: Callable[[], Any]
) -> None:
    settings: dict[str, Any] = {name: given()}
    model = PostModel(base_url="http://a.org", **settings)
    refusal = f"cannot be copied deeply with its {name}="
    with pytest.raises(InvalidParameterError, match=refusal):
        copy.deepcopy(model)
    with pytest.raises(InvalidParameterError, match=refusal):
        model.model_copy(deep=True)
    assert getattr(copy.copy(model), name) is settings[name]
    without = model.bind(**{name: True if name == "verify" else None})
    assert copy.deepcopy(without).base_url == "http://a.org"


@pytest.mark.parametrize(
    ("wrong", "what"), [(" http://a.org", "white space"), ("http://a.org/v1#x", "fragment")]
)
def test_an_address_with_more_than_an_address_is_refused_by_name(wrong: str, what: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"base_url.*{what}"):
        PostModel(base_url=wrong).invoke("hi")


def test_a_pickle_keeps_the_proxy_without_its_user_and_password() -> None:
    model = PostModel(base_url="http://a.org", proxy="http://me:pa55word@b.org:3128")
    pickled = pickle.dumps(model)
    assert b"pa55word" not in pickled
    proxy = pickle.loads(pickled).proxy
    assert proxy is not None
    assert proxy.get_secret_value() == "http://b.org:3128"


@pytest.mark.parametrize(
    "wrong",
    [
        "b.org:3128",
        "ftp://b.org",
        "http://",
        "http://[::1",
        "http://me:pa#55word@b.org:3128",
        "http://me:pa55word@b.org:99999",
        " http://b.org",
    ],
)
@pytest.mark.parametrize("engine", ["httpx", "aiohttp"])
async def test_what_is_no_address_of_a_proxy_is_refused_and_not_shown(
    engine: Any, wrong: str
) -> None:
    model = PostModel(base_url="http://a.org", proxy=wrong, http_engine=engine)
    with pytest.raises(InvalidParameterError, match="proxy is an address") as caught:
        await model.ainvoke("hi")
    assert "55word" not in str(caught.value)


def test_another_proxy_is_another_connection() -> None:
    model = PostModel(base_url="http://a.org")
    assert model.bind(proxy="http://b.org")._shared is not model._shared
    assert model.bind(temperature=0.5)._shared is model._shared


# --- the response's head


HEAD = {
    "X-Request-Id": "req_1",
    "x-ratelimit-remaining-tokens": "9",
    "anthropic-ratelimit-requests-limit": "5",
    "openai-processing-ms": "12",
    "set-cookie": "secret=1",
    "x-api-key-name": "of mine",
    "content-type": "application/json",
}


def test_request_id_and_limits_of_a_head_are_kept_and_nothing_secret() -> None:
    assert head_metadata({name.lower(): value for name, value in HEAD.items()}) == {
        "request_id": "req_1",
        "headers": {
            "x-ratelimit-remaining-tokens": "9",
            "anthropic-ratelimit-requests-limit": "5",
            "openai-processing-ms": "12",
        },
    }
    assert head_metadata({}) == {}


@pytest.mark.parametrize("stream", [False, True])
def test_the_first_chunk_and_the_message_have_the_request_id(stream: bool) -> None:
    whole = json_answer({"t": "hi", "end": "stop"}, headers={"x-request-id": "req_1"})
    events = sse([{"t": "h"}, {"t": "i"}, {"end": "stop"}], headers={"x-request-id": "req_1"})
    with WireServer(events if stream else whole) as server, PostModel(base_url=server.url) as model:
        if stream:
            asked = model.stream("hi")
            assert next(asked).response_metadata["request_id"] == "req_1"
            list(asked)
            message = asked.message
        else:
            message = model.invoke("hi")
    assert message.response_metadata["request_id"] == "req_1"
    assert message.finish_reason == "stop"


HEAD_WITH_ID = {"x-request-id": "req_1"}


@pytest.mark.parametrize(
    ("answer", "stream"),
    [
        (sse([{"t": "h"}], headers=HEAD_WITH_ID), True),
        (sse([{"t": "h"}, Pause(5)], headers=HEAD_WITH_ID), True),
        (json_answer(["no", "object"], headers=HEAD_WITH_ID), False),
        (json_answer({}, status=302, headers=HEAD_WITH_ID), False),
    ],
    ids=["cut off", "silent", "no object", "redirect"],
)
def test_what_breaks_after_the_head_has_the_request_id(answer: Answer, stream: bool) -> None:
    with WireServer(answer) as server:
        model = PostModel(base_url=server.url, max_retries=0, idle_timeout=0.2)
        with model, pytest.raises(APIError) as caught:
            list(model.stream("hi")) if stream else model.invoke("hi")
    assert caught.value.request_id == "req_1"
