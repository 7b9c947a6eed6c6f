"""Several candidates of one generateContent call."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import AIMessageChunk, merge_chunks
from chat_google_genai import ChatGoogleGenerativeAI


def _candidate(index: int, text: str, finish: str | None = None) -> dict[str, Any]:
    wire: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}}
    if index:
        wire["index"] = index
    return {**wire, "finishReason": finish} if finish else wire


def _object(*candidates: dict[str, Any], output: int) -> dict[str, Any]:
    usage = {"promptTokenCount": 3, "candidatesTokenCount": output, "totalTokenCount": 3 + output}
    return {"candidates": [*candidates], "usageMetadata": usage, "responseId": "r-1"}


@pytest.mark.parametrize("is_stream", [False, True])
def test_each_candidate_is_a_message_and_the_counts_come_once(is_stream: bool) -> None:
    whole = _object(_candidate(0, "Salmon", "STOP"), _candidate(1, "Cod", "STOP"), output=8)
    stream = [
        _object(_candidate(0, "Sal"), _candidate(1, "Co"), output=4),
        _object(_candidate(1, "d", "STOP"), output=6),
        _object(_candidate(0, "mon", "STOP"), output=8),
    ]
    answer = sse(stream) if is_stream else json_answer(whole)
    with (
        WireServer([answer]) as server,
        ChatGoogleGenerativeAI(model="gemini-2.5-flash", base_url=server.url, api_key="k") as model,
    ):
        if is_stream:
            chunks: dict[int, list[AIMessageChunk]] = {0: [], 1: []}
            for index, chunk in model.stream_candidates("A fish?", n=2):
                chunks[index].append(chunk)
            first, second = (merge_chunks(chunks[index]).to_message() for index in (0, 1))
        else:
            first, second = model.candidates("A fish?", n=2)
        assert server.requests[0].json["generationConfig"] == {"candidateCount": 2}
    assert (first.content, second.content) == ("Salmon", "Cod")
    assert first.usage_metadata is not None
    assert first.usage_metadata.total_tokens == 11
    assert second.usage_metadata is None
