"""Keys: with the vendor and nowhere else: not printed, logged, pickled, raised or redirected.

Each provider is asked, whole and streamed, blocking and on a loop, to success and to failure, while
everything that can be read is read: logs of all loggers at DEBUG, the SDKs' own switches included.
"""

from __future__ import annotations

import asyncio
import copy
import io
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.answers import Reset, html, redirect
from chat_conformance.backends import KEY
from chat_conformance.declared import DECLARED, GoogleVertexAI
from chat_conformance.offline import OfflineServer
from chat_conformance.speech import Said, Trouble
from chat_conformance.wire_server import WireServer
from chat_core import (
    ChatError,
    InvalidParameterError,
    hookimpl,
    register_observer,
    unregister_observer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chat_conformance import ChatModelConformance
    from chat_core import ChatModel
    from chat_core.runs import Run

subjects = pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)

HEADER = "header-that-nobody-may-see"
SECRETS = (KEY, HEADER)

LINES = (
    Said("Hello"),
    Trouble("authentication"),
    Trouble("server_error"),
    Said("Gold", Reset()),
    Said("Gold", Trouble("overloaded")),
    html(),
)
"""What each call meets."""


def shown(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture
def server() -> Iterator[OfflineServer]:
    with OfflineServer() as made:
        yield made


def make(subject: type[ChatModelConformance], url: str) -> ChatModel:
    headers = {"x-team-token": HEADER, "authorization-of-a-proxy": HEADER}
    return subject.make_model(base_url=url, api_key=KEY, default_headers=headers, max_retries=1)


def failures(model: ChatModel, server: OfflineServer, subject: Any) -> Iterator[BaseException]:
    """Ask in every way, meet everything, and give what is raised."""
    for line in LINES:
        for ask in (_invoke, _stream, _ainvoke, _astream):
            server.forget(subject.voice)
            server.says_always(line)
            try:
                ask(model)
            except ChatError as error:
                yield error


def _invoke(model: ChatModel) -> None:
    model.invoke("Hi")


def _stream(model: ChatModel) -> None:
    for _ in model.stream("Hi"):
        pass


def _ainvoke(model: ChatModel) -> None:
    async def ask() -> None:
        async with model:
            await model.ainvoke("Hi")

    asyncio.run(ask())


def _astream(model: ChatModel) -> None:
    async def ask() -> None:
        async with model:
            async for _ in model.astream("Hi"):
                pass

    asyncio.run(ask())


@subjects
def test_no_error_no_traceback_and_no_log_shows_a_secret(
    subject: type[ChatModelConformance],
    server: OfflineServer,
    monkeypatch: pytest.MonkeyPatch,
    retries_at_once: None,
) -> None:
    """Not even with every SDK told to log all it knows."""
    for name in ("OPENAI_LOG", "ANTHROPIC_LOG", "GROQ_LOG", "MISTRAL_DEBUG", "HTTPX_LOG_LEVEL"):
        monkeypatch.setenv(name, "debug")
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    try:
        with make(subject, server.url) as model:
            raised = list(failures(model, server, subject))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert len(raised) >= 4 * (len(LINES) - 2)
    for error in raised:
        assert not shown("".join(traceback.format_exception(error)))
        assert not shown(f"{error} {error!r} {vars(error)}")
        assert not shown(repr(pickle.loads(pickle.dumps(error)).__dict__))
    assert "httpcore" in log.getvalue()  # those below do log
    assert not shown(log.getvalue())


@subjects
def test_no_form_of_a_model_shows_a_secret(subject: type[ChatModelConformance]) -> None:
    model = make(subject, "http://127.0.0.1:9")
    bound = model.bind(temperature=0.5)
    chain = model | str
    for told in (model, bound, chain, model.with_config(tags=["a"]), copy.deepcopy(model)):
        assert not shown(f"{told} {told!r}")
    assert not shown(str(model.model_dump()))
    assert not shown(model.model_dump_json())
    assert not shown(str(vars(model)))
    for secret in SECRETS:
        assert secret.encode() not in pickle.dumps(model)
        assert secret.encode() not in pickle.dumps(model, protocol=0)


@subjects
def test_a_wrong_setting_is_refused_without_showing_the_right_ones(
    subject: type[ChatModelConformance],
) -> None:
    for wrong in ({"temperature": "hot"}, {"api_keey": KEY}, {"default_headers": [HEADER]}):
        with pytest.raises(InvalidParameterError) as raised:
            subject.make_model(**{"api_key": KEY, **wrong})
        assert not shown("".join(traceback.format_exception(raised.value)))
        assert not shown(repr(raised.value.__dict__))


@subjects
def test_no_event_and_no_observer_sees_a_secret(
    subject: type[ChatModelConformance], server: OfflineServer
) -> None:
    seen: list[str] = []

    class Observer:
        @hookimpl
        def chat_run_start(self, run: Run, input: Any) -> None:
            seen.append(f"{run.metadata} {run.name} {input!r}")

        @hookimpl
        def chat_run_error(self, run: Run, error: BaseException) -> None:
            seen.append(f"{run.metadata} {error!r} {vars(error)}")

    observer = Observer()
    register_observer(observer)
    try:
        with make(subject, server.url) as model:
            for line in (Said("Hello"), Trouble("authentication")):
                server.forget(subject.voice)
                server.says_always(line)
                try:
                    seen += [repr(event) for event in model.stream_events("Hi", version="v2")]
                except ChatError as error:
                    seen.append(repr(error))
    finally:
        unregister_observer(observer)
    assert len(seen) > 5
    assert not shown(" ".join(seen))


@subjects
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_carries_no_secret_there(
    subject: type[ChatModelConformance], status: int, server: OfflineServer
) -> None:
    """It is not followed at all, in any way of asking."""
    with WireServer() as elsewhere, make(subject, server.url) as model:
        for ask in (_invoke, _stream, _ainvoke, _astream):
            server.forget(subject.voice)
            server.says_always(redirect(f"{elsewhere.url}/v1/anything", status))
            with pytest.raises(ChatError) as raised:
                ask(model)
            assert not shown(str(raised.value))
        assert not elsewhere.requests
        assert elsewhere.open_connections == 0


@subjects
def test_the_base_url_is_the_only_host_that_is_contacted(
    subject: type[ChatModelConformance], server: OfflineServer
) -> None:
    """The network guard fails a test that goes elsewhere; here it is seen to guard."""
    server.says_always(Said("Hello"))
    server.voice = subject.voice
    with make(subject, server.url) as model:
        _invoke(model)
        _ainvoke(model)
    assert len(server.requests) == 2
    assert all(HEADER in request.headers.values() for request in server.requests)
    sent = [str(request.headers) + str(request.query) + request.path for request in server.requests]
    assert all(text.count(KEY) == 1 for text in sent)
    assert all(KEY not in request.path + str(request.query) for request in server.requests)
    assert all(KEY.encode() not in request.body for request in server.requests)


@pytest.fixture
def retries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from chat_core import retry

    monkeypatch.setattr(retry, "BASE_WAIT", 0.001)


@pytest.mark.parametrize("kind", ["a dict", "an object"])
def test_credentials_are_in_no_form_of_a_model_either(kind: str) -> None:
    from google.oauth2.credentials import Credentials

    given: Any = {"type": "service_account", "private_key": KEY, "client_email": "a@b.example"}
    if kind == "an object":
        given = Credentials(token=KEY, refresh_token=KEY)  # type: ignore[no-untyped-call]
    model = GoogleVertexAI.make_model(credentials=given, project="p", location="europe-west1")
    assert not shown(f"{model} {model!r} {model.model_dump()} {model.model_dump_json()}")
    assert KEY.encode() not in pickle.dumps(model)
