"""Shapes in which servers other than OpenAI's describe items, parts and usage on Responses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import AIMessage, HumanMessage, TextBlock, ToolCall, ToolMessage
from chat_core.provider import MessageBuilder, StreamReader, decode_reply
from chat_openai.dialect import CompatibleDialect
from chat_openai.responses_decode import ResponsesDecoder
from chat_openai.responses_encode import encode_input

Event = dict[str, Any]


def event(kind: str, **fields: Any) -> Event:
    return {"type": f"response.{kind}", **fields}


def completed(*output: Any, **fields: Any) -> Event:
    return event("completed", response={"status": "completed", "output": list(output), **fields})


def streamed(*events: Event) -> AIMessage:
    builder = MessageBuilder()
    reader = StreamReader(ResponsesDecoder(CompatibleDialect()))
    for chunk in reader.feed(
        b"".join(b"data: " + json.dumps(e).encode() + b"\n\n" for e in events)
    ):
        builder.add(chunk)
    assert reader.ended
    assert reader.failure is None
    return builder.message()


def whole(**response: Any) -> AIMessage:
    body = json.dumps({"status": "completed", **response}).encode()
    return decode_reply(ResponsesDecoder(CompatibleDialect()), body).to_message()


def thought(summary: str, content: str) -> Event:
    return {
        "type": "reasoning",
        "id": "rs",
        "summary": [{"type": "summary_text", "text": summary}],
        "content": [{"type": "reasoning_text", "text": content}],
    }


def test_reasoning_whose_content_is_streamed_before_its_summary_comes_once() -> None:
    item = thought("short", "long")
    message = streamed(
        event("reasoning_text.delta", item_id="rs", output_index=0, content_index=0, delta="long"),
        event("reasoning_summary_text.delta", item_id="rs", output_index=0, delta="short"),
        event("output_item.done", output_index=0, item=item),
        completed(item),
    )
    assert sorted(block.text for block in message.blocks if block.type == "reasoning") == [
        "long",
        "short",
    ]


def test_reasoning_whose_summary_only_the_final_response_has_comes_once() -> None:
    message = streamed(
        event("reasoning_text.delta", item_id="rs", output_index=0, content_index=0, delta="long"),
        completed(thought("short", "long")),
    )
    assert (message.reasoning.count("long"), message.reasoning.count("short")) == (1, 1)


@pytest.mark.parametrize("with_deltas", [True, False])
def test_a_call_whose_call_id_changes_at_its_end_is_one_call(with_deltas: bool) -> None:
    call = {"type": "function_call", "id": "fc", "name": "pay", "arguments": '{"sum":5}'}
    deltas = event("function_call_arguments.delta", item_id="fc", output_index=0, delta='{"sum":')
    message = streamed(
        event("output_item.added", output_index=0, item={**call, "call_id": "t", "arguments": ""}),
        *([deltas] if with_deltas else []),
        event("output_item.done", output_index=0, item={**call, "call_id": "call_5"}),
        completed({**call, "call_id": "call_5"}),
    )
    assert [(c.name, c.args) for c in message.tool_calls] == [("pay", {"sum": 5})]
    assert not message.invalid_tool_calls


@pytest.mark.parametrize(
    "output",
    [
        [{"type": "message", "content": "hello"}],
        [{"type": "message", "content": ["hello"]}],
        [{"type": "message", "content": [None, "hello"]}],
        [
            {
                "type": "message",
                "content": [{"type": "output_text", "text": "hello", "annotations": [None]}],
            }
        ],
        [{"type": "message", "content": {"type": "output_text", "text": "hello"}}],
        [{"role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}],
        {"type": "message", "content": [{"type": "output_text", "text": "hello"}]},
        [None, "hello"],
    ],
)
def test_text_is_read_however_an_item_holds_it(output: Any) -> None:
    assert whole(output=output).content == "hello"
    assert streamed(event("completed", response={"output": output})).content == "hello"


def test_output_text_is_the_answer_where_no_item_is_listed() -> None:
    assert whole(output_text="hello").content == "hello"
    assert whole(output=[], output_text="hello").content == "hello"
    delta = event("output_text.delta", item_id="m", output_index=0, content_index=0, delta="hello")
    end = event("completed", response={"output": [], "output_text": "hello"})
    assert streamed(delta, end).content == "hello"


def test_a_whole_response_without_an_event_type_ends_a_stream() -> None:
    item = {"type": "message", "content": "hello"}
    message = streamed({"object": "response", "status": "completed", "output": [item]})
    assert message.content == "hello"


def test_output_counts_reasoning_that_the_total_shows_to_be_left_out() -> None:
    usage = {"input_tokens": 10, "output_tokens": 4, "total_tokens": 20}
    message = whole(output=["x"], usage={**usage, "output_tokens_details": {"reasoning_tokens": 6}})
    assert message.usage_metadata is not None
    assert message.usage_metadata["output_tokens"] == 10
    message = whole(output=["x"], usage={**usage, "output_tokens_details": {"reasoning_tokens": 3}})
    assert message.usage_metadata is not None
    assert message.usage_metadata["output_tokens"] == 4


def test_usage_in_the_words_of_chat_completions_is_read() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}
    message = whole(output=["x"], usage=usage)
    assert message.usage_metadata is not None
    assert message.usage_metadata["input_tokens"] == 10
    assert message.usage_metadata["output_tokens"] == 4


def test_extras_of_an_assistant_text_that_the_caller_wrote_are_sent() -> None:
    written = AIMessage([TextBlock("b", extras={"prompt_cache_breakpoint": True})])
    (item,) = encode_input([HumanMessage("a"), written], provider="openai")[1:]
    assert item["content"][0]["prompt_cache_breakpoint"] is True


def test_the_facts_of_an_item_are_not_sent_in_its_parts() -> None:
    extras = {"item_id": "msg_1", "phase": "final"}
    written = AIMessage([TextBlock("b", extras=extras), ToolCall("f", {}, "c")])
    turn: list[Any] = [HumanMessage("a"), written, ToolMessage("r", tool_call_id="c")]
    item = encode_input(turn, provider="openai")[1]
    assert (item["id"], item["phase"]) == ("msg_1", "final")
    assert item["content"] == [{"type": "output_text", "text": "b", "annotations": []}]
