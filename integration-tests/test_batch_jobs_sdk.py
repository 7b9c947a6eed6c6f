"""The vendors' SDKs make the same requests for a batch job, and know the same states of one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any, get_args

import pytest
from chat_batch.jobs import JobState
from chat_conformance import declared
from chat_conformance.job_trial import JobTrial
from chat_conformance.modes import SyncMode
from chat_conformance.wire_connection import Request
from chat_core import get_chat_model

ROWS = [{"id": n, "input": f"Name fish {n}."} for n in (1, 2, 3)]


def content(trial: JobTrial) -> bytes:
    """The rows that were submitted, as a file."""
    return b"\n".join(json.dumps(row).encode() for row in trial.server.rows)


def by_openai(trial: JobTrial, client: Any = None) -> None:
    import openai

    client = client or openai.OpenAI(api_key="a-key", base_url=f"{trial.url}/v1")
    file = client.files.create(file=("rows.jsonl", io.BytesIO(content(trial))), purpose="batch")
    endpoint = trial.server.rows[0]["url"]
    batch = client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h")
    client.batches.cancel(batch.id)
    trial.server.state = JobState.COMPLETED
    client.files.content(client.batches.retrieve(batch.id).output_file_id)


def by_azure(trial: JobTrial) -> None:
    import openai

    version = "2025-04-01-preview"
    client = openai.AzureOpenAI(api_key="a-key", azure_endpoint=trial.url, api_version=version)
    by_openai(trial, client)


def by_groq(trial: JobTrial) -> None:
    import groq

    client = groq.Groq(api_key="a-key", base_url=trial.url)
    file = client.files.create(file=("rows.jsonl", io.BytesIO(content(trial))), purpose="batch")
    assert file.id is not None
    endpoint: Any = trial.server.rows[0]["url"]
    batch = client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h")
    client.batches.cancel(batch.id)
    trial.server.state = JobState.COMPLETED
    found = client.batches.retrieve(batch.id)
    assert found.output_file_id is not None
    client.files.content(found.output_file_id)


def by_anthropic(trial: JobTrial) -> None:
    import anthropic

    client = anthropic.Anthropic(api_key="a-key", base_url=trial.url)
    rows: Any = trial.server.rows
    batch = client.messages.batches.create(requests=rows)
    client.messages.batches.cancel(batch.id)
    trial.server.state = JobState.COMPLETED
    client.messages.batches.retrieve(batch.id)
    lines = list(client.messages.batches.results(batch.id))
    assert [line.result.type for line in lines] == ["succeeded"] * 3


def by_mistral(trial: JobTrial) -> None:
    from mistralai.client import Mistral

    client = Mistral(api_key="a-key", server_url=trial.url)
    rows: Any = {"file_name": "rows.jsonl", "content": content(trial)}
    file = client.files.upload(file=rows, purpose="batch")
    name = declared.MistralAI.model_id.partition(":")[2]
    job = client.batch.jobs.create(
        input_files=[file.id], model=name, endpoint="/v1/chat/completions"
    )
    client.batch.jobs.cancel(job_id=job.id)
    trial.server.state = JobState.COMPLETED
    found = client.batch.jobs.get(job_id=job.id)
    assert isinstance(found.output_file, str)
    client.files.download(file_id=found.output_file).read()


def by_google(trial: JobTrial) -> None:
    from google import genai

    version: Any = {"base_url": trial.url, "api_version": "v1beta"}  # as in the vendor's pages
    client = genai.Client(api_key="a-key", http_options=version)
    name = declared.GoogleGenAI.model_id.partition(":")[2]
    rows: Any = [{"contents": "Name a fish.", "metadata": {"key": "1"}}]
    job = client.batches.create(model=name, src=rows)
    assert job.name is not None
    client.batches.cancel(name=job.name)
    trial.server.state = JobState.COMPLETED
    found = client.batches.get(name=job.name)
    assert found.state is not None
    assert found.state.name == "JOB_STATE_SUCCEEDED"
    assert found.dest is not None
    answers = found.dest.inlined_responses or []
    assert [answer.response is not None for answer in answers] == [True]


def by_botocore(trial: JobTrial) -> None:
    import botocore.session
    from botocore.config import Config

    server: Any = trial.server
    session = botocore.session.get_session()
    place: Any = {"region_name": "us-east-1", "endpoint_url": trial.url}
    by_path = Config(s3={"addressing_style": "path"})
    s3 = session.create_client("s3", config=by_path, **place)
    s3.put_object(Bucket="pond", Key="rows/rows.jsonl", Body=content(trial))
    bedrock = session.create_client("bedrock", **place)
    arn = bedrock.create_model_invocation_job(**server.made)["jobArn"]
    bedrock.stop_model_invocation_job(jobIdentifier=arn)
    trial.server.state = JobState.COMPLETED
    bedrock.get_model_invocation_job(jobIdentifier=arn)
    file = f"{server.made['outputDataConfig']['s3OutputDataConfig']['s3Uri']}abcdefgh1234"
    s3.get_object(Bucket="pond", Key=f"{file.removeprefix('s3://pond/')}/rows.jsonl.out")


def sent(requests: Iterable[Request]) -> set[tuple[str, str]]:
    """Methods and paths of requests; those for objects in a bucket without their names."""
    paths = ((each.method, each.path) for each in requests)
    return {(method, "/pond" if path.startswith("/pond/") else path) for method, path in paths}


@pytest.mark.parametrize(
    ("subject", "by_sdk"),
    [
        (declared.OpenAI, by_openai),
        (declared.OpenAIResponses, by_openai),
        (declared.AzureOpenAI, by_azure),
        (declared.Groq, by_groq),
        (declared.Anthropic, by_anthropic),
        (declared.MistralAI, by_mistral),
        (declared.GoogleGenAI, by_google),
        (declared.Bedrock, by_botocore),
    ],
    ids=lambda value: value.__name__,
)
def test_the_sdk_makes_the_same_requests(subject: Any, by_sdk: Callable[[JobTrial], None]) -> None:
    with JobTrial(subject, SyncMode()) as trial:
        job = trial.submit(ROWS)
        trial.cancel(job)
        trial.server.state = JobState.COMPLETED
        trial.results(job)
        ours = sent(trial.server.requests)
        trial.server.requests.clear()
        trial.server.state = JobState.WAITING
        by_sdk(trial)
        assert sent(trial.server.requests) == ours


def words(annotation: Any) -> set[str]:
    """The words in a ``Literal``, also one within a union."""
    found = get_args(annotation)
    texts = {word for word in found if isinstance(word, str)}
    return texts.union(*(words(each) for each in found if not isinstance(each, str)))


def known(model: str, **settings: Any) -> set[str]:
    """The words for states that the provider's jobs know."""
    made: Any = get_chat_model(model, **settings)
    return set(made.batch_jobs().states)


def test_every_word_of_the_sdks_for_a_state_is_known() -> None:
    from anthropic.types.messages import MessageBatch
    from botocore.loaders import Loader
    from botocore.model import ServiceModel
    from google.genai.types import JobState as GoogleState
    from groq.types import BatchRetrieveResponse
    from mistralai.client.models import BatchJobStatus
    from openai.types import Batch

    service = ServiceModel(Loader().load_service_model("bedrock", "service-2"))
    assert words(Batch.model_fields["status"].annotation) == known("openai:m")
    assert words(BatchRetrieveResponse.model_fields["status"].annotation) == known("groq:m")
    assert words(BatchJobStatus) == known("mistralai:m")
    assert words(MessageBatch.model_fields["processing_status"].annotation) == {
        *("in_progress", "canceling", "ended")
    }
    invocation = service.shape_for("ModelInvocationJobStatus")
    assert set(invocation.enum) == known("bedrock:m", region="us-east-1")
    google = {word.value.removeprefix("JOB_STATE_") for word in GoogleState}
    read_as_running = {"UNSPECIFIED", "PAUSED", "UPDATING"}
    assert google - known("google-genai:m") == read_as_running
    assert google - known("google-vertexai:m", project="p1") == read_as_running
