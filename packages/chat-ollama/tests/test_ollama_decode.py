"""Answers as chunks: order of blocks, calls, reasons, counts, and what is no answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import (
    ContextLengthExceededError,
    InvalidToolCall,
    MalformedResponseError,
    OverloadedError,
    ReasoningBlock,
    ServerError,
    StreamInterruptedError,
    TextBlock,
    ToolCall,
)
from chat_core.provider import StreamReader, decode_reply
from chat_ollama.decode import OllamaDecoder
from ollama_wire import TIME, done, failure, lines, message, piece, read, whole


def call(name: str, arguments: Any, **fields: Any) -> dict[str, Any]:
    return {**fields, "function": {"name": name, "arguments": arguments}}


def test_thinking_text_and_calls_keep_their_order() -> None:
    answer = message(
        piece(thinking="Two "),
        piece(thinking="fish."),
        piece(content="I "),
        piece(content="count."),
        piece(tool_calls=[call("count", {"what": "fish"}, id="c-1")]),
        piece(thinking="Again."),
        piece(content="Two."),
        done(),
    )
    assert [(type(b), getattr(b, "text", None)) for b in answer.blocks] == [
        (ReasoningBlock, "Two fish."),
        (TextBlock, "I count."),
        (ToolCall, None),
        (ReasoningBlock, "Again."),
        (TextBlock, "Two."),
    ]


def test_an_answer_that_comes_whole_is_the_same_streamed_or_not() -> None:
    """Older servers send everything at once when tools are offered."""
    wire = {
        **done(prompt_eval_count=5, eval_count=6),
        "message": {
            "role": "assistant",
            "content": "Look.",
            "thinking": "Hm.",
            "tool_calls": [call("look", {"at": "fish"})],
        },
    }
    assert message(wire) == whole(wire)
    assert [type(b) for b in whole(wire).blocks] == [ReasoningBlock, TextBlock, ToolCall]


def test_a_stream_that_nobody_asked_for_is_read_as_a_whole_answer() -> None:
    streamed = lines(piece(content="Fi"), piece(content="sh"), done())
    assert decode_reply(OllamaDecoder("m"), streamed).content == "Fish"


@pytest.mark.parametrize("index", [{}, {"index": 0}])
def test_calls_with_one_index_stay_apart(index: dict[str, int]) -> None:
    """BerriAI/litellm#33678: arguments that were merged by index are no JSON."""
    first, second = call("read", {"path": "a"}), call("read", {"path": "b"})
    for each in (first, second):
        each["function"] |= index
    for objects in ([piece(tool_calls=[first, second])], [piece(tool_calls=[first])] * 2):
        answer = message(*objects, done())
        assert len(answer.tool_calls) == 2
        assert len({made.id for made in answer.tool_calls}) == 2


def test_an_id_of_the_server_is_kept_and_a_missing_one_is_stable() -> None:
    named = piece(tool_calls=[call("f", {"a": 1}, id="call_7")])
    bare = piece(tool_calls=[call("f", {"a": 1})])
    later = {**bare, "created_at": "2026-02-03T04:09:00Z"}
    assert [c.id for c in message(named, done()).tool_calls] == ["call_7"]
    ids = [message(each, done()).tool_calls[0].id for each in (bare, bare, later)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("arguments", "read_as"),
    [
        ({"deep": [{"ü": None}]}, {"deep": [{"ü": None}]}),
        ('{"as": "text"}', {"as": "text"}),
        ({"json": '{"stays": "text"}'}, {"json": '{"stays": "text"}'}),
        ({}, {}),
        (None, {}),
    ],
)
def test_arguments_are_what_was_sent(arguments: Any, read_as: dict[str, Any]) -> None:
    (made,) = message(piece(tool_calls=[call("f", arguments)]), done()).tool_calls
    assert made.args == read_as


@pytest.mark.parametrize("arguments", [[1], '{"cut', 7])
def test_arguments_that_are_no_object_make_no_call(arguments: Any) -> None:
    answer = message(piece(tool_calls=[call("f", arguments)]), done())
    assert answer.tool_calls == []
    assert [type(b) for b in answer.blocks] == [InvalidToolCall]


@pytest.mark.parametrize(
    ("reason", "has_call", "ours"),
    [
        ("stop", False, "stop"),
        ("stop", True, "tool_calls"),
        ("length", False, "length"),
        ("length", True, "length"),
        (None, False, "other"),
        (None, True, "tool_calls"),
        ("load", False, "other"),
        ("unload", False, "other"),
        ("of tomorrow", False, "other"),
    ],
)
def test_each_reason_has_its_meaning(reason: str | None, has_call: bool, ours: str) -> None:
    calls = [piece(tool_calls=[call("f", {})])] if has_call else []
    answer = message(*calls, done(reason))
    assert answer.finish_reason == ours
    assert answer.response_metadata.get("raw_finish_reason") == reason


