"""Nothing that arrives is dropped, and nothing that arrives twice is handed out twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import (
    ImageBlock,
    MalformedResponseError,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
)
from completions_wire import answer, body, call, event, read, reply, reply_body, stop, text


def whole(finish: str = "stop", **message: Any) -> dict[str, Any]:
    """A whole answer as a frame of a stream."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "m-1", "choices": [choice]}


ENTRY = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}


# --- which call a delta belongs to


@pytest.mark.parametrize(
    "deltas",
    [
        [
            call("", id="1", index=0, name="f"),
            call('{"x"', id="9", index=0),
            call(": 1}", id="8", index=0),
        ],
        [call("", id="1", index=0, name="f"), call('{"x"', index=1), call(": 1}", index=1)],
        [call("", id="1", index=0, name="f"), call('{"x"', id="9"), call(": 1}", id="8")],
        [call("", index=0, name="f"), call('{"x"', index=5, name=""), call(": 1}", index=0)],
    ],
)
def test_a_delta_without_a_name_opens_no_call_unless_id_and_index_are_new(
    deltas: list[dict[str, Any]],
) -> None:
    message = answer(*deltas, stop("tool_calls"))
    assert [(made.name, made.args) for made in message.tool_calls] == [("f", {"x": 1})]
    assert message.invalid_tool_calls == []


def test_a_name_at_an_index_that_held_another_calls_arguments_is_a_new_call() -> None:
    message = answer(
        call("", index=0, name="f"),
        call('{"x": 1}', index=1),
        call("", index=1, name="f"),
        call('{"x": 2}', index=1),
        stop("tool_calls"),
    )
    assert [made.args for made in message.tool_calls] == [{"x": 1}, {"x": 2}]


def test_a_delta_without_a_name_whose_id_and_index_are_new_waits_for_its_name() -> None:
    message = answer(
        call("{}", id="1", index=0, name="f"),
        call('{"x": 2}', id="2", index=1),
        call(None, index=1, name="g"),
        stop(),
    )
    assert [(made.name, made.args) for made in message.tool_calls] == [("f", {}), ("g", {"x": 2})]


def test_tool_calls_may_be_one_object_and_a_call_may_be_flat() -> None:
    for made in (ENTRY, {"id": "1", "name": "f", "arguments": '{"x": 1}'}):
        for message in (answer(event({"tool_calls": made}), stop()), reply({"tool_calls": made})):
            assert [(c.name, c.args, c.id) for c in message.tool_calls] == [("f", {"x": 1}, "1")]


def test_unknown_fields_of_a_call_are_in_its_extras() -> None:
    (made,) = reply({"tool_calls": [{**ENTRY, "signature": "s"}]}).tool_calls
    assert made.extras == {"signature": "s"}


# --- a frame with the whole message after deltas


def test_a_last_frame_with_the_whole_message_brings_facts_alone() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    last = {**whole(content="hello", reasoning_content="hm"), "usage": usage, "base": {"x": 1}}
    message = answer(event({"reasoning_content": "hm"}), text("hel"), text("lo"), stop(), last)
    assert (message.content, message.reasoning) == ("hello", "hm")
    assert message.usage_metadata is not None
    assert message.usage_metadata["output_tokens"] == 2
    assert message.response_metadata["base"] == {"x": 1}


def test_a_last_frame_may_bring_the_only_finish_reason() -> None:
    message = answer(text("hi"), whole("length", content="hi"), done=False)
    assert (message.content, message.finish_reason) == ("hi", "length")


def test_a_last_frame_repeats_no_call_and_no_reasoning() -> None:
    last = whole("tool_calls", content="", reasoning_content="hm", tool_calls=[ENTRY])
    message = answer(
        event({"reasoning_content": "hm"}),
        call('{"x"', id="1", index=0, name="f"),
        call(": 1}", index=0),
        last,
    )
    assert [made.args for made in message.tool_calls] == [{"x": 1}]
    assert message.reasoning == "hm"


def test_a_last_frame_brings_what_no_delta_brought() -> None:
    message = answer(event({"role": "assistant"}), whole(content="hi", tool_calls=[ENTRY]))
    assert message.content == "hi"
    assert [made.name for made in message.tool_calls] == ["f"]


