"""Files that the Gemini API keeps: what the answers to the parts of an upload mean."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from chat_core import APIError, MalformedResponseError
from chat_core.provider import LocalFile, Operation
from chat_google_genai import files
from chat_google_genai.files import GeminiFiles

ERROR = {"error": {"code": 400, "message": "no space", "status": "INVALID_ARGUMENT"}}


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[Operation[Any]]:
    """The two parts of an upload of seven bytes."""
    monkeypatch.setattr(files, "_PART", 4)
    version: Any = SimpleNamespace(size=7)
    return list(_parts(LocalFile("pond.pdf", "pond.pdf", "application/pdf", version, "-")))


def _parts(file: LocalFile) -> Iterator[Operation[Any]]:
    store = GeminiFiles("google-genai", base_url="https://pond.example", version="v1beta")
    steps = store.upload(file, ready_timeout=1.0)
    next(steps)
    first = steps.send("https://pond.example/upload")
    assert isinstance(first, Operation)
    yield first
    second = steps.send(first.read(None))
    assert isinstance(second, Operation)
    yield second
    with pytest.raises(StopIteration) as end:
        steps.send(second.read({"file": {"name": "files/pond", "state": "ACTIVE"}}))
    assert end.value.value == "files/pond"


def test_the_answer_to_the_last_part_is_the_file(parts: list[Operation[Any]]) -> None:
    commands = [part.headers["x-goog-upload-command"] for part in parts]
    assert commands == ["upload", "upload, finalize"]


@pytest.mark.parametrize("wire", [None, [], {"file": None}, {"file": {"name": 7}}])
def test_an_answer_to_the_last_part_without_a_file_is_malformed(
    parts: list[Operation[Any]], wire: Any
) -> None:
    with pytest.raises(MalformedResponseError, match="answer"):
        parts[1].read(wire)


def test_an_error_in_the_answer_to_any_part_ends_the_upload(parts: list[Operation[Any]]) -> None:
    for part in parts:
        with pytest.raises(APIError, match="no space"):
            part.read(ERROR)
