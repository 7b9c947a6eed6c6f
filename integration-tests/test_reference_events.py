"""The reference event logs, reproduced over a real socket by ``ChatOpenAI``, sync and async.

The README beside the logs defines what is compared and what is not: the order and the facts of
all events but empty chunks; what each run's chunks join to; ``data`` of starts and ends; ``ls_*``
and the scenario's own metadata. Where branches run side by side only the order within one run
counts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.http_answers import Answer, sse
from chat_conformance.recordings import recordings_dir
from chat_conformance.wire_server import WireServer
from chat_core import (
    AIMessageChunk,
    ChatPromptTemplate,
    PromptValue,
    Runnable,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    StrOutputParser,
)
from chat_core.messages.message import BaseMessage
from chat_openai import ChatOpenAI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chat_core import StreamEvent

NAMES = (
    "include_types",
    "lambda_async_inside",
    "model",
    "model_config",
    "parallel",
    "prompt_model",
    "prompt_model_str",
    "tools",
)
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}


def completion(*deltas: dict[str, Any], finish: str = "stop") -> Answer:
    """A Chat Completions stream: the deltas, the finish, the usage."""

    def wire(**fields: Any) -> dict[str, Any]:
        return {"id": "c1", "object": "chat.completion.chunk", "model": "gpt-4o-mini"} | fields

    def choice(delta: dict[str, Any], finish: str | None = None) -> list[dict[str, Any]]:
        return [{"index": 0, "delta": delta, "finish_reason": finish}]

    frames = [wire(choices=choice(delta)) for delta in deltas]
    frames += [wire(choices=choice({}, finish)), wire(choices=[], usage=USAGE)]
    return sse([*frames, "[DONE]"])


def text_answer() -> Answer:
    words = [{"content": word} for word in ("Hello", " gold", "fish")]
    return completion({"role": "assistant", "content": ""}, *words)


def tools_answer() -> Answer:
    def call(index: int, args: str, **start: Any) -> dict[str, Any]:
        function = {"arguments": args} | ({"name": "add"} if start else {})
        return {"tool_calls": [{"index": index, "function": function, **start}]}

    return completion(
        {"role": "assistant", "content": None},
        call(0, "", id="call_1", type="function"),
        call(0, '{"a": 2,'),
        call(0, ' "b": 3}'),
        call(1, "", id="call_2", type="function"),
        call(1, '{"a": 1, "b": 1}'),
        finish="tool_calls",
    )


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def scenario(name: str, model: ChatOpenAI, *, is_async: bool) -> Runnable[Any, Any]:
    """The runnable of one log."""
    prompt = ChatPromptTemplate([("system", "You are a poet."), ("human", "Write about {topic}")])
    if name in ("prompt_model_str", "include_types"):
        return prompt | model | StrOutputParser()
    if name == "prompt_model":
        return prompt | model
    if name == "parallel":
        branch = prompt | model | StrOutputParser()
        return RunnableParallel(a=branch, b=RunnablePassthrough())
    if name == "lambda_async_inside":
        return RunnableLambda(inside(model, is_async=is_async)) | StrOutputParser()
    if name == "tools":
        return model.bind_tools([add])
    if name == "model_config":
        named = model.with_config(run_name="poet", tags=["t1"], metadata={"a": "b"})
        return named.bind(stop=["END"])
    return model


def inside(model: ChatOpenAI, *, is_async: bool) -> Any:
    async def acall_inside(text: str) -> str:
        answer = await model.ainvoke(f"inside: {text}")
        return answer.content.upper()

    def call_inside(text: str) -> str:
        return model.invoke(f"inside: {text}").content.upper()

    call_inside.__name__ = "acall_inside"  # the log's name for it
    return acall_inside if is_async else call_inside


def normal(value: Any) -> Any:
    """A value as the logs write it."""
    if isinstance(value, BaseMessage):
        written: dict[str, Any] = {"message": type(value).__name__, "content": value.content}
        if isinstance(value, AIMessageChunk) and value.tool_call_chunks:
            written["tool_call_chunks"] = [
                {"name": c.name, "args": c.args, "id": c.id, "index": c.index}
                for c in value.tool_call_chunks
            ]
        return written
    if isinstance(value, PromptValue):
        return {"prompt": [normal(message) for message in value.messages]}
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return value


def written(events: list[StreamEvent]) -> list[dict[str, Any]]:
    """Events as the logs write them: run ids numbered in the order of their first appearance."""
    numbers: dict[str, int] = {}

    def number(run_id: str) -> int:
        return numbers.setdefault(run_id, len(numbers))

    return [
        {
            "event": event["event"],
            "name": event["name"],
            "run": number(event["run_id"]),
            "parents": [number(parent) for parent in event["parent_ids"]],
            "tags": event["tags"],
            "metadata": event["metadata"],
            "data": normal(event["data"]),
        }
        for event in events
    ]


def brings_something(event: dict[str, Any]) -> bool:
    """Whether an event counts: every start and end does, and every chunk that is not empty."""
    if not event["event"].endswith("_stream"):
        return True
    chunk = event["data"]["chunk"]
    if isinstance(chunk, dict) and "message" in chunk:
        return bool(chunk["content"] or chunk.get("tool_call_chunks"))
    return chunk not in ("", {"a": ""}, {"b": ""})


def facts(event: dict[str, Any]) -> dict[str, Any]:
    """What must be equal of one event."""
    kept = dict(event)
    if event["event"].endswith("_stream"):
        kept.pop("data")
    return kept


def joined(events: list[dict[str, Any]]) -> dict[int, list[Any]]:
    """What the chunks of each run bring, in order: text, or what is not text."""
    content: dict[int, list[Any]] = defaultdict(list)
    for event in events:
        if event["event"].endswith("_stream"):
            chunk = event["data"]["chunk"]
            is_message = isinstance(chunk, dict) and "message" in chunk
            content[event["run"]].append(chunk["content"] if is_message else chunk)
            if is_message:
                content[event["run"]] += chunk.get("tool_call_chunks", [])
    return {
        run: ["".join(pieces)] if all(isinstance(p, str) for p in pieces) else by_branch(pieces)
        for run, pieces in content.items()
    }


def by_branch(pieces: list[Any]) -> list[Any]:
    """Chunks of parallel branches sorted by branch; the order among branches is random."""
    return sorted(pieces, key=lambda piece: next(iter(piece)) if isinstance(piece, dict) else "")


def check(events: list[StreamEvent], log: dict[str, Any], name: str) -> None:
    got = [event for event in written(events) if brings_something(event)]
    wanted = [event for event in log["events"] if brings_something(event)]
    if name == "parallel":
        got, wanted = by_run(got), by_run(wanted)
    assert list(map(facts, got)) == list(map(facts, wanted))
    assert joined(got) == joined(wanted)


def by_run(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events sorted by run, a run known by where it stands rather than by when it came."""
    names = {event["run"]: (event["name"], tuple(event["tags"])) for event in events}
    order = {run: place for place, run in enumerate(sorted(names, key=lambda run: names[run]))}
    moved = [
        {**event, "run": order[event["run"]], "parents": [order[p] for p in event["parents"]]}
        for event in events
    ]
    return sorted(moved, key=lambda event: event["run"])


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture
def log(name: str) -> dict[str, Any]:
    recordings = recordings_dir()
    if recordings is None or not (recordings.parent / "events").is_dir():
        pytest.skip("no folder of event logs beside the recordings: set CHAT_RECORDINGS")
    log: dict[str, Any] = json.loads((recordings.parent / "events" / f"{name}.json").read_text())
    return log


@pytest.fixture
def model(name: str) -> Iterator[ChatOpenAI]:
    with WireServer(tools_answer() if name == "tools" else text_answer()) as server:
        model = ChatOpenAI(
            model="gpt-4o-mini", temperature=0.0, api_key="k", base_url=f"{server.url}/v1"
        )
        with model:
            yield model


async def test_async_events_equal_the_log(
    name: str, log: dict[str, Any], model: ChatOpenAI
) -> None:
    runnable = scenario(name, model, is_async=True)
    async with model:
        stream = runnable.astream_events(log["input"], version="v2", **log["filters"])
        events = [event async for event in stream]
    check(events, log, name)


def test_sync_events_equal_the_log(name: str, log: dict[str, Any], model: ChatOpenAI) -> None:
    runnable = scenario(name, model, is_async=False)
    check(list(runnable.stream_events(log["input"], version="v2", **log["filters"])), log, name)