def test_frames_that_call_their_delta_a_message_are_deltas() -> None:
    frames = [
        {**whole("", content=piece), "object": "chat.completion.chunk"} for piece in ("he", "llo")
    ]
    assert answer(*frames, stop()).content == "hello"


# --- content parts


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"type": "text", "text": "a"}, "a"),
        ({"type": "output_text", "text": "a", "annotations": []}, "a"),
        ({"text": "a"}, "a"),
        ("a", "a"),
    ],
)
def test_text_parts_of_every_spelling_are_text(part: Any, words: str) -> None:
    for content in ([part], part if isinstance(part, dict) else [part]):
        assert reply({"content": content}).content == words
        assert answer(event({"content": content}), stop()).content == words


@pytest.mark.parametrize(
    "part",
    [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "reasoning", "text": "hm"},
        {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "hm"}]},
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
    ],
)
def test_parts_that_hold_reasoning_are_reasoning(part: dict[str, Any]) -> None:
    content = [part, {"type": "text", "text": "yes"}]
    for message in (reply({"content": content}), answer(event({"content": content}), stop())):
        assert (message.reasoning, message.content) == ("hm", "yes")


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "http://x/i.png"}},
        {"type": "image_url", "image_url": "http://x/i.png"},
        {"type": "output_image", "image_url": "http://x/i.png"},
        {"type": "image", "source": {"type": "url", "url": "http://x/i.png"}},
        {"type": "image", "url": "http://x/i.png"},
    ],
)
def test_parts_that_hold_an_image_are_images(part: dict[str, Any]) -> None:
    (block,) = reply({"content": [part]}).blocks
    assert isinstance(block, ImageBlock)
    assert block.url == "http://x/i.png"


def test_an_image_with_its_bytes_and_a_refusal_are_read_from_parts() -> None:
    source = {"type": "base64", "media_type": "image/webp", "data": "AAAA"}
    parts = [{"type": "image", "source": source}, {"type": "refusal", "refusal": "no"}]
    message = reply({"content": parts})
    image, refusal = message.blocks
    assert isinstance(image, ImageBlock)
    assert (image.base64, image.mime_type) == ("AAAA", "image/webp")
    assert isinstance(refusal, RefusalBlock)
    assert message.finish_reason == "refusal"


def test_parts_of_unknown_types_are_kept_whole_and_in_order() -> None:
    parts = [{"type": "chart", "rows": [1]}, {"type": "chart", "rows": [2]}]
    streamed = answer(*[event({"content": [part]}) for part in parts], stop())
    for message in (reply({"content": parts}), streamed):
        assert [block.value for block in message.blocks if isinstance(block, NonStandardBlock)] == (
            parts
        )


# --- facts


def test_fields_beside_the_choices_are_kept_wherever_they_come() -> None:
    late = event({"content": "b"}, search_results=[{"url": "u"}])
    message = answer(text("a"), late, text("c"), stop(), {"choices": [], "timings": {"ms": 0.5}})
    assert message.content == "abc"
    assert message.response_metadata["search_results"] == [{"url": "u"}]
    assert message.response_metadata["timings"] == {"ms": 0.5}


def test_fields_of_the_choice_are_kept() -> None:
    message = reply({"content": "a"}, choice={"stop_reason": 7, "matched": 0, "none": None})
    kept = message.response_metadata
    assert (kept["stop_reason"], kept["matched"], "none" in kept) == (7, 0, False)


def test_fields_of_the_message_are_kept_and_grow_with_the_deltas() -> None:
    message = answer(
        event({"content": "a", "opaque": "x", "sources": [1], "tone": {"v": 1}}),
        event({"content": "b", "opaque": "y", "sources": [2], "tone": {"v": 2}}),
        stop(),
    )
    kept = message.response_metadata
    assert (kept["opaque"], kept["sources"], kept["tone"]) == ("xy", [1, 2], {"v": 2})
    assert message.additional_kwargs == {}


def test_padding_is_not_kept() -> None:
    message = answer(event({"content": "a"}, obfuscation="x"), stop() | {"obfuscation": "yz"})
    assert "obfuscation" not in message.response_metadata


def test_no_field_of_a_server_replaces_one_of_ours() -> None:
    message = reply({"content": "a"}, model_provider="x", raw_finish_reason="y")
    assert message.response_metadata["model_provider"] == "openai"
    assert message.response_metadata["raw_finish_reason"] == "stop"


