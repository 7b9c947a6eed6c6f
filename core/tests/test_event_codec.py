"""Events over the wire: JSON lines and Server-Sent Events, there and back."""

from __future__ import annotations

import contextlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from chat_core.chains.parsers import JsonOutputParser
from chat_core.chains.prompts import ChatPromptTemplate
from chat_core.errors import (
    AuthenticationError,
    ChatError,
    InvalidParameterError,
    MalformedResponseError,
    RateLimitError,
)
from chat_core.event_json import (
    EventReader,
    event_from_json,
    event_to_json,
    event_to_sse,
    events_from_sse,
)
from chat_core.messages.blocks import Citation, ImageBlock, ReasoningBlock, TextBlock, ToolCallChunk
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.message import AIMessage
from chat_core.messages.usage import UsageMetadata
from chat_core.testing import FakeChatModel
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

if TYPE_CHECKING:
    from chat_core.runs.events import StreamEvent


def event(data: Any) -> StreamEvent:
    return {
        "event": "on_chain_stream",
        "name": "n",
        "run_id": "r",
        "parent_ids": ["p"],
        "tags": ["t"],
        "metadata": {"a": 1},
        "data": data,
    }


LINE = event_to_json(event(None))


def there_and_back(value: Any) -> Any:
    return event_from_json(event_to_json(event(value)))["data"]


texts = st.text(st.characters())  # lone surrogates too: models send halves of an emoji
extras = st.dictionaries(texts, st.none() | texts | st.integers() | st.lists(texts), max_size=2)
blocks = st.one_of(
    st.builds(TextBlock, texts, index=st.none() | st.integers(0, 3), extras=extras),
    st.builds(TextBlock, texts, st.just((Citation(url="u", extras={"k": [1]}),))),
    st.builds(ReasoningBlock, texts, extras=extras),
    st.builds(ToolCallChunk, st.none() | texts, st.none() | texts, st.none() | texts),
    st.just(ImageBlock(base64="AA==", mime_type="image/png")),
)
chunks = st.builds(
    AIMessageChunk,
    st.lists(blocks, max_size=3),
    id=st.none() | texts,
    additional_kwargs=extras,
    usage_metadata=st.none() | st.builds(UsageMetadata, input_tokens=st.none() | st.integers()),
    response_metadata=extras,
)


@given(chunks)
def test_message_chunks_survive_exactly(chunk: AIMessageChunk) -> None:
    back = there_and_back({"chunk": chunk})["chunk"]
    assert back == chunk
    assert repr(back) == repr(chunk)


@given(chunks, st.integers(1, 50))
def test_a_stream_of_events_survives_wherever_its_bytes_are_cut(
    chunk: AIMessageChunk, size: int
) -> None:
    sent = [event({"chunk": chunk}), event({"output": "x", "input": {"q": [1, None, True, 1.5]}})]
    data = b": ping\n\n" + b"".join(map(event_to_sse, sent))
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert list(events_from_sse(pieces)) == sent


def test_every_event_of_a_real_chain_survives() -> None:
    model = FakeChatModel(responses=['{"a": [1, 2]}'])
    chain = ChatPromptTemplate([("system", "s"), ("human", "{x}")]) | model | JsonOutputParser()
    events = list(chain.stream_events({"x": "q"}))
    assert [event_from_json(event_to_json(one)) for one in events] == events


def test_a_line_is_one_line_of_ascii() -> None:
    line = event_to_json(event({"chunk": AIMessageChunk("é\n\u2028\ud83d")}))
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert event_to_sse(event("x")).startswith(b"event: on_chain_stream\ndata: {")
    assert event_to_sse(event("x")).endswith(b"}\n\n")


def test_a_dict_that_looks_like_a_marked_one_comes_back_as_it_was() -> None:
    for value in ({"__type__": "AIMessage"}, {"a": {"__type__": {"__type__": "Dict"}}}):
        assert there_and_back(value) == value


def test_an_error_comes_back_as_what_it_was() -> None:
    error = RateLimitError(
        "slow", provider="p", status=429, retry_after=2.0, partial=AIMessage("half")
    )
    back = there_and_back({"error": error})["error"]
    assert type(back) is RateLimitError
    assert back.__dict__ == error.__dict__
    assert str(back) == str(error)
    malformed = MalformedResponseError("bad", wire="<html>", status=200)
    assert there_and_back(malformed).wire == "<html>"


def test_an_error_that_is_not_ours_comes_back_as_a_chat_error_that_names_it() -> None:
    back = there_and_back({"error": KeyError("k")})["error"]
    assert type(back) is ChatError
    assert str(back) == "KeyError: 'k'"


def test_no_error_class_outside_the_tree_is_revived() -> None:
    line = event_to_json(event({"error": AuthenticationError("x")}))
    forged = line.replace("AuthenticationError", "class_for_status")
    assert type(event_from_json(forged)["data"]["error"]) is ChatError


def test_other_objects_come_back_as_plain_data() -> None:
    class Joke(BaseModel):
        setup: str

    value = {"joke": Joke(setup="s"), "day": date(2025, 1, 2), "pair": (1, 2)}
    assert there_and_back(value) == {
        "joke": {"setup": "s"},
        "day": "2025-01-02",
        "pair": [1, 2],
    }


@pytest.mark.parametrize("value", [object(), {1: 2}, lambda: None, b"\xff"])
def test_what_has_no_json_is_refused(value: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"in an event's data|of a dict in an event"):
        event_to_json(event(value))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"event": "x"}',
        json.dumps({**event(None), "data": {"__type__": "AIMessage", "type": "nope"}}),
        json.dumps({**event(None), "data": {"__type__": "Dict"}}),
    ],
)
def test_a_line_without_an_event_is_refused(line: str) -> None:
    with pytest.raises(InvalidParameterError, match="Not an event in JSON"):
        event_from_json(line)
    with pytest.raises(InvalidParameterError, match="Not an event in JSON"):
        EventReader().feed(f"data: {line or 'x'}\n\n".encode())


@pytest.mark.parametrize(
    "data",
    [
        '{"__type__": "Dict", "items": 3}',
        '{"__type__": "Dict"}',
        '{"__type__": "PromptValue", "messages": 3}',
        '{"__type__": "PromptValue"}',
        '{"__type__": "Error", "class": null, "message": "m", "facts": {}}',
        '{"__type__": "Error", "class": "ChatError", "message": 3, "facts": {}}',
        '{"__type__": "Error", "class": "ChatError", "message": "m", "facts": "x"}',
        '{"__type__": "Error", "class": "__doc__"}',
        '{"__type__": "HumanMessage", "type": "human", "blocks": [{"type": "image"}]}',
        '{"__type__": "HumanMessage", "type": {}}',
        '{"__type__": {}}',
        '[{"__type__": false}]',
    ],
)
def test_an_object_of_ours_in_a_wrong_shape_is_refused(data: str) -> None:
    """Events may come from another process: none raises anything but our own errors."""
    with pytest.raises(ChatError):
        event_from_json(LINE.replace("null", data, 1))


@pytest.mark.parametrize("depth", [150, 400, 950, 20_000])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
def test_data_of_any_depth_is_read_or_refused(depth: int, start: str, end: str) -> None:
    """No depth ends in a ``RecursionError``, which is not an error of this library."""
    with contextlib.suppress(ChatError):
        event_from_json(LINE.replace("null", start * depth + "1" + end * depth))
    deep: Any = 1
    for _ in range(depth):
        deep = [deep]
    with contextlib.suppress(ChatError):
        event_to_json(event(deep))
