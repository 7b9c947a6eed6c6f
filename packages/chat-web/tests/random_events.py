"""Random events of answers: blocks of every kind in any order, models and tools that overlap."""

from __future__ import annotations

from typing import Any

from chat_core import (
    AIMessage,
    AIMessageChunk,
    AudioBlock,
    Block,
    Citation,
    FileBlock,
    ImageBlock,
    InvalidToolCall,
    NonStandardBlock,
    RateLimitError,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    StreamEvent,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
    UsageMetadata,
)
from hypothesis import strategies as st

texts = st.sampled_from(["", "Gold", "fish ", "\n", "é", "\ud83d", "data: x\n\n", "日本"])
indexes = st.sampled_from([None, 0, 1, 2])
ids = st.sampled_from([None, "", "call-1", "call_a", "call_b"])
names = st.sampled_from([None, "weather", "search"])
arguments = st.sampled_from([None, "", "{", '{"city":', '"Bern"}', '{"city":"Bern"}', "}"])
objects = st.sampled_from([{}, {"city": "Bern"}, {"n": 1.5, "nested": {"a": [None]}}])
extras = st.sampled_from([{}, {}, {"signature": "abc"}])
citations = st.sampled_from(
    [(), (Citation(url="https://a.org", title="A"), Citation(title="Book", cited_text="x"))]
)


def _block(cls: type, **fields: Any) -> st.SearchStrategy[Any]:
    return st.builds(cls, **fields)


blocks: st.SearchStrategy[Block] = st.one_of(
    _block(TextBlock, text=texts, citations=citations, index=indexes, extras=extras),
    _block(TextBlock, text=texts, index=indexes),
    _block(ReasoningBlock, text=texts, index=indexes, extras=extras),
    _block(RefusalBlock, text=texts, index=indexes),
    _block(ToolCallChunk, name=names, args=arguments, id=ids, index=indexes, extras=extras),
    _block(ToolCallChunk, name=names, args=arguments, id=ids, index=indexes),
    _block(ToolCall, name=st.just("weather"), args=objects, id=ids, index=indexes),
    _block(InvalidToolCall, name=names, args=st.just("{"), id=ids, index=indexes),
    _block(ServerToolCall, name=st.just("web_search"), args=objects, id=ids, index=indexes),
    _block(
        ServerToolResult,
        content=objects,
        tool_call_id=ids,
        name=st.sampled_from([None, "web_search"]),
        status=st.sampled_from(["success", "error"]),
        index=indexes,
    ),
    _block(ImageBlock, base64=st.just("aGk="), mime_type=st.just("image/png"), index=indexes),
    _block(AudioBlock, base64=st.just("aGk="), index=indexes),
    _block(ImageBlock, url=st.just("https://a.org/fish.png?x=1")),
    _block(FileBlock, file_id=st.just("file-1")),
    _block(NonStandardBlock, value=objects, index=indexes),
)

facts = st.fixed_dictionaries(
    {},
    optional={
        "finish_reason": st.sampled_from(
            ["stop", "length", "tool_calls", "refusal", "pause", "error", "other"]
        ),
        "model_provider": st.just("groq"),
        "model_name": st.just("llama"),
    },
)
usage = st.none() | st.builds(
    UsageMetadata, input_tokens=st.sampled_from([None, 3]), output_tokens=st.just(4)
)
chunks = st.builds(
    AIMessageChunk,
    content=st.lists(blocks, max_size=3),
    id=st.sampled_from([None, None, "answer-1", "answer-2"]),
    usage_metadata=usage,
    response_metadata=facts,
)
results = st.one_of(
    objects,
    st.just("sunny"),
    st.builds(
        ToolMessage,
        content=st.sampled_from(
            ["sunny", '{"sky": "blue"}', [TextBlock("see"), ImageBlock("https://a.org/x")]]
        ),
        tool_call_id=st.sampled_from(["", "call_a", "call_b", "call-1"]),
        status=st.sampled_from(["success", "error"]),
    ),
)
errors = st.sampled_from([RateLimitError("Too many."), ValueError("secret")])
runs = st.sampled_from(["run-1", "run-2", "run-3"])
parents = st.lists(runs, max_size=2, unique=True)


def _event(event: str, data: st.SearchStrategy[Any], name: str = "x") -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "event": st.just(event),
            "name": st.just(name),
            "run_id": runs,
            "parent_ids": parents,
            "tags": st.just([]),
            "metadata": st.sampled_from([{}, {"ls_provider": "groq", "ls_model_name": "llama"}]),
            "data": data,
        }
    )


def _data(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(fields)


outputs = st.builds(AIMessage, content=st.lists(blocks, max_size=3), response_metadata=facts)
events: st.SearchStrategy[StreamEvent] = st.one_of(
    _event("on_chat_model_start", _data()),
    _event("on_chat_model_stream", _data(chunk=chunks)),
    _event("on_chat_model_stream", _data(chunk=chunks)),
    _event("on_chat_model_stream", _data(chunk=chunks)),
    _event("on_chat_model_end", _data(output=outputs | chunks)),
    _event("on_chat_model_error", _data(error=errors)),
    _event("on_tool_start", _data(input=objects | st.just("Bern")), "weather"),
    _event("on_tool_end", _data(output=results), "weather"),
    _event("on_tool_error", _data(error=errors, tool_call_id=ids), "weather"),
    _event(
        "on_custom_event",
        objects | st.just([{"op": "add", "path": "/a", "value": 1}]),
        "STATE_DELTA",
    ),
    _event("on_custom_event", objects, "progress"),
    _event("on_chain_stream", _data(chunk=texts), "chain"),
)
streams = st.lists(events, max_size=12)
"""Events in any order, as no well-behaved chain would send them."""


def answer_events(found: list[AIMessageChunk], run_id: str = "run-1") -> list[StreamEvent]:
    """The events of one whole answer of a model."""

    def event(name: str, data: Any) -> StreamEvent:
        return {
            "event": f"on_chat_model_{name}",
            "name": "model",
            "run_id": run_id,
            "parent_ids": [],
            "tags": [],
            "metadata": {},
            "data": data,
        }

    streamed = [event("stream", {"chunk": chunk}) for chunk in found]
    return [event("start", {}), *streamed, event("end", {"output": None})]