def test_the_only_choice_is_read_whatever_its_index() -> None:
    frames = [text("a"), text("b"), stop()]
    for frame in frames:
        frame["choices"][0]["index"] = 1
    assert answer(*frames).content == "ab"


# --- usage and emptiness


@pytest.mark.parametrize(
    ("counts", "output"),
    [
        ((12, 1, 386, 399), 387),
        ((12, 387, 386, 399), 387),
        ((12, 400, 386, 412), 400),
        ((12, 1, 386, None), 1),
        ((0, 5, 0, 5), 5),
    ],
)
def test_output_includes_reasoning_where_the_total_shows_that_it_was_left_out(
    counts: tuple[int, int, int, int | None], output: int
) -> None:
    prompt, completion, reasoning, total = counts
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    message = reply({"content": "a"}, usage=usage)
    assert message.usage_metadata is not None
    assert message.usage_metadata["output_tokens"] == output
    assert message.usage_metadata["output_token_details"]["reasoning"] == reasoning


def test_a_stream_without_any_choice_is_malformed_and_no_empty_answer() -> None:
    with pytest.raises(MalformedResponseError):
        answer({"status": "queued"}, {"note": "nothing here"})


def test_annotations_that_are_no_objects_are_kept_as_facts() -> None:
    message = reply({"content": "a", "annotations": ["see u"]})
    assert message.response_metadata["annotations"] == ["see u"]
    assert message.content == "a"


# --- spellings of text, reasoning and counts


@pytest.mark.parametrize("choice", [{"text": "Salut"}, {"text": "Salut", "delta": None}])
def test_the_text_of_the_older_completions_api_is_text(choice: dict[str, Any]) -> None:
    frame = {"id": "1", "choices": [{"index": 0, "finish_reason": "stop", **choice}]}
    assert answer(frame).content == "Salut"
    assert reply_body(json.dumps(frame).encode()).content == "Salut"


def test_a_text_part_may_hold_its_text_in_an_object() -> None:
    part = {"type": "text", "text": {"value": "Salut", "annotations": []}}
    assert answer(event({"content": [part]}), stop()).content == "Salut"


@pytest.mark.parametrize("name", ["thinking_blocks", "reasoning_details"])
@pytest.mark.parametrize("field", [True, False])
def test_reasoning_that_comes_again_whole_with_its_signature_comes_once(
    name: str, field: bool
) -> None:
    kind = {
        "thinking_blocks": ("thinking", "thinking"),
        "reasoning_details": ("reasoning.text", "text"),
    }
    type_, key = kind[name]
    pieces = ["Let me", " see."]
    deltas = [
        {"reasoning_content": piece} if field else {name: [{"type": type_, key: piece}]}
        for piece in pieces
    ]
    signed = {"type": type_, key: "".join(pieces), "signature": "SIG"}
    message = answer(
        *[event(delta) for delta in deltas], event({name: [signed]}), text("Yes"), stop()
    )
    assert message.reasoning == "Let me see."
    (block,) = [b for b in message.blocks if isinstance(b, ReasoningBlock)]
    assert block.extras[name] == [signed]


def test_reasoning_that_repeats_a_word_keeps_both() -> None:
    deltas = [{"thinking_blocks": [{"type": "thinking", "thinking": "ha"}]} for _ in range(2)]
    assert answer(*[event(delta) for delta in deltas], text("!"), stop()).reasoning == "haha"


@pytest.mark.parametrize("count", ["7", 7.0, 7])
def test_a_count_may_be_written_as_text_or_as_a_float(count: Any) -> None:
    usage = {"prompt_tokens": count, "completion_tokens": 2, "completion_tokens_details": []}
    found = reply({"content": "a"}, usage=usage).usage_metadata
    assert found is not None
    assert (found.input_tokens, found.output_tokens) == (7, 2)


@pytest.mark.parametrize("count", [-1, "many", None, [], 1.5])
def test_what_is_no_count_of_tokens_is_unknown(count: Any) -> None:
    usage = {"prompt_tokens": count, "completion_tokens": 2, "prompt_tokens_details": "none"}
    found = reply({"content": "a"}, usage=usage).usage_metadata
    assert found is not None
    assert (found.input_tokens, found.output_tokens) == (None, 2)


