"""Where keys, credentials and regions come from, and what is refused with which words."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError, EndpointConnectionError
from chat_bedrock import ChatBedrock
from chat_conformance.script import Reply
from chat_conformance.scripted_server import ScriptedServer
from chat_core import (
    APIConnectionError,
    AuthenticationError,
    ChatError,
    InvalidParameterError,
    MissingAPIKeyError,
)

MODEL = "amazon.nova-lite-v1:0"
GIVEN = {"aws_access_key_id": "AKGIVEN", "aws_secret_access_key": "a-secret-value"}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        server.answer_always(Reply("Hello"))
        yield server


def authorization(server: ScriptedServer, **given: Any) -> str:
    """The header of a call."""
    with ChatBedrock(
        **{"model": MODEL, "base_url": server.url, "max_retries": 0, **given}
    ) as model:
        assert model.invoke("Hi").content == "Hello"
    return str(server.last.headers["authorization"])


def refusal(kind: type[ChatError], **given: Any) -> str:
    settings = {"model": MODEL, "base_url": "http://127.0.0.1:9", "max_retries": 0, **given}
    with pytest.raises(kind) as seen, ChatBedrock(**settings) as model:
        model.invoke("Hi")
    return str(seen.value)


def set_keys(monkeypatch: pytest.MonkeyPatch, key: str = "AKENV") -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-value")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


def test_keys_of_the_environment_sign(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_keys(monkeypatch)
    assert "Credential=AKENV/" in authorization(server)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")
    authorization(server)
    assert server.last.headers["x-amz-security-token"] == "a-token"


def test_a_profile_has_credentials_and_a_region(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[profile work]\nregion = eu-west-3\n")
    (tmp_path / "credentials").write_text(
        "[work]\naws_access_key_id = AKWORK\naws_secret_access_key = a-secret-value\n"
    )
    assert "Credential=AKWORK/" in authorization(server, aws_profile="work")
    assert "/eu-west-3/bedrock/" in authorization(server, aws_profile="work")
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert "Credential=AKWORK/" in authorization(server)


@pytest.mark.parametrize(
    "given",
    [
        GIVEN,
        Credentials("AKGIVEN", "a-secret-value"),
        botocore.session.Session(),
    ],
    ids=["dict", "credentials", "session"],
)
def test_credentials_may_be_given(server: ScriptedServer, given: Any) -> None:
    if isinstance(given, botocore.session.Session):
        given.set_credentials("AKGIVEN", "a-secret-value")
    assert "Credential=AKGIVEN/" in authorization(server, credentials=given, region="us-east-1")


def test_a_key_goes_before_the_chain_and_credentials_that_are_given_before_it(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_keys(monkeypatch)
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "key-of-the-environment")
    assert authorization(server) == "Bearer key-of-the-environment"
    assert authorization(server, api_key="mine") == "Bearer mine"
    assert "Credential=AKGIVEN/" in authorization(server, credentials=GIVEN)


@pytest.mark.parametrize(
    ("model", "region", "signed"),
    [
        ("arn:aws:bedrock:eu-north-1:1:inference-profile/x", None, "eu-north-1"),
        ("arn:aws:bedrock:eu-north-1:1:inference-profile/x", "us-west-2", "us-west-2"),
        (MODEL, None, "ap-south-1"),
    ],
)
def test_the_region_is_the_setting_else_the_models_else_the_environments(
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    region: str | None,
    signed: str,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    header = authorization(server, credentials=GIVEN, model=model, region=region)
    assert f"/{signed}/bedrock/aws4_request" in header


def test_credentials_that_expire_are_refreshed_before_a_request(server: ScriptedServer) -> None:
    asked: list[str] = []

    def refresh() -> dict[str, str]:
        asked.append(f"AK{len(asked)}")
        soon = datetime.now(UTC) + timedelta(seconds=1 if len(asked) == 1 else 3600)
        return {
            "access_key": asked[-1],
            "secret_key": "a-secret-value",
            "token": "t",
            "expiry_time": soon.isoformat(),
        }

    given = RefreshableCredentials.create_from_metadata(refresh(), refresh, "a-test")
    with ChatBedrock(
        model=MODEL, credentials=given, region="us-east-1", base_url=server.url
    ) as model:
        assert model.invoke("Hi").content == "Hello"
    assert "Credential=AK1/" in str(server.last.headers["authorization"])
    assert asked == ["AK0", "AK1"]


def test_an_event_loop_goes_on_while_credentials_are_asked_for(server: ScriptedServer) -> None:
    threads: list[str] = []

    class Slow(Credentials):  # type: ignore[misc]
        def get_frozen_credentials(self) -> Any:
            threads.append(threading.current_thread().name)
            return super().get_frozen_credentials()

    async def ask() -> str:
        async with ChatBedrock(
            model=MODEL,
            credentials=Slow("AK", "a-secret-value"),
            region="us-east-1",
            base_url=server.url,
        ) as model:
            return (await model.ainvoke("Hi")).content

    assert asyncio.run(ask()) == "Hello"
    assert threads
    assert threading.main_thread().name not in threads


def test_no_key_and_no_credentials_names_both() -> None:
    message = refusal(MissingAPIKeyError)
    assert "AWS_BEARER_TOKEN_BEDROCK" in message
    assert "AWS_ACCESS_KEY_ID" in message


def test_no_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "AWS_REGION" in refusal(InvalidParameterError, credentials=GIVEN)
    assert "AWS_REGION" in refusal(InvalidParameterError, api_key="k", base_url=None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"region": "us_east"}, "no region of AWS"),
        ({"region": "evil.test/us-east-1"}, "no region of AWS"),
        ({"credentials": {"aws_access_key_id": "a"}}, "missing: aws_secret_access_key"),
        ({"credentials": {**GIVEN, "region": "x"}}, "unknown: region"),
        ({"credentials": 5}, "got int"),
        ({"aws_profile": "nobodys"}, "nobodys"),
        ({"api_key": "k", "credentials": GIVEN}, "excludes"),
    ],
)
def test_settings_that_cannot_be_right_are_named(given: dict[str, Any], words: str) -> None:
    assert words in refusal(InvalidParameterError, **given)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (CredentialRetrievalError(provider="sso", error_msg="token expired"), AuthenticationError),
        (EndpointConnectionError(endpoint_url="https://sts.test"), APIConnectionError),
        (KeyError("a-secret-value"), AuthenticationError),
    ],
)
def test_credentials_that_cannot_be_refreshed_are_an_error_of_ours(
    raised: Exception, kind: type[ChatError]
) -> None:
    class Failing(Credentials):  # type: ignore[misc]
        def get_frozen_credentials(self) -> Any:
            raise raised

    given = Failing("AK", "a-secret-value")
    message = refusal(kind, credentials=given, region="us-east-1")
    assert "a-secret-value" not in message


def test_a_client_of_boto3_is_refused_with_what_takes_its_place() -> None:
    message = refusal(InvalidParameterError, base_url=None, client=object())
    assert "credentials=boto3.Session" in message


def test_credentials_are_neither_shown_nor_dumped_nor_pickled() -> None:
    model = ChatBedrock(model=MODEL, credentials=GIVEN, region="us-east-1")
    again = pickle.loads(pickle.dumps(model))
    assert again.credentials is None
    assert again.region == "us-east-1"
    for shown in (repr(model), str(model.model_dump()), model.model_dump_json()):
        assert "a-secret-value" not in shown


def test_a_change_of_region_is_seen_by_the_next_request(server: ScriptedServer) -> None:
    model = ChatBedrock(
        model=MODEL, credentials=GIVEN, region="us-east-1", base_url=server.url, max_retries=0
    )
    with model:
        model.invoke("Hi")
        model.region = "us-west-2"
        model.invoke("Hi")
    assert "/us-west-2/" in str(server.last.headers["authorization"])


def test_a_query_of_the_address_is_signed(server: ScriptedServer) -> None:
    header = authorization(
        server, credentials=GIVEN, region="us-east-1", base_url=f"{server.url}/below?tenant=a b"
    )
    assert header.startswith("AWS4-HMAC-SHA256 ")
    assert server.last.path.startswith("/below/model/")
