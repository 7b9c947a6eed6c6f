"""Credentials: where they are found, how they are refreshed, and the errors when they are bad."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.http_answers import Answer, Reset, json_answer
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    AuthenticationError,
    InvalidParameterError,
    MissingAPIKeyError,
)
from chat_google_vertexai import ChatVertexAI
from chat_google_vertexai.credentials import GoogleCredentials
from google.auth.credentials import AnonymousCredentials
from google.oauth2.credentials import Credentials
from vertex_service_account import EMAIL, service_account, token, verified_claims

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANSWER = {
    "candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}],
}


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


def chat(server: WireServer, **settings: Any) -> ChatVertexAI:
    given = {"model": "gemini-2.5-flash", "max_retries": 0, "base_url": server.url, **settings}
    return ChatVertexAI(**given)


def key_file(folder: Path, content: Any) -> str:
    path = folder / "key.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def authorizations(server: WireServer) -> list[str]:
    return [r.headers["authorization"] for r in server.requests if r.path != "/token"]


def expired(**more: Any) -> Credentials:
    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
    return Credentials("old", expiry=long_ago, **more)  # type: ignore[no-untyped-call]


# --- where they are found


@pytest.mark.parametrize("named_by", ["environment", "setting", "content"])
def test_the_quota_project_of_the_environment_overrides_that_of_the_file(
    named_by: str, server: WireServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "of-environment")
    info = {**service_account(server.url), "quota_project_id": "of-file"}
    file = key_file(tmp_path, info)
    given: Any = {"setting": file, "content": info}.get(named_by)
    if given is None:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
    server.queue(token("fresh"), json_answer(ANSWER))
    with chat(server, project="p", credentials=given) as model:
        model.invoke("Q")
    assert server.requests[-1].headers["x-goog-user-project"] == "of-environment"


class Pool(AnonymousCredentials):
    """Credentials that are asked for their project, as those of a workload identity are."""

    asked = 0

    def get_project_id(self, request: Any) -> str | None:
        assert callable(request)
        self.asked += 1
        return "of-pool"


def test_the_project_of_a_workload_identity_is_asked_for_once(server: WireServer) -> None:
    server.queue(json_answer(ANSWER), json_answer(ANSWER))
    pool = Pool()  # type: ignore[no-untyped-call]
    with chat(server, credentials=pool) as model:
        model.invoke("Q")
        model.invoke("Q")
    assert all("/projects/of-pool/" in sent.path for sent in server.requests)
    assert pool.asked == 1


def test_a_project_that_is_set_is_not_asked_for(server: WireServer) -> None:
    server.queue(json_answer(ANSWER))
    pool = Pool()  # type: ignore[no-untyped-call]
    with chat(server, credentials=pool, project="mine") as model:
        model.invoke("Q")
    assert pool.asked == 0


def test_a_service_account_file_of_the_environment_signs_for_a_token(
    server: WireServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "GOOGLE_APPLICATION_CREDENTIALS", key_file(tmp_path, service_account(server.url))
    )
    server.queue(token("fresh"), json_answer(ANSWER))
    with chat(server) as model:
        assert model.invoke("Q").content == "hi"
    asked, sent = server.requests
    claims = verified_claims(asked.body)
    assert claims["iss"] == EMAIL
    assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    assert sent.headers["authorization"] == "Bearer fresh"
    assert sent.path == (
        "/v1beta1/projects/proj-from-key/locations/global"
        "/publishers/google/models/gemini-2.5-flash:generateContent"
    )


@pytest.mark.parametrize("how", ["path", "dict"])
def test_credentials_may_be_a_file_or_its_content(
    server: WireServer, tmp_path: Path, how: str
) -> None:
    content = service_account(server.url)
    given: Any = content if how == "dict" else key_file(tmp_path, content)
    server.queue(token("fresh"), json_answer(ANSWER))
    with chat(server, credentials=given) as model:
        model.invoke("Q")
    assert authorizations(server) == ["Bearer fresh"]


def test_a_google_auth_object_is_used_as_it_is(server: WireServer) -> None:
    given = Credentials("mine", quota_project_id="payer")  # type: ignore[no-untyped-call]
    server.queue(json_answer(ANSWER))
    with chat(server, credentials=given, project="p") as model:
        model.invoke("Q")
    assert server.requests[0].headers["authorization"] == "Bearer mine"
    assert server.requests[0].headers["x-goog-user-project"] == "payer"


def test_credentials_that_sign_nothing_are_fine_behind_a_gateway(server: WireServer) -> None:
    given = AnonymousCredentials()  # type: ignore[no-untyped-call]
    server.queue(json_answer(ANSWER))
    with chat(server, credentials=given, project="p") as model:
        model.invoke("Q")
    assert "authorization" not in server.requests[0].headers


def test_a_login_of_gcloud_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its token endpoint is Google's own, so it is found here and not used."""
    login = {"type": "authorized_user", "client_id": "c", "client_secret": "s"}
    (tmp_path / "application_default_credentials.json").write_text(
        json.dumps(login | {"refresh_token": "r"})
    )
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    credentials = GoogleCredentials(None, None, 5.0)
    found = credentials._find()
    assert (found.client_id, found.refresh_token) == ("c", "r")
    assert credentials.project() == "p"


