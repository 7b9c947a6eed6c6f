"""Several candidates by Chat Completions: one request, one message each, the counts once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import (
    AIMessage,
    AIMessageChunk,
    InvalidParameterError,
    RunnableLambda,
    StreamInterruptedError,
    merge_chunks,
)
from chat_core.provider import ModelMiddleware, wrap_model
from chat_openai import ChatOpenAI, ChatOpenAICompatible

Call = Callable[..., Any]

_USAGE = {"prompt_tokens": 3, "completion_tokens": 8, "total_tokens": 11}
_HEAD = {"id": "c-1", "model": "m-1", "object": "chat.completion.chunk"}


def _choice(index: int, text: str = "", finish: str | None = None) -> dict[str, Any]:
    delta = {"content": text} if text else {}
    return {"index": index, "delta": delta, "finish_reason": finish}


def _frame(*choices: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {**_HEAD, "choices": [*choices], **top}


STREAM: list[dict[str, Any] | str] = [
    _frame(_choice(0, "Sal")),
    _frame(_choice(1, "Co")),
    _frame(_choice(1, "d"), _choice(0, "mon")),
    _frame(_choice(0, finish="stop")),
    _frame(_choice(1, finish="length")),
    _frame(usage=_USAGE),
    "[DONE]",
]
WHOLE: dict[str, Any] = {
    **_HEAD,
    "usage": _USAGE,
    "choices": [
        {"index": 1, "message": {"content": "Cod"}, "finish_reason": "length"},
        {"index": 0, "message": {"content": "Salmon"}, "finish_reason": "stop"},
    ],
}


def _model(server: WireServer) -> ChatOpenAICompatible:
    return ChatOpenAICompatible(model="m", base_url=f"{server.url}/v1", max_retries=0)


def _whole(model: ChatOpenAICompatible) -> list[AIMessage]:
    return model.candidates("A fish?", n=2)


def _awhole(model: ChatOpenAICompatible) -> list[AIMessage]:
    return asyncio.run(model.acandidates("A fish?", n=2))


def _streamed(model: ChatOpenAICompatible) -> list[AIMessage]:
    return _merged([*model.stream_candidates("A fish?", n=2)])


def _astreamed(model: ChatOpenAICompatible) -> list[AIMessage]:
    async def read() -> list[tuple[int, AIMessageChunk]]:
        return [pair async for pair in model.astream_candidates("A fish?", n=2)]

    return _merged(asyncio.run(read()))


def _merged(pairs: list[tuple[int, AIMessageChunk]]) -> list[AIMessage]:
    by_index: dict[int, list[AIMessageChunk]] = {}
    for index, chunk in pairs:
        by_index.setdefault(index, []).append(chunk)
    return [merge_chunks(by_index[index]).to_message() for index in sorted(by_index)]


@pytest.mark.parametrize("ask", [_whole, _awhole, _streamed, _astreamed])
def test_each_candidate_is_a_message_and_the_counts_come_once(ask: Call) -> None:
    is_stream = ask in (_streamed, _astreamed)
    answer = sse(STREAM) if is_stream else json_answer(WHOLE, headers={"x-request-id": "r-1"})
    with WireServer([answer]) as server, _model(server) as model:
        first, second = ask(model)
        assert server.requests[0].json["n"] == 2
    assert (first.content, first.finish_reason) == ("Salmon", "stop")
    assert (second.content, second.finish_reason) == ("Cod", "length")
    counted = [message for message in (first, second) if message.usage_metadata is not None]
    assert len(counted) == 1
    assert counted[0].usage_metadata is not None
    assert counted[0].usage_metadata.total_tokens == 11
    assert first.response_metadata["model_name"] == "m-1" == second.response_metadata["model_name"]
    if not is_stream:
        assert first.response_metadata["request_id"] == "r-1"
        assert second.response_metadata["request_id"] == "r-1"


def test_chunks_of_candidates_come_in_the_order_of_the_wire() -> None:
    with WireServer([sse(STREAM)]) as server, _model(server) as model:
        pairs = [
            (index, chunk.content)
            for index, chunk in model.stream_candidates("A fish?", n=2)
            if chunk.content
        ]
    assert pairs == [(0, "Sal"), (1, "Co"), (1, "d"), (0, "mon")]


def test_a_stream_in_which_one_candidate_has_no_end_is_interrupted() -> None:
    with (
        WireServer([sse(STREAM[:4])]) as server,
        _model(server) as model,
        pytest.raises(StreamInterruptedError) as caught,
    ):
        [*model.stream_candidates("A fish?", n=2)]
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Salmon"


def test_fewer_candidates_than_asked_for_are_those_that_came() -> None:
    alone = {**WHOLE, "choices": WHOLE["choices"][1:]}
    with WireServer([json_answer(alone)]) as server, _model(server) as model:
        (message,) = model.candidates("A fish?", n=2)
    assert message.content == "Salmon"


def test_one_stream_left_early_closes_its_connection() -> None:
    with WireServer([sse(STREAM)]) as server, _model(server) as model:
        pairs = model.stream_candidates("A fish?", n=2)
        assert next(pairs)[0] == 0
        pairs.close()
        assert [*pairs] == []


def test_responses_has_no_candidates() -> None:
    with pytest.raises(InvalidParameterError, match=r"cannot ask for several candidates.*batch"):
        ChatOpenAI(model="gpt-5", api="responses").candidates("Hi", n=2)


@pytest.mark.parametrize("n", [0, -1, True, "2", None])
def test_a_number_that_is_none_is_refused_by_name(n: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"\bn\b"):
        ChatOpenAI(model="gpt-4o").candidates("Hi", n=n)


def test_n_as_a_setting_is_refused_and_points_at_candidates() -> None:
    model = ChatOpenAI(model="gpt-4o", api_key="k", model_kwargs={"n": 2})
    with pytest.raises(InvalidParameterError, match=r"candidates\(input, n=2\)"):
        model.invoke("Hi")


@pytest.mark.parametrize("ask", [_whole, _awhole, _streamed, _astreamed])
def test_a_call_for_candidates_is_one_run_of_the_first(ask: Call) -> None:
    is_stream = ask in (_streamed, _astreamed)
    with (
        WireServer([sse(STREAM) if is_stream else json_answer(WHOLE)]) as server,
        _model(server) as model,
    ):
        events = [*RunnableLambda(lambda _: len(ask(model))).stream_events("go", version="v2")]
    ends = [event for event in events if event["event"] == "on_chat_model_end"]
    assert len(ends) == 1
    assert ends[0]["data"]["output"].content == "Salmon"
    assert events[-1]["data"]["output"] == 2


def test_a_model_with_middleware_refuses_candidates() -> None:
    model = wrap_model(ChatOpenAI(model="gpt-4o", api_key="k"), ModelMiddleware())
    with pytest.raises(InvalidParameterError, match="middleware"):
        model.candidates("Hi", n=2)
