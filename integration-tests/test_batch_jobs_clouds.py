"""Batch jobs on Azure, Vertex AI and Bedrock: what they ask for beside rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_batch import BadRowError
from chat_batch.jobs import BatchJob, JobState, submit
from chat_conformance import declared
from chat_conformance.job_servers import Unanswered
from chat_conformance.job_trial import JobTrial
from chat_conformance.modes import SyncMode
from chat_core import InvalidParameterError

ROWS = [{"id": n, "input": f"Name fish {n}."} for n in (1, 2, 3)]


def trial_of(subject: Any) -> JobTrial:
    return JobTrial(subject, SyncMode())


@pytest.fixture
def azure() -> Iterator[JobTrial]:
    with trial_of(declared.AzureOpenAI) as trial:
        yield trial


@pytest.fixture
def vertex() -> Iterator[JobTrial]:
    with trial_of(declared.GoogleVertexAI) as trial:
        yield trial


@pytest.fixture
def bedrock() -> Iterator[JobTrial]:
    with trial_of(declared.Bedrock) as trial:
        yield trial


def test_a_job_of_azure_belongs_to_the_resource_and_names_the_deployment(azure: JobTrial) -> None:
    server = azure.server
    job = azure.submit(ROWS[:1], azure.new_model(azure_deployment="pond-batch"))
    assert [request.path for request in server.requests] == ["/openai/files", "/openai/batches"]
    assert server.requests[0].headers["api-key"] == "a-key"
    assert server.rows[0]["body"]["model"] == "pond-batch"
    assert server.rows[0]["url"] == "/v1/chat/completions"
    address = f"{azure.url}/openai/deployments/pond-batch"
    below = azure.new_model(azure_endpoint=None, base_url=address)
    assert azure.submit(ROWS[:1], below).id == job.id
    assert server.requests[-1].path == "/openai/batches"


def test_a_job_of_azure_takes_a_token_of_entra(azure: JobTrial) -> None:
    settings: Any = {"azure_ad_token_provider": lambda: "a-token", "api_key": None}
    azure.submit(ROWS[:1], azure.new_model(**settings, api="responses"))
    assert azure.server.rows[0]["url"] == "/v1/responses"
    sent = {request.headers["authorization"] for request in azure.server.requests}
    assert sent == {"Bearer a-token"}


def test_the_file_of_a_job_of_azure_has_its_address_and_its_version(
    azure: JobTrial, tmp_path: Path
) -> None:
    azure.submit(ROWS).save(tmp_path / "job.json")
    settings = json.loads((tmp_path / "job.json").read_text())["settings"]
    assert settings["azure_endpoint"] == azure.url
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
def test_a_vendor_that_reads_a_bucket_needs_one(vertex: JobTrial, storage: Any) -> None:
    with pytest.raises(InvalidParameterError) as seen:
        submit(vertex.model, ROWS, storage=storage)
    assert "storage='gs://BUCKET/FOLDER'" in str(seen.value)
    assert vertex.server.requests == []


def test_a_job_of_vertex_keeps_ids_and_labels_that_are_no_labels_of_google(
    vertex: JobTrial,
) -> None:
    rows = [{"id": "Perch_A", "input": "Hi"}, {"id": "p" * 64, "input": "Hi"}]
    model = vertex.new_model(labels={"team": "fish"})
    job = submit(model, rows, storage="gs://pond")
    sent = [row["request"]["labels"] for row in vertex.server.rows]
    assert all(labels["team"] == "fish" for labels in sent)
    values = [labels["chat-batch-row"] for labels in sent]
    assert all(len(value) <= 63 and value == value.lower() for value in values)
    vertex.server.state = JobState.COMPLETED
    assert {result.id for result in job.results()} == {"Perch_A", "p" * 64}
    assert vertex.server.requests[0].query["name"].endswith("/rows.jsonl")


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


def test_a_job_of_bedrock_names_its_role_its_folders_and_converse(bedrock: JobTrial) -> None:
    server: Any = bedrock.server
    job = bedrock.submit(ROWS)
    assert job.id == server.arn
    made = server.made
    assert made["roleArn"] == server.role
    assert made["modelId"] == declared.Bedrock.model_id.partition(":")[2]
    assert made["modelInvocationType"] == "Converse"
    folder = f"s3://pond/rows/{made['jobName']}"
    assert made["inputDataConfig"]["s3InputDataConfig"]["s3Uri"] == f"{folder}/rows.jsonl"
    assert [request.method for request in server.requests] == ["PUT", "POST"]
    assert server.requests[0].path == f"{folder.removeprefix('s3:/')}/rows.jsonl"


def test_the_requests_for_a_job_of_bedrock_are_of_botocores_model(bedrock: JobTrial) -> None:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel
    from botocore.validate import ParamValidator

    server: Any = bedrock.server
    bedrock.submit(ROWS)
    service = ServiceModel(Loader().load_service_model("bedrock", "service-2"))
    shape = service.operation_model("CreateModelInvocationJob").input_shape
    assert not ParamValidator().validate(server.made, shape).has_errors()
    assert server.made.keys() <= shape.members.keys()


def test_a_job_of_bedrock_that_has_answered_nothing_gives_each_row_an_error(
    bedrock: JobTrial,
) -> None:
    bedrock.server.default = Unanswered.MISSING
    job = bedrock.submit(ROWS)
    bedrock.server.state = JobState.CANCELLED
    assert [str(result.error) for result in job.results()] == [
        "The vendor has no answer to this row; its job is cancelled. (bedrock, code job_cancelled)"
    ] * 3


def test_a_row_of_bedrock_takes_no_tools_and_no_schema(bedrock: JobTrial) -> None:
    schema = {"title": "Fish", "type": "object", "properties": {"name": {"type": "string"}}}
    chains = [
        bedrock.model.bind_tools([schema]),
        bedrock.model.with_structured_output(schema, method="json_schema"),
    ]
    for chain in chains:
        with pytest.raises(BadRowError, match=r"row 1: .*take neither tools nor a schema"):
            submit(chain, ROWS, **bedrock.server.places)
    assert bedrock.server.requests == []


def test_bedrock_refuses_a_job_without_role_with_a_key_and_at_a_host_of_answers_alone(
    bedrock: JobTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = bedrock.server.places
    with pytest.raises(InvalidParameterError, match="needs a role: pass role="):
        submit(bedrock.model, ROWS, storage="s3://pond/rows")
    wrong: list[Any] = ["batch", 7, "arn:aws:iam::111122223333:user/me"]
    for role in wrong:
        with pytest.raises(InvalidParameterError, match="role is the ARN of a role"):
            submit(bedrock.model, ROWS, storage="s3://pond/rows", role=role)
    with pytest.raises(InvalidParameterError, match=r"no API key of Bedrock.*chat batch"):
        submit("bedrock:perch-1", ROWS, **places, api_key="a-key")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", "")
    with pytest.raises(InvalidParameterError, match="AWS_ENDPOINT_URL_BEDROCK"):
        submit(bedrock.new_model(base_url="http://127.0.0.1:9"), ROWS, **places)
    assert bedrock.server.requests == []


def test_a_job_of_bedrock_in_another_region_is_named(bedrock: JobTrial) -> None:
    server: Any = bedrock.server
    model: Any = bedrock.new_model(region="eu-west-1")
    job = BatchJob(model, {"id": server.arn, "answers": "s3://x/y"}, [1])
    with pytest.raises(InvalidParameterError, match="in 'us-east-1' and the model in 'eu-west-1'"):
        job.status()


@pytest.mark.parametrize(
    ("subject", "kept"),
    [(declared.GoogleVertexAI, {"project": "p1"}), (declared.Bedrock, {"region": "us-east-1"})],
)
def test_the_file_of_a_job_has_its_place_and_no_credentials(
    subject: Any, kept: dict[str, str], tmp_path: Path
) -> None:
    with trial_of(subject) as trial:
        trial.submit(ROWS).save(tmp_path / "job.json")
    text = (tmp_path / "job.json").read_text()
    settings = json.loads(text)["settings"]
    assert settings.items() >= kept.items()
    assert not any(secret in text for secret in ("a-token", "a-secret", "an-id"))


@pytest.mark.parametrize("subject", [declared.GoogleVertexAI, declared.Bedrock])
def test_a_file_of_a_job_without_the_place_of_its_answers_is_refused(
    subject: Any, tmp_path: Path
) -> None:
    path = tmp_path / "job.json"
    with trial_of(subject) as trial:
        trial.submit(ROWS).save(path)
        value = json.loads(path.read_text())
        del value["job"]["answers"]
        path.write_text(json.dumps(value))
        model: Any = trial.model
        with pytest.raises(InvalidParameterError, match="its 'job' does not name a job"):
            BatchJob.load(path, model=model)


def test_storage_and_role_are_refused_where_the_vendor_keeps_the_rows() -> None:
    with pytest.raises(InvalidParameterError, match="'groq' needs no storage"):
        submit("groq:perch-1", ROWS, storage="gs://pond/rows")
    with pytest.raises(InvalidParameterError, match="'groq' takes no role"):
        submit("groq:perch-1", ROWS, role="arn:aws:iam::1:role/x")
