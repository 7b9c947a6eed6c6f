"""Batch jobs on Azure, Vertex AI and Bedrock: what they ask for beside rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_storage_vendors import FACTORIES, VARIABLES
from batch_vendors import Vendor
from chat_batch.jobs import BatchJob, submit
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError, get_chat_model

ROWS = [{"id": n, "input": f"Name fish {n}."} for n in (1, 2, 3)]


@pytest.fixture(autouse=True)
def own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restores the variables that vendors set, so that no test sends to another's server."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "")


def model_at(vendor: Vendor, server: WireServer, **settings: Any) -> Any:
    given = {**vendor.settings_at(server.url), **settings}
    return get_chat_model(f"{vendor.provider}:{vendor.model}", **given)


def test_a_job_of_azure_belongs_to_the_resource_and_names_the_deployment() -> None:
    vendor = FACTORIES["azure-openai"]()
    with vendor.server() as server:
        job = submit(model_at(vendor, server, azure_deployment="pond-batch"), ROWS[:1])
        assert [request.path for request in vendor.requests] == ["/openai/files", "/openai/batches"]
        assert vendor.requests[0].headers["api-key"] == "a-key"
        assert vendor.rows[0]["body"]["model"] == "pond-batch"
        assert vendor.rows[0]["url"] == "/v1/chat/completions"
        below = model_at(vendor, server, base_url=f"{server.url}/openai/deployments/pond-batch")
        below = below.bind(azure_endpoint=None)
        assert submit(below, ROWS[:1]).id == job.id
        assert vendor.requests[-1].path == "/openai/batches"


def test_a_job_of_azure_takes_a_token_of_entra() -> None:
    vendor = FACTORIES["azure-openai"]()
    with vendor.server() as server:
        settings: Any = {"azure_ad_token_provider": lambda: "a-token", "api_key": None}
        with submit(model_at(vendor, server, **settings, api="responses"), ROWS[:1]):
            assert vendor.rows[0]["url"] == "/v1/responses"
    sent = {request.headers["authorization"] for request in vendor.requests}
    assert sent == {"Bearer a-token"}


def test_the_file_of_a_job_of_azure_has_its_address_and_its_version(tmp_path: Path) -> None:
    vendor = FACTORIES["azure-openai"]()
    with vendor.server() as server:
        submit(model_at(vendor, server), ROWS).save(tmp_path / "job.json")
    settings = json.loads((tmp_path / "job.json").read_text())["settings"]
    assert settings["azure_endpoint"] == server.url
    assert settings["api_version"] == "2025-04-01-preview"
    assert "a-key" not in settings.values()


@pytest.mark.parametrize(
    "storage",
    [
        None,
        "pond/rows",
        "s3://pond/rows",
        "gs://",
        "gs://pond/a b",
        "gs://pond/?x=1",
        "gs://pond/../x",
        7,
    ],
)
def test_a_vendor_that_reads_a_bucket_needs_one(storage: Any) -> None:
    vendor = FACTORIES["google-vertexai"]()
    with vendor.server() as server, pytest.raises(InvalidParameterError) as seen:
        submit(model_at(vendor, server), ROWS, storage=storage)
    assert "storage='gs://BUCKET/FOLDER'" in str(seen.value)
    assert vendor.requests == []


def test_a_job_of_vertex_keeps_ids_and_labels_that_are_no_labels_of_google() -> None:
    vendor = FACTORIES["google-vertexai"]()
    rows = [{"id": "Perch_A", "input": "Hi"}, {"id": "p" * 64, "input": "Hi"}]
    with vendor.server() as server:
        model = model_at(vendor, server, labels={"team": "fish"})
        job = submit(model, rows, storage="gs://pond")
        sent = [row["request"]["labels"] for row in vendor.rows]
        assert all(labels["team"] == "fish" for labels in sent)
        values = [labels["chat-batch-row"] for labels in sent]
        assert all(len(value) <= 63 and value == value.lower() for value in values)
        job.wait(poll=0.01)
        assert {result.id for result in job.results()} == {"Perch_A", "p" * 64}
    assert vendor.requests[0].query["name"].endswith("/rows.jsonl")


def test_vertex_refuses_jobs_of_other_publishers_and_of_express_mode_by_name() -> None:
    for model in (
        "anthropic/claude-x",
        "endpoints/12",
        "publishers/meta/models/llama",
        "models/12",
    ):
        with pytest.raises(InvalidParameterError, match=r"cannot have batch jobs.*chat batch"):
            submit(f"google-vertexai:{model}", ROWS, storage="gs://pond")
    with pytest.raises(InvalidParameterError, match=r"express mode.*chat batch"):
        submit("google-vertexai:gemini-x", ROWS, storage="gs://pond", api_key="a-key")


@pytest.fixture
def bedrock() -> Iterator[tuple[Vendor, Any]]:
    vendor = FACTORIES["bedrock"]()
    with vendor.server() as server:
        yield vendor, model_at(vendor, server)


def test_a_job_of_bedrock_names_its_role_its_folders_and_converse(
    bedrock: tuple[Any, Any],
) -> None:
    vendor, model = bedrock
    job = submit(model, ROWS, **vendor.places())
    assert job.id == vendor.arn
    made = vendor.made
    assert made["roleArn"] == vendor.role
    assert made["modelId"] == "perch-1"
    assert made["modelInvocationType"] == "Converse"
    folder = f"s3://pond/rows/{made['jobName']}"
    assert made["inputDataConfig"]["s3InputDataConfig"]["s3Uri"] == f"{folder}/rows.jsonl"
    assert [request.method for request in vendor.requests] == ["PUT", "POST"]
    assert vendor.requests[0].path == f"{folder.removeprefix('s3:/')}/rows.jsonl"


def test_the_requests_for_a_job_of_bedrock_are_of_botocores_model(bedrock: tuple[Any, Any]) -> None:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel
    from botocore.validate import ParamValidator

    vendor, model = bedrock
    submit(model, ROWS, **vendor.places())
    service = ServiceModel(Loader().load_service_model("bedrock", "service-2"))
    shape = service.operation_model("CreateModelInvocationJob").input_shape
    assert not ParamValidator().validate(vendor.made, shape).has_errors()
    assert vendor.made.keys() <= shape.members.keys()


def test_a_job_of_bedrock_that_has_answered_nothing_gives_each_row_an_error(
    bedrock: tuple[Any, Any],
) -> None:
    vendor, model = bedrock
    vendor.default = ("lost", "")
    job = submit(model, ROWS, **vendor.places())
    vendor.states = ["Stopped"]
    assert [str(result.error) for result in job.results()] == [
        "The vendor has no answer to this row; its job is cancelled. (bedrock, code job_cancelled)"
    ] * 3


def test_bedrock_refuses_a_job_without_role_with_a_key_and_at_a_host_of_answers_alone(
    bedrock: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, model = bedrock
    with pytest.raises(InvalidParameterError, match="needs a role: pass role="):
        submit(model, ROWS, storage="s3://pond/rows")
    wrong: list[Any] = ["batch", 7, "arn:aws:iam::111122223333:user/me"]
    for role in wrong:
        with pytest.raises(InvalidParameterError, match="role is the ARN of a role"):
            submit(model, ROWS, storage="s3://pond/rows", role=role)
    with pytest.raises(InvalidParameterError, match=r"no API key of Bedrock.*chat batch"):
        submit("bedrock:perch-1", ROWS, **vendor.places(), api_key="a-key")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", "")
    with pytest.raises(InvalidParameterError, match="AWS_ENDPOINT_URL_BEDROCK"):
        submit(model.bind(base_url="http://127.0.0.1:9"), ROWS, **vendor.places())
    assert vendor.requests == []


def test_a_job_of_bedrock_in_another_region_is_named(bedrock: tuple[Any, Any]) -> None:
    vendor, model = bedrock
    job = BatchJob(model.bind(region="eu-west-1"), {"id": vendor.arn, "answers": "s3://x/y"}, [1])
    with pytest.raises(InvalidParameterError, match="in 'us-east-1' and the model in 'eu-west-1'"):
        job.status()


@pytest.mark.parametrize(
    ("name", "kept"), [("google-vertexai", {"project": "p1"}), ("bedrock", {"region": "us-east-1"})]
)
def test_the_file_of_a_job_has_its_place_and_no_credentials(
    name: str, kept: dict[str, str], tmp_path: Path
) -> None:
    vendor = FACTORIES[name]()
    with vendor.server() as server:
        model = model_at(vendor, server)
        submit(model, ROWS, **vendor.places()).save(tmp_path / "job.json")
    text = (tmp_path / "job.json").read_text()
    settings = json.loads(text)["settings"]
    assert settings.items() >= kept.items()
    assert not any(secret in text for secret in ("a-token", "a-secret", "an-id"))


def test_storage_and_role_are_refused_where_the_vendor_keeps_the_rows() -> None:
    with pytest.raises(InvalidParameterError, match="'groq' needs no storage"):
        submit("groq:perch-1", ROWS, storage="gs://pond/rows")
    with pytest.raises(InvalidParameterError, match="'groq' takes no role"):
        submit("groq:perch-1", ROWS, role="arn:aws:iam::1:role/x")