@pytest.mark.parametrize(
    ("settings", "variable", "project"),
    [
        ({"project": "given"}, "from-env", "given"),
        ({}, "from-env", "from-env"),
        ({}, None, "proj-from-key"),
    ],
)
def test_the_project_is_named_or_of_the_environment_or_of_the_credentials(
    server: WireServer,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    variable: str | None,
    project: str,
) -> None:
    if variable:
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", variable)
    server.queue(token(), json_answer(ANSWER))
    with chat(server, credentials=service_account(server.url), **settings) as model:
        model.invoke("Q")
    assert server.requests[-1].path.split("/")[3] == project


# --- refreshing


def test_a_token_is_used_until_it_expires(server: WireServer) -> None:
    server.queue(token("one"), *[json_answer(ANSWER)] * 3)
    with chat(server, credentials=service_account(server.url)) as model:
        for _ in range(3):
            model.invoke("Q")
    assert [r.path for r in server.requests].count("/token") == 1


def test_an_expired_token_is_refreshed(server: WireServer) -> None:
    server.queue(token("one", lifetime=1), json_answer(ANSWER), token("two"), json_answer(ANSWER))
    with chat(server, credentials=service_account(server.url)) as model:
        model.invoke("Q")
        model.invoke("Q")
    assert authorizations(server) == ["Bearer one", "Bearer two"]


def test_a_refresh_token_is_exchanged(server: WireServer) -> None:
    given = expired(
        refresh_token="r", client_id="c", client_secret="s", token_uri=f"{server.url}/token"
    )
    server.queue(token("new"), json_answer(ANSWER))
    with chat(server, credentials=given, project="p") as model:
        model.invoke("Q")
    assert authorizations(server) == ["Bearer new"]


class SlowCredentials:
    """Credentials whose refresh blocks, and notes in which thread it ran."""

    quota_project_id = None
    project_id = "p"
    valid = False

    def __init__(self) -> None:
        self.threads: list[str] = []
        self.may_end = threading.Event()

    def refresh(self, request: Any) -> None:
        self.threads.append(threading.current_thread().name)
        assert self.may_end.wait(30)
        self.valid = True

    def apply(self, headers: dict[str, str]) -> None:
        headers["authorization"] = "Bearer slow"


async def test_a_refresh_does_not_block_the_event_loop(server: WireServer) -> None:
    slow = SlowCredentials()
    server.queue(*[json_answer(ANSWER)] * 2)

    async def go_on() -> None:
        while not slow.threads:
            await asyncio.sleep(0.01)
        slow.may_end.set()

    going_on = asyncio.create_task(go_on())
    async with chat(server, credentials=slow) as model:
        await asyncio.gather(model.ainvoke("Q"), model.ainvoke("Q"))
    await going_on
    assert threading.current_thread().name not in slow.threads
    assert len(slow.threads) == 1, "two calls at once refresh once"


# --- bad ones


def test_no_credentials_says_what_to_do(server: WireServer) -> None:
    with pytest.raises(MissingAPIKeyError, match=r"GOOGLE_APPLICATION_CREDENTIALS.*gcloud"):
        chat(server, project="p").invoke("Q")
    assert server.requests == ()