def test_an_answer_may_follow_the_loading_of_the_model() -> None:
    answer = message(done("load"), piece(content="Hi"), done())
    assert (answer.content, answer.finish_reason) == ("Hi", "stop")


def test_nothing_is_read_behind_the_end() -> None:
    assert message(piece(content="Hi"), done(), piece(content=" ignored")).content == "Hi"


def test_the_last_object_may_lack_the_message() -> None:
    end = {"model": "minnow:1b", "done": True, "done_reason": "stop", "eval_count": 2}
    answer = message(piece(content="Hi"), end)
    assert (answer.content, answer.finish_reason) == ("Hi", "stop")
    assert answer.usage_metadata is not None
    assert answer.usage_metadata.output_tokens == 2


def test_counts_and_durations_are_those_of_the_last_object() -> None:
    answer = message(
        piece(content="Hi"),
        done(prompt_eval_count=26, eval_count=298, total_duration=9, load_duration=1),
    )
    usage = answer.usage_metadata
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (26, 298, None)
    metadata = answer.response_metadata
    assert (metadata["total_duration"], metadata["load_duration"]) == (9, 1)
    assert metadata["model_name"] == "minnow:1b"
    assert metadata["created_at"] == TIME


def test_a_count_that_is_left_out_is_unknown() -> None:
    """The server leaves out a count of zero, as for a prompt that it still had."""
    usage = message(done(eval_count=3)).usage_metadata
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (None, 3)
    assert message(done()).usage_metadata is None


def test_log_probabilities_of_all_tokens_are_kept() -> None:
    tokens: list[dict[str, Any]] = [
        {"token": text, "logprob": -0.5, "top_logprobs": []} for text in ("Fi", "sh")
    ]
    answer = message(
        {**piece(content="Fi"), "logprobs": tokens[:1]},
        {**piece(content="sh"), "logprobs": tokens[1:]},
        done(),
    )
    assert answer.response_metadata["logprobs"] == [
        {"token": text, "logprob": -0.5, "bytes": None, "top": []} for text in ("Fi", "sh")
    ]


@pytest.mark.parametrize("odd", [None, 7, ["x"], {"a": 1}])
def test_fields_of_an_odd_type_change_nothing(odd: Any) -> None:
    noise = {**piece(content=odd, thinking=odd, tool_calls=odd and 5), "logprobs": odd and 5}
    assert message(piece(content="Hi"), noise, done(prompt_eval_count=odd)).content == "Hi"


def test_a_stream_without_its_end_is_interrupted() -> None:
    chunks, error = read(piece(content="Half"))
    assert type(error) is StreamInterruptedError
    assert chunks[0].content == "Half"
    assert type(failure(piece(content="Half"), {"model": "m"})) is StreamInterruptedError


@pytest.mark.parametrize(
    ("text", "kind", "status"),
    [
        ("an error was encountered while running the model", ServerError, 500),
        ("the input length exceeds the context length", ContextLengthExceededError, 400),
        ("server busy, please try again", OverloadedError, 503),
    ],
)
def test_an_error_in_mid_stream_keeps_what_had_arrived(
    text: str, kind: type[Exception], status: int
) -> None:
    chunks, error = read(piece(content="Half"), {"error": text}, piece(content="never"))
    assert [chunk.content for chunk in chunks] == ["Half"]
    assert type(error) is kind
    assert getattr(error, "status", None) == status
    assert text in str(error)


def test_an_error_that_is_no_json_is_shown() -> None:
    """Something between us and the server may write plain text (ollama/ollama#13007)."""
    reader = StreamReader(OllamaDecoder("m"))
    chunks = reader.feed(lines(piece(content="Half")) + b"internal server error\n")
    assert [chunk.content for chunk in chunks] == ["Half"]
    assert isinstance(reader.failure, MalformedResponseError)
    assert "internal server error" in reader.failure.wire


def test_an_error_beside_a_message_is_one() -> None:
    assert type(failure({**piece(content="x"), "error": "broken"})) is ServerError


@pytest.mark.parametrize("wire", [{}, {"models": []}, {"response": "Hi", "done": True}])
def test_another_endpoints_answer_is_malformed(wire: dict[str, Any]) -> None:
    assert type(failure(wire)) is MalformedResponseError
    with pytest.raises(MalformedResponseError, match="no message"):
        whole(wire)


def test_a_whole_answer_that_is_not_done_is_interrupted() -> None:
    with pytest.raises(StreamInterruptedError):
        decode_reply(OllamaDecoder("m"), json.dumps(piece(content="Half")).encode())


def test_the_models_name_is_the_asked_one_where_the_wire_has_none() -> None:
    answer = message({"message": {"content": "Hi"}}, {"done": True, "done_reason": "stop"})
    assert answer.response_metadata["model_name"] == "asked:1b"
