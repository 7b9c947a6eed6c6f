"""Requests of ``ChatBedrock`` beside those that botocore sends for the same call.

botocore hands what it is about to send to ``before-send``; at a frozen time its signature and ours
are equal.
"""

from __future__ import annotations

import datetime
import json
from typing import Any
from unittest import mock

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from chat_bedrock import ChatBedrock
from chat_bedrock.endpoint import base_url
from chat_core import HumanMessage, ImageBlock, TextBlock
from chat_core.provider import CallOptions, HTTPTransport, Request, json_content

NOW = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)
KEYS = {
    "aws_access_key_id": "AKIDEXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}
MODELS = [
    "amazon.nova-lite-v1:0",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "arn:aws:bedrock:us-west-2:111122223333:application-inference-profile/abcdefgh1234",
]


@pytest.fixture(autouse=True)
def frozen_time() -> Any:
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        yield


def sent_by_botocore(
    operation: str,
    region: str | None,
    wire: dict[str, Any],
    content: bytes,
    headers: dict[str, str] | None = None,
    **given: Any,
) -> dict[str, Any]:
    """Method, URL, headers and body of a call of botocore's own client.

    botocore writes spaces into its JSON, so the same values have other bytes and another signature:
    it signs ``content``, our bytes, instead.
    """
    client = botocore.session.Session().create_client(
        "bedrock-runtime", region_name=region, **given
    )
    seen: list[Any] = []
    bodies: list[Any] = []

    def replace_body(request: Any, **_: Any) -> None:
        bodies.append(json.loads(request.data))
        request.data = content
        for name, value in (headers or {}).items():
            request.headers[name] = value

    def keep(request: Any, **_: Any) -> AWSResponse:
        seen.append(request)
        raw = mock.Mock(stream=lambda *_: iter([b"{}"]), read=lambda *_: b"")
        return AWSResponse(request.url, 200, {}, raw)

    client.meta.events.register("before-send.bedrock-runtime", keep)
    # Before the handler that chooses the signature, which a bearer token leaves out.
    client.meta.events.register_first("request-created.bedrock-runtime", replace_body)
    getattr(client, operation)(**wire)
    (request,) = seen
    return {
        "method": request.method,
        "url": request.url,
        "headers": {name.lower(): _text(value) for name, value in request.headers.items()},
        "body": bodies[0],
    }


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def sent_by_us(model: ChatBedrock, *, stream: bool, message: HumanMessage) -> dict[str, Any]:
    body = model._encode([message], CallOptions(), stream=stream)
    transport = model._make_transport()
    assert isinstance(transport, HTTPTransport)
    head = transport.build_head(Request(body, stream=stream, headers=model.get_headers()))
    content = json_content(transport.content(body))
    return {
        "method": head.method,
        "url": head.url,
        "headers": {"content-type": "application/json", **head.headers},
        "body": json.loads(content),
        "content": content,
    }


OWN_OF_BOTOCORE = {
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "content-length",
    "user-agent",
}
"""Headers of a library, not of the API; the transport sends its own ``content-length``."""


def assert_equal(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    names = {name.lower(): value for name, value in ours["headers"].items()}
    accept = names.pop("accept")
    assert accept in ("application/json", "application/vnd.amazon.eventstream")
    wanted = {k: v for k, v in theirs["headers"].items() if k not in OWN_OF_BOTOCORE}
    assert names == wanted
    for part in ("method", "url", "body"):
        assert ours[part] == theirs[part]


SETTINGS: dict[str, Any] = {"temperature": 0.5, "stop": ["END"]}
QUESTION = HumanMessage(
    [TextBlock("What is “this”?"), ImageBlock.from_bytes(b"\x89PNG", mime_type="image/png")]
)
WIRE: dict[str, Any] = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"text": "What is “this”?"},
                {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}},
            ],
        }
    ],
    "inferenceConfig": {"temperature": 0.5, "stopSequences": ["END"]},
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
@pytest.mark.parametrize("token", [None, "a-session-token"])
def test_a_signed_request_is_equal_to_botocores(
    model: str, operation: str, token: str | None
) -> None:
    credentials = {**KEYS, **({"aws_session_token": token} if token else {})}
    asked = ChatBedrock(model=model, region="us-west-2", credentials=credentials, **SETTINGS)
    ours = sent_by_us(asked, stream=operation == "converse_stream", message=QUESTION)
    wire = {"modelId": model, **WIRE}
    theirs = sent_by_botocore(operation, "us-west-2", wire, ours["content"], None, **credentials)
    assert theirs["headers"]["authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert_equal(ours, theirs)


def test_a_request_with_a_key_is_equal_to_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "a-key-of-bedrock")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    ours = sent_by_us(ChatBedrock(model=MODELS[0], **SETTINGS), stream=True, message=QUESTION)
    wire = {"modelId": MODELS[0], **WIRE}
    theirs = sent_by_botocore("converse_stream", None, wire, ours["content"])
    assert theirs["headers"]["authorization"] == "Bearer a-key-of-bedrock"
    assert_equal(ours, theirs)


def test_headers_of_the_caller_are_signed_as_botocore_signs_them() -> None:
    added: dict[str, Any] = {"x-amzn-bedrock-trace": "ENABLED", "x-team": "goldfish"}
    asked = ChatBedrock(
        model=MODELS[0], region="us-east-1", credentials=KEYS, default_headers=added, **SETTINGS
    )
    ours = sent_by_us(asked, stream=False, message=QUESTION)
    wire = {"modelId": MODELS[0], **WIRE}
    theirs = sent_by_botocore("converse", "us-east-1", wire, ours["content"], added, **KEYS)
    assert "x-team" in theirs["headers"]["authorization"]
    assert_equal(ours, theirs)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:10/below",
        },
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    ],
    ids=["none", "all services", "this service", "FIPS", "dual stack", "both"],
)
def test_the_environment_names_the_same_host(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**environment, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    for name, value in KEYS.items():
        monkeypatch.setenv(name.upper(), value)
    ours = sent_by_us(ChatBedrock(model=MODELS[0], **SETTINGS), stream=False, message=QUESTION)
    theirs = sent_by_botocore("converse", None, {"modelId": MODELS[0], **WIRE}, ours["content"])
    assert_equal(ours, theirs)


def test_every_region_of_botocore_has_the_same_host() -> None:
    session = botocore.session.Session()
    partitions = session.get_available_partitions()
    regions = [
        region
        for partition in partitions
        for region in session.get_available_regions("ec2", partition)
    ]
    assert len(regions) > 30
    for region in regions:
        client = session.create_client("bedrock-runtime", region_name=region, **KEYS)
        assert base_url(region) == client.meta.endpoint_url