def test_a_status_of_success_in_words_is_no_error() -> None:
    base = {"status_code": "0", "status_msg": "success"}
    assert reply({"content": "a"}, base_resp=base).content == "a"


def test_a_last_frame_with_the_whole_message_repeats_nothing_whatever_it_calls_itself() -> None:
    last = {**whole(content="hello"), "object": "chat.completion.chunk"}
    message = answer(text("hel"), text("lo"), last)
    assert (message.content, message.finish_reason) == ("hello", "stop")


def test_messages_that_stand_for_deltas_are_all_read() -> None:
    frames = [{**whole("", content=part), "object": "chat.completion.chunk"} for part in "ab"]
    assert answer(*frames, stop()).content == "ab"


@pytest.mark.parametrize("content", [[{"type": "text", "content": "a"}], {"text": "a"}])
def test_text_is_read_where_a_part_has_it(content: Any) -> None:
    assert reply({"content": content}).content == "a"
    assert answer(event({"content": content}), stop()).content == "a"


@pytest.mark.parametrize(
    "foreign", [{"statusCode": 502, "body": "bad gateway"}, {"choices": [], "note": "bad gateway"}]
)
def test_an_answer_is_not_whole_if_it_ends_without_a_reason_after_something_else(
    foreign: dict[str, Any],
) -> None:
    for frames in ([text("a"), foreign], [foreign]):
        with pytest.raises(MalformedResponseError, match="bad gateway"):
            read(body(*frames))
    assert answer(foreign, text("a"), stop()).content == "a"


# --- a whole message after deltas that did not bring all of it


def test_text_goes_on_from_where_the_deltas_stopped() -> None:
    message = answer(text("Sal"), text("ut"), whole(content="Salut, Anna"))
    assert message.content == "Salut, Anna"


def test_another_text_than_that_of_the_deltas_is_not_added() -> None:
    assert answer(text("Salut"), whole(content="Hello")).content == "Salut"


@pytest.mark.parametrize("cut", range(9))
def test_arguments_go_on_from_where_the_deltas_stopped(cut: int) -> None:
    whole_text = ENTRY["function"]["arguments"]  # type: ignore[index]
    start = call(whole_text[:cut], id="1", index=0, name="f")
    (made,) = answer(start, whole("tool_calls", content="", tool_calls=[ENTRY])).tool_calls
    assert (made.name, made.args, made.id) == ("f", {"x": 1}, "1")


def test_further_calls_of_a_whole_message_are_calls() -> None:
    second = {"id": "2", "type": "function", "function": {"name": "g", "arguments": "{}"}}
    start = call('{"x": 1}', id="1", index=0, name="f")
    message = answer(start, whole("tool_calls", content="", tool_calls=[ENTRY, second]))
    assert [(made.name, made.id) for made in message.tool_calls] == [("f", "1"), ("g", "2")]


def test_text_after_an_image_and_reasoning_after_text_are_read() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://h/a.png"}}
    last = whole(content="Look", images=[image], reasoning_content="Hm.")
    message = answer(event({"images": [image]}), last)
    assert (message.content, message.reasoning) == ("Look", "Hm.")
    assert [block for block in message.blocks if isinstance(block, ImageBlock)]
    assert sum(isinstance(block, ImageBlock) for block in message.blocks) == 1
    assert answer(text("Look"), whole(content="Look", reasoning_content="Hm.")).reasoning == "Hm."


def test_signed_entries_of_a_whole_message_bring_no_text_twice() -> None:
    entry = {"type": "thinking", "thinking": "Hm.", "signature": "S"}
    last = whole(content="Yes", reasoning_content="Hm.", thinking_blocks=[entry])
    message = answer(event({"reasoning_content": "Hm."}), text("Yes"), last)
    assert (message.reasoning, message.content) == ("Hm.", "Yes")
    (block,) = [b for b in message.blocks if isinstance(b, ReasoningBlock)]
    assert block.extras["thinking_blocks"] == [entry]


def test_a_message_in_a_chunk_that_does_not_begin_as_the_deltas_is_a_further_delta() -> None:
    last = {**whole(content="ut"), "object": "chat.completion.chunk"}
    assert answer(text("Sal"), last).content == "Salut"