def test_a_file_that_does_not_exist_is_named(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    with pytest.raises(InvalidParameterError, match=r"GOOGLE_APPLICATION_CREDENTIALS.*/nowhere"):
        chat(server).invoke("Q")
    with pytest.raises(InvalidParameterError, match=r"credentials names '/also/nowhere"):
        chat(server, credentials="/also/nowhere.json").invoke("Q")


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("not json", "no JSON"),
        ("[]", "type"),
        ("{}", "type"),
        ('{"type": "service_account"}', "Missing: client_email, private_key, token_uri"),
        ('{"type": "authorized_user", "client_id": "c"}', "Missing: client_secret, refresh_token"),
        ('{"type": "newfangled"}', "newfangled credentials are malformed"),
    ],
)
def test_a_malformed_file_is_named_with_what_it_lacks(
    server: WireServer, tmp_path: Path, content: str, shown: str
) -> None:
    with pytest.raises(InvalidParameterError, match=shown):
        chat(server, credentials=key_file(tmp_path, content)).invoke("Q")
    assert server.requests == ()


def test_a_private_key_that_cannot_be_read_is_not_shown(server: WireServer) -> None:
    bad = service_account(server.url) | {"private_key": "-----BEGIN hush-hush-----"}
    with pytest.raises(InvalidParameterError, match="malformed") as caught:
        chat(server, credentials=bad).invoke("Q")
    assert "hush-hush" not in str(caught.value)


def test_credentials_of_another_kind_are_named(server: WireServer) -> None:
    with pytest.raises(InvalidParameterError, match="got int"):
        chat(server, credentials=7).invoke("Q")


def test_an_expired_token_without_a_way_to_refresh_it_is_an_authentication_error(
    server: WireServer,
) -> None:
    with pytest.raises(AuthenticationError, match="cannot be refreshed") as caught:
        chat(server, credentials=expired(), project="p").invoke("Q")
    assert caught.value.status == 401
    assert server.requests == ()


def test_a_refused_refresh_says_what_the_endpoint_said(server: WireServer) -> None:
    error = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    server.queue(json_answer(error, 400))
    with pytest.raises(AuthenticationError, match="Invalid JWT Signature"):
        chat(server, credentials=service_account(server.url)).invoke("Q")


def test_a_token_endpoint_that_breaks_is_a_connection_error(server: WireServer) -> None:
    for _ in range(8):
        server.queue(Answer(before=[Reset()]))
    with pytest.raises(APIConnectionError, match="token endpoint"):
        chat(server, credentials=service_account(server.url)).invoke("Q")


def test_no_project_is_named_before_any_request(server: WireServer) -> None:
    given = Credentials("mine")  # type: ignore[no-untyped-call]
    with pytest.raises(InvalidParameterError, match=r"project=\.\.\..*GOOGLE_CLOUD_PROJECT"):
        chat(server, credentials=given).invoke("Q")
    assert server.requests == ()


def test_a_wrong_location_is_named_before_any_request(server: WireServer) -> None:
    with pytest.raises(InvalidParameterError, match="location='moon'"):
        chat(server, location="moon").invoke("Q")


def test_credentials_are_neither_shown_nor_pickled(server: WireServer) -> None:
    model = chat(server, credentials=service_account(server.url))
    assert "PRIVATE KEY" not in repr(model)
    assert b"PRIVATE KEY" not in pickle.dumps(model)
    assert pickle.loads(pickle.dumps(model)).credentials is None


def test_a_bound_model_elsewhere_has_a_connection_of_its_own(server: WireServer) -> None:
    server.queue(token(), json_answer(ANSWER), token(), json_answer(ANSWER))
    with chat(server, credentials=service_account(server.url), location="eu") as model:
        model.invoke("Q")
        with model.bind(location="us-east5", project="other") as moved:
            moved.invoke("Q")
    places = [r.path.split("/")[3:6:2] for r in server.requests if r.path != "/token"]
    assert places == [["proj-from-key", "eu"], ["other", "us-east5"]]


class BrokenCredentials:
    """Credentials of a user's own that cannot be refreshed."""

    valid = False

    def __init__(self, error: Exception) -> None:
        self._error = error

    def refresh(self, request: Any) -> None:
        raise self._error

    def apply(self, headers: dict[str, str]) -> None:
        headers["authorization"] = "Bearer t"


@pytest.mark.parametrize("error", [KeyError("SECRET"), ValueError("SECRET"), RuntimeError("x")])
def test_an_error_of_a_users_own_credentials_is_an_authentication_error(
    server: WireServer, error: Exception
) -> None:
    with (
        chat(server, project="p1", credentials=BrokenCredentials(error)) as model,
        pytest.raises(AuthenticationError, match=type(error).__name__) as seen,
    ):
        model.invoke("Q")
    assert "SECRET" not in str(seen.value)
    assert seen.value.__cause__ is error
