"""Files that vendors keep, uploaded through each installed package."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from chat_conformance.http_answers import Answer, json_answer
from chat_conformance.wire_server import WireServer
from chat_core import (
    APITimeoutError,
    AuthenticationError,
    ChatModel,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    MalformedResponseError,
    ModelNotFoundError,
    TextBlock,
    get_chat_model,
)

CONTENT = b"%PDF-1.4\r\n\x00\xff of ponds"


@dataclass(frozen=True)
class Vendor:
    """Where one vendor keeps files, and what of an upload it wants."""

    model: str
    path: str
    purpose: str | None
    file: str
    settings: dict[str, Any] = field(default_factory=dict)

    def make(self, server: WireServer, **settings: Any) -> ChatModel:
        """The model, at ``server``."""
        given = {"base_url": server.url, "api_key": "a-key", "max_retries": 0}
        return get_chat_model(self.model, **{**given, **self.settings, **settings})


VENDORS = [
    Vendor("openai:gpt-4o-mini", "/files", "user_data", "file-7"),
    Vendor("openai:gpt-4o-mini", "/files", "user_data", "file-7", {"api": "responses"}),
    Vendor("azure-openai:my-gpt", "/files", "assistants", "file-7", {"api_version": "2026-01-01"}),
    Vendor("openai-compatible:pond", "/files", "user_data", "file-7"),
    Vendor("mistralai:mistral-small-latest", "/v1/files", "ocr", "7f-3"),
    Vendor("anthropic:claude-haiku-4-5", "/v1/files", None, "file_7"),
]

vendors = pytest.mark.parametrize("vendor", VENDORS, ids=lambda v: f"{v.model}{v.settings}"[:40])


def upload_sync(model: ChatModel, path: Path, **given: Any) -> FileBlock:
    with model:
        return model.upload(path, **given)


def upload_async(model: ChatModel, path: Path, **given: Any) -> FileBlock:
    async def run() -> FileBlock:
        async with model:
            return await model.aupload(path, **given)

    return asyncio.run(run())


Upload = Callable[..., FileBlock]


@pytest.fixture(params=[upload_sync, upload_async], ids=["sync", "async"])
def upload(request: pytest.FixtureRequest) -> Upload:
    chosen: Upload = request.param
    return chosen


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "ponds.pdf"
    made.write_bytes(CONTENT)
    return made


def parts_of(request: Any) -> dict[str, Any]:
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + request.body).get_payload()
    return {part.get_param("name", header="content-disposition"): part for part in parts}


@vendors
def test_a_file_is_uploaded_and_named_by_its_id(vendor: Vendor, upload: Upload, path: Path) -> None:
    with WireServer([json_answer({"id": vendor.file})]) as server:
        block = upload(vendor.make(server), path)
        (request,) = server.requests
    assert block == FileBlock(
        file_id=vendor.file,
        provider=vendor.model.partition(":")[0],
        mime_type="application/pdf",
        name="ponds.pdf",
    )
    assert (request.method, request.path) == ("POST", vendor.path)
    parts = parts_of(request)
    assert parts["file"].get_payload(decode=True) == CONTENT
    assert parts["file"].get_filename() == "ponds.pdf"
    purpose = parts["purpose"].get_payload() if "purpose" in parts else None
    assert purpose == vendor.purpose


@pytest.mark.parametrize(
    ("keeper", "asked"),
    [
        ("openai", "azure-openai:my-gpt"),
        ("azure-openai", "openai:gpt-4o-mini"),
        ("google-genai", "google-vertexai:gemini-2.5-flash"),
        ("anthropic", "mistralai:mistral-small-latest"),
    ],
)
def test_each_provider_has_a_store_of_its_own(keeper: str, asked: str) -> None:
    block = FileBlock(file_id="file-7", provider=keeper, mime_type="application/pdf")
    given = {"api_version": "2026-01-01"} if "azure" in asked else {}
    model = get_chat_model(asked, base_url="http://127.0.0.1:9", api_key="a-key", **given)
    with pytest.raises(InvalidParameterError, match=f"kept by '{keeper}'"):
        model.invoke([HumanMessage([block])])


@vendors
def test_a_file_is_deleted(vendor: Vendor) -> None:
    answers = [json_answer({"id": vendor.file, "deleted": True}), Answer(status=204)]
    with WireServer(answers) as server, vendor.make(server) as model:
        model.delete_file(FileBlock(file_id=vendor.file))
        asyncio.run(model.adelete_file(f"{vendor.file}/models"))
        with pytest.raises(InvalidParameterError, match="is no id of a file"):
            model.delete_file(f"{vendor.file}/../models")
        first, second = server.requests
    assert (first.method, first.path) == ("DELETE", f"{vendor.path}/{vendor.file}")
    assert second.path == f"{vendor.path}/{vendor.file}%2Fmodels"


@vendors
def test_an_uploaded_file_is_named_in_a_message(vendor: Vendor) -> None:
    with WireServer([json_answer({"error": {"message": "no"}}, 400)]) as server:
        file = FileBlock(file_id=vendor.file, mime_type="application/pdf", name="ponds.pdf")
        with pytest.raises(InvalidRequestError):
            vendor.make(server).invoke([HumanMessage([file, TextBlock("Sum this up")])])
        (request,) = server.requests
    assert vendor.file in request.body.decode()


@pytest.mark.parametrize("vendor", [VENDORS[0], VENDORS[2]], ids=["openai", "azure"])
@pytest.mark.parametrize(
    "image",
    [
        FileBlock(file_id="file-7", mime_type="image/png"),
        FileBlock(file_id="file-7", name="pond.png"),
        ImageBlock(file_id="file-7"),
    ],
)
def test_chat_completions_of_openai_takes_no_image_by_its_id(
    vendor: Vendor, image: FileBlock | ImageBlock
) -> None:
    with WireServer([]) as server:
        name = type(image).__name__
        with pytest.raises(InvalidParameterError, match=rf"{name}.*base64.*api='responses'"):
            vendor.make(server).invoke([HumanMessage([image])])
        assert not server.requests


def test_mistral_and_compatible_servers_take_an_image_where_a_file_stands() -> None:
    for vendor in (VENDORS[3], VENDORS[4]):
        with WireServer([json_answer({"error": {"message": "no"}}, 400)]) as server:
            image = FileBlock(file_id="file-7", mime_type="image/png")
            with pytest.raises(InvalidRequestError):
                vendor.make(server).invoke([HumanMessage([image])])
            assert server.requests[0].json["messages"][0]["content"][0]["type"] == "file"


def test_responses_takes_an_uploaded_image_as_an_image() -> None:
    with WireServer([json_answer({"error": {"message": "no"}}, 400)]) as server:
        model = VENDORS[1].make(server)
        with pytest.raises(InvalidRequestError):
            model.invoke([HumanMessage([FileBlock(file_id="file-7", mime_type="image/png")])])
        (request,) = server.requests
    assert request.json["input"][0]["content"] == [{"type": "input_image", "file_id": "file-7"}]


@vendors
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (json_answer({"error": {"message": "no key"}}, 401), AuthenticationError),
        (json_answer({"error": {"message": "too large"}}, 413), InvalidRequestError),
        (json_answer({}), MalformedResponseError),
        (json_answer({"id": None}), MalformedResponseError),
        (json_answer([1]), MalformedResponseError),
        (Answer(body=b"<html>"), MalformedResponseError),
    ],
)
def test_a_refused_upload_is_an_error_of_our_tree(
    vendor: Vendor, answer: Answer, kind: type[Exception], path: Path
) -> None:
    with WireServer([answer]) as server, vendor.make(server) as model, pytest.raises(kind):
        model.upload(path)


@vendors
def test_a_file_that_is_not_there_cannot_be_deleted(vendor: Vendor) -> None:
    answer = json_answer({"error": {"message": "No such file"}}, 404)
    with (
        WireServer([answer]) as server,
        vendor.make(server) as model,
        pytest.raises(ModelNotFoundError, match="No such file"),
    ):
        model.delete_file("gone")


def test_anthropic_wants_a_beta_word_for_uploads_and_for_messages(path: Path) -> None:
    refused = json_answer({"error": {"type": "invalid_request_error", "message": "no"}}, 400)
    with WireServer([json_answer({"id": "file_7"}), json_answer({}), refused]) as server:
        model = get_chat_model(
            "anthropic:claude-haiku-4-5",
            base_url=server.url,
            api_key="a-key",
            betas=["pond-2026-01-01"],
        )
        with model:
            file = model.upload(path)
            model.delete_file(file)
            with pytest.raises(InvalidRequestError):
                model.invoke([HumanMessage([file])])
        words = [request.headers["anthropic-beta"] for request in server.requests]
    assert words == ["pond-2026-01-01,files-api-2025-04-14"] * 3


def test_anthropic_is_given_a_name_that_it_takes(path: Path) -> None:
    with WireServer([json_answer({"id": "file_7"})] * 2) as server:
        model = get_chat_model("anthropic:claude-haiku-4-5", base_url=server.url, api_key="a-key")
        with model:
            assert model.upload(path, name='<a>:"b"|?*\\/\n.pdf').name == '<a>:"b"|?*\\/\n.pdf'
            model.upload(path, name="f" * 300 + ".pdf")
        names = [parts_of(request)["file"].get_filename() for request in server.requests]
    assert names == ["_a___b_______.pdf", "f" * 251 + ".pdf"]


def test_azure_keeps_files_beside_deployments(path: Path) -> None:
    with WireServer([json_answer({"id": "file-7"})]) as server:
        model = get_chat_model(
            "azure-openai:my-gpt",
            base_url=f"{server.url}/openai/deployments/my-gpt",
            api_key="a-key",
            api_version="2026-01-01",
        )
        with model:
            model.upload(path)
        (request,) = server.requests
    assert (request.path, request.query) == ("/openai/files", {"api-version": "2026-01-01"})


REFUSED = {
    "groq:llama-3.3-70b-versatile": "ImageBlock.from_path",
    "fireworks:accounts/fireworks/models/llama-v3p1-8b-instruct": "ImageBlock.from_path",
    "ollama:llama3.2": "ImageBlock.from_path",
    "google-vertexai:gemini-2.5-flash": "gs://",
    "bedrock:amazon.nova-lite-v1:0": "s3://",
    "deepseek:deepseek-chat": "from_path",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_vendor_that_keeps_no_files_says_what_serves(name: str, path: Path) -> None:
    model = get_chat_model(name, api_key="a-key")
    for refused in (
        lambda: model.upload(path),
        lambda: asyncio.run(model.aupload(path)),
        lambda: model.delete_file("file-7"),
    ):
        with pytest.raises(InvalidParameterError) as raised:
            refused()
        assert name.partition(":")[0] in str(raised.value)
        assert REFUSED[name] in str(raised.value)


def gemini(server: WireServer, **settings: Any) -> ChatModel:
    given = {"base_url": server.url, "api_key": "a-key", "max_retries": 0, **settings}
    return get_chat_model("google-genai:gemini-2.5-flash", **given)


def started(address: str = "https://pond.example/upload/here?upload_id=7") -> Answer:
    return json_answer({}, headers={"x-goog-upload-url": address})


def kept(state: str, **facts: Any) -> dict[str, Any]:
    return {"name": "files/pond-7", "uri": "https://pond.example/f", "state": state, **facts}


def test_gemini_takes_a_file_in_parts_and_is_waited_for(
    upload: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat_google_genai.files._PART", 1000)
    monkeypatch.setattr("chat_google_genai.files._LONGEST_PAUSE", 0.01)
    content = bytes(range(250)) * 10
    path = tmp_path / "pond.mp4"
    path.write_bytes(content)
    answers = [
        started(),
        *[Answer(headers={"x-goog-upload-status": "active"})] * 2,
        json_answer({"file": kept("PROCESSING")}),
        *[json_answer(kept("PROCESSING"))] * 2,
        json_answer(kept("ACTIVE")),
    ]
    with WireServer(answers) as server:
        block = upload(gemini(server), path)
        start, *parts = server.requests[:4]
        asked = server.requests[4:]
    assert block == FileBlock(
        file_id="files/pond-7", provider="google-genai", mime_type="video/mp4", name="pond.mp4"
    )
    assert (start.method, start.path) == ("POST", "/upload/v1beta/files")
    assert start.json == {"file": {"displayName": "pond.mp4", "mimeType": "video/mp4"}}
    assert start.headers["x-goog-upload-protocol"] == "resumable"
    assert start.headers["x-goog-upload-header-content-length"] == "2500"
    assert {(part.path, part.query["upload_id"]) for part in parts} == {("/upload/here", "7")}
    assert b"".join(part.body for part in parts) == content
    assert [part.headers["x-goog-upload-offset"] for part in parts] == ["0", "1000", "2000"]
    commands = [part.headers["x-goog-upload-command"] for part in parts]
    assert commands == ["upload", "upload", "upload, finalize"]
    assert [(one.method, one.path) for one in asked] == [("GET", "/v1beta/files/pond-7")] * 3


def test_gemini_s_wait_has_an_end(path: Path) -> None:
    answers = [started(), json_answer({"file": kept("PROCESSING")})]
    answers += [json_answer(kept("PROCESSING"))] * 3
    with WireServer(answers) as server, gemini(server) as model:
        with pytest.raises(APITimeoutError, match=r"ready_timeout.*delete_file\('files/pond-7'\)"):
            model.upload(path, ready_timeout=0.05)
        assert 2 <= len(server.requests) <= 3  # 2 on a machine that pauses before the first look


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        (
            [started(), json_answer({"file": kept("FAILED", error={"message": "not a film"})})],
            InvalidRequestError,
            "not a film",
        ),
        ([started(), json_answer({"file": kept("FAILED")})], InvalidRequestError, "no reason"),
        ([json_answer({})], MalformedResponseError, "no address"),
        ([started(), json_answer({})], MalformedResponseError, "name"),
        ([started(), Answer()], MalformedResponseError, "upload"),
        (
            [json_answer({"error": {"code": 400, "message": "bad type"}}, 400)],
            InvalidRequestError,
            "bad type",
        ),
    ],
)
def test_a_file_that_gemini_does_not_keep_is_an_error(
    answers: list[Answer], kind: type[Exception], words: str, path: Path
) -> None:
    with WireServer(answers) as server, gemini(server) as model, pytest.raises(kind, match=words):
        model.upload(path)


@pytest.mark.parametrize(
    "file", ["files/pond-7", "pond-7", "https://pond.example/v1beta/files/pond-7"]
)
def test_gemini_deletes_a_file_by_any_of_its_names(file: str) -> None:
    with WireServer([json_answer({})]) as server, gemini(server) as model:
        model.delete_file(file)
        (request,) = server.requests
    assert (request.method, request.path) == ("DELETE", "/v1beta/files/pond-7")
