"""Where batch jobs of Bedrock go: the control plane, and S3, beside what botocore asks."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from chat_bedrock import ChatBedrock
from chat_bedrock.client import control_address, storage_address
from chat_bedrock.errors import error_from_response
from chat_core import (
    APIError,
    AuthenticationError,
    InvalidParameterError,
    InvalidRequestError,
    OverloadedError,
    PermissionDeniedError,
)
from chat_core.provider import JobRows, JobState, JobStatus, Operation, Request

KEYS = {"aws_access_key_id": "an-id", "aws_secret_access_key": "a-secret"}
ROLE = "arn:aws:iam::111122223333:role/batch"
ARN = "arn:aws:bedrock:eu-west-1:111122223333:model-invocation-job/abcdefgh1234"


@pytest.mark.parametrize(
    "kind", [{}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}]
)
@pytest.mark.parametrize("region", ["us-west-2", "eu-west-1", "us-gov-west-1"])
def test_the_addresses_are_botocores(
    region: str, kind: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "use_fips_endpoint": "AWS_USE_FIPS_ENDPOINT",
        "use_dualstack_endpoint": "AWS_USE_DUALSTACK_ENDPOINT",
    }
    for name in kind:
        monkeypatch.setenv(variables[name], "true")
    session = botocore.session.Session()
    for service, address in (("bedrock", control_address), ("s3", storage_address)):
        config: Any = Config(**kind)
        client = session.create_client(service, region_name=region, config=config, **KEYS)
        assert address(region) == client.meta.endpoint_url


def test_the_environment_names_other_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2")
    assert control_address("eu-west-1") == "http://127.0.0.1:1"
    assert storage_address("eu-west-1") == "http://127.0.0.1:2"


def test_each_request_is_signed_for_its_service_in_the_region_of_the_models_arn() -> None:
    model = ChatBedrock(
        model="arn:aws:bedrock:eu-west-1:111122223333:inference-profile/perch", credentials=KEYS
    )
    jobs: Any = model.batch_jobs()
    rows = JobRows([], [b"{}"], model.model, "a-name", storage="s3://pond/rows", role=ROLE)
    steps = jobs.submit(rows)
    put = next(steps)
    post = steps.send(None)
    with pytest.raises(StopIteration) as end:
        next(jobs.results({"id": ARN, "answers": "s3://pond/out"}, _OVER, []))
    (file,) = end.value.value
    seen = [_sent(model, operation) for operation in (put, post, file.operation)]
    assert [url for url, _ in seen] == [
        "https://s3.eu-west-1.amazonaws.com/pond/rows/a-name/rows.jsonl",
        "https://bedrock.eu-west-1.amazonaws.com/model-invocation-job",
        "https://s3.eu-west-1.amazonaws.com/pond/out/abcdefgh1234/rows.jsonl.out",
    ]
    for (_, signature), service in zip(seen, ("s3", "bedrock", "s3"), strict=True):
        assert f"/eu-west-1/{service}/aws4_request" in signature


_OVER = JobStatus(JobState.COMPLETED)


def _sent(model: ChatBedrock, operation: Operation[Any]) -> tuple[str, str]:
    transport: Any = model._transport()
    head = transport.operation_head(Request({}, operation=operation))
    return head.url, head.headers["Authorization"]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "NoSuchBucket", InvalidRequestError),
        (403, "AccessDenied", PermissionDeniedError),
        (403, "SignatureDoesNotMatch", AuthenticationError),
        (503, "SlowDown", OverloadedError),
    ],
)
def test_an_error_of_s3_has_its_class_its_code_and_its_words(
    status: int, code: str, kind: type[APIError]
) -> None:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    text = f"{head}<Error><Code>{code}</Code><Message>The pond &amp; its fish</Message></Error>"
    error = error_from_response(status, {}, text.encode())
    assert type(error) is kind
    assert (error.code, error.status) == (code, status)
    assert "S3: The pond & its fish" in str(error)


def test_a_page_of_another_server_is_no_error_of_s3() -> None:
    error = error_from_response(502, {}, b"<html><Code>x</Code></html>")
    assert "<html>" in str(error)


def test_an_answer_without_a_job_and_a_failed_job_are_errors() -> None:
    model = ChatBedrock(model="perch", region="eu-west-1", credentials=KEYS)
    jobs: Any = model.batch_jobs()
    read = next(jobs.status({"id": ARN, "answers": "s3://pond/answers"})).read
    with pytest.raises(Exception, match="names no job"):
        read({"status": "Completed"})
    status = read({"jobArn": ARN, "status": "Failed", "message": "the role may not read"})
    assert status.state is JobState.FAILED
    assert "may not read" in str(status.error)
    with pytest.raises(InvalidParameterError, match="region='us-west-2'"):
        next(jobs.status({"id": ARN.replace("eu-west-1", "us-west-2"), "answers": "s3://x"}))


def test_a_row_that_failed_without_a_message_names_its_code() -> None:
    model = ChatBedrock(model="amazon.nova-lite-v1:0", region="eu-west-1", credentials=KEYS)
    job = {"id": ARN, "answers": "s3://pond/answers"}
    steps = model.batch_jobs().results(job, JobStatus(JobState.COMPLETED), ["r"])
    with pytest.raises(StopIteration) as end:
        next(steps)
    (file,) = end.value.value
    answer = file.operation.read(b'{"recordId": "r", "error": {"errorCode": 429}}')
    assert (answer.id, answer.status) == ("r", 429)
    assert answer.body == {"message": "The row failed (error 429), without a message."}
