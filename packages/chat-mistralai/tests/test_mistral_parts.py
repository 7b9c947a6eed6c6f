"""Content as parts, and the other quirks of Mistral's answers."""

from __future__ import annotations

import pytest
from chat_core import (
    Block,
    Citation,
    FileBlock,
    HumanMessage,
    ImageBlock,
    NonStandardBlock,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
)
from mistral_wire import (
    Wire,
    answer,
    call,
    content_event,
    event,
    reference,
    replied,
    reply,
    stop,
    text,
    thinking,
    turns,
)


def cited(words: str, *ids: int | str) -> TextBlock:
    return TextBlock(words, (Citation(extras={"reference_ids": list(ids)}),))


# --- content: a string, or parts


def test_content_may_change_from_string_to_parts_and_back_in_mid_stream() -> None:
    message = answer(
        content_event(""),
        content_event([thinking("12 ")]),
        content_event([thinking("* 12"), text("1")]),
        stop(),
    )
    assert message.blocks == (ReasoningBlock("12 * 12"), TextBlock("1"))
    message = answer(
        content_event([thinking("hm"), text("1")]),
        content_event("4"),
        content_event([text("4")]),
        stop(),
    )
    assert message.blocks == (ReasoningBlock("hm"), TextBlock("144"))


def test_text_and_thinking_keep_the_order_in_which_they_came() -> None:
    parts = [text("a"), thinking("b"), text("c"), thinking("d")]
    expected: tuple[Block, ...] = (
        TextBlock("a"),
        ReasoningBlock("b"),
        TextBlock("c"),
        ReasoningBlock("d"),
    )
    assert reply(parts).blocks == expected
    strings = answer(
        content_event("a"),
        content_event([thinking("b")]),
        content_event("c"),
        content_event([thinking("d")]),
        stop(),
    )
    assert strings.blocks == expected


def test_thinking_is_never_visible_text() -> None:
    message = reply([thinking("secret"), text("public")])
    assert (message.content, message.reasoning) == ("public", "secret")


def test_a_signature_closes_its_thinking() -> None:
    deltas = [thinking("a"), thinking("b", signature="1"), thinking("c", signature="2")]
    signed = (
        ReasoningBlock("ab", extras={"signature": "1"}),
        ReasoningBlock("c", extras={"signature": "2"}),
    )
    assert answer(*[content_event([delta]) for delta in deltas], stop()).blocks == signed
    alone = {"type": "thinking", "thinking": [], "signature": "1"}
    assert (
        answer(
            content_event([thinking("ab")]),
            content_event([alone]),
            content_event([deltas[2]]),
            stop(),
        ).blocks
        == signed
    )


def test_a_signature_repeated_on_each_delta_is_one_block() -> None:
    deltas = [content_event([thinking(word, signature="1")]) for word in "abc"]
    assert answer(*deltas, stop()).blocks == (ReasoningBlock("abc", extras={"signature": "1"}),)


def test_a_source_inside_thinking_is_kept_for_the_vendor() -> None:
    source = {"type": "tool_reference", "tool": "web_search", "title": "T", "url": "u"}
    part = {"type": "thinking", "thinking": [{"type": "text", "text": "a"}, source]}
    assert reply([part]).blocks == (
        ReasoningBlock("a"),
        NonStandardBlock({"type": "thinking", "thinking": [source]}),
    )


def test_a_reference_cites_the_text_before_it() -> None:
    parts = [text("Ada won."), reference(0, 1), text(" Bob lost."), reference("doc"), text(" End.")]
    expected = (cited("Ada won.", 0, 1), cited(" Bob lost.", "doc"), TextBlock(" End."))
    assert reply(parts).blocks == expected
    in_strings = answer(
        content_event("Ada "),
        content_event("won."),
        content_event([reference(0, 1)]),
        content_event(" Bob"),
        content_event(" lost."),
        content_event([reference("doc")]),
        content_event(" End."),
        stop(),
    )
    assert in_strings.blocks == expected
    assert in_strings.content == "Ada won. Bob lost. End."


def test_two_references_in_a_row_cite_the_same_text() -> None:
    (block,) = reply([text("a"), reference(0), reference(1)]).blocks
    assert isinstance(block, TextBlock)
    assert [c.extras for c in block.citations] == [{"reference_ids": [0]}, {"reference_ids": [1]}]


@pytest.mark.parametrize(
    ("part", "block"),
    [
        ({"type": "image_url", "image_url": "https://a/b.png"}, ImageBlock("https://a/b.png")),
        ({"type": "image_url", "image_url": {"url": "https://a"}}, ImageBlock("https://a")),
        (
            {"type": "image_url", "image_url": "data:image/png;base64,AAAA"},
            ImageBlock(base64="AAAA", mime_type="image/png"),
        ),
        (
            {"type": "document_url", "document_url": "https://a", "document_name": "n"},
            FileBlock("https://a", name="n"),
        ),
        ({"type": "file", "file_id": "f-1"}, FileBlock(file_id="f-1")),
    ],
)
def test_images_and_documents_are_media_blocks(part: Wire, block: Block) -> None:
    assert reply([text("a"), part, text("b")]).blocks == (TextBlock("a"), block, TextBlock("b"))


def test_a_part_of_an_unknown_kind_is_kept_verbatim() -> None:
    part = {"type": "resource_link", "uri": "x", "metadata": {"a": 1}}
    assert reply([part, part]).blocks == (NonStandardBlock(part), NonStandardBlock(part))


# --- facts


@pytest.mark.parametrize(
    "spelling",
    [
        {"num_cached_tokens": 7},
        {"prompt_tokens_details": {"cached_tokens": 7}},
        {"prompt_token_details": {"cached_tokens": 7}},
    ],
)
def test_cached_tokens_are_found_in_all_three_spellings(spelling: Wire) -> None:
    usage = reply("a", usage={"prompt_tokens": 9, **spelling}).usage_metadata
    assert usage is not None
    assert usage.input_token_details.cache_read == 7


def test_usage_keeps_what_only_mistral_counts() -> None:
    usage = {"prompt_tokens": 9, "prompt_audio_seconds": 3, "service_tier": "standard"}
    for message in (reply("a", usage=usage), answer(content_event("a"), stop(usage=usage))):
        assert message.response_metadata["token_usage"]["prompt_audio_seconds"] == 3
        assert message.response_metadata["service_tier"] == "standard"


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("model_length", "length"),
        ("error", "error"),
        ("tool_calls", "tool_calls"),
        ("new_word", "other"),
    ],
)
def test_each_finish_reason_has_its_meaning_and_its_raw_word(word: str, meaning: str) -> None:
    message = answer(content_event("a"), stop(word))
    assert message.finish_reason == meaning
    assert message.response_metadata["raw_finish_reason"] == word


def test_logprobs_of_the_answer_join_and_those_of_the_prompt_are_kept() -> None:
    first, second = content_event("a"), content_event("b")
    first["choices"][0] |= {"logprobs": {"content": [{"token": "a"}]}}
    second["choices"][0] |= {"logprobs": {"content": [{"token": "b"}]}}
    first["choices"][0] |= {"prompt_logprobs": {"content": [{"token": "q"}]}}
    facts = answer(first, second, stop()).response_metadata
    assert [entry["token"] for entry in facts["logprobs"]] == ["a", "b"]
    assert facts["prompt_logprobs"] == {"content": [{"token": "q"}]}


def test_the_id_null_is_no_id() -> None:
    calls = [call("null", "f", "{}", index=0), call("null", "g", "{}", index=1)]
    for message in (
        reply("", *calls, finish="tool_calls"),
        answer(*[event({"tool_calls": [c]}) for c in calls], stop("tool_calls")),
    ):
        ids = [c.id for c in message.tool_calls]
        assert [c.name for c in message.tool_calls] == ["f", "g"]
        assert len({*ids, "null", None}) == 4


# --- tools that the vendor runs


def test_an_answer_of_several_messages_tells_the_vendors_own_tools_apart() -> None:
    messages = [
        {"role": "assistant", "content": "", "tool_calls": [call("abcdefgh1", "search", "{}")]},
        {"role": "tool", "content": "found", "tool_call_id": "abcdefgh1"},
        {"role": "assistant", "content": "So.", "tool_calls": [call("abcdefgh2", "mine", "{}")]},
    ]
    wire = {"id": "x", "choices": [{"messages": messages, "finish_reason": "tool_calls"}]}
    message = replied(wire)
    assert message.content == "So."
    assert [c.name for c in message.tool_calls] == ["mine"]
    assert ServerToolCall("search", {}, "abcdefgh1") in message.blocks
    assert ServerToolResult("found", "abcdefgh1") in message.blocks


def test_what_a_vendors_tool_gives_is_not_the_models_text() -> None:
    result = event({"role": "tool", "index": 1, "content": "found", "tool_call_id": "abcdefgh1"})
    spoken = event({"role": "assistant", "index": 2, "content": "So."})
    message = answer(result, spoken, content_event("!"), stop())
    assert message.content == "So.!"
    assert ServerToolResult("found", "abcdefgh1") in message.blocks


def test_parts_in_other_spellings_are_read() -> None:
    parts = ["a", {"type": "output_text", "text": "b"}, {"type": "reasoning", "text": "hm"}]
    for message in (reply(parts), answer(*[content_event([part]) for part in parts], stop())):  # type: ignore[list-item]
        assert (message.content, message.reasoning) == ("ab", "hm")
    assert reply({"type": "text", "text": "alone"}).content == "alone"


def test_reasoning_in_a_field_of_its_own_is_read_and_goes_back_as_a_thinking_part() -> None:
    answered = answer(event({"reasoning_content": "hm"}), content_event("yes"), stop())
    assert (answered.reasoning, answered.content) == ("hm", "yes")
    (_, turn, _) = turns(HumanMessage("q"), answered, HumanMessage("go"))
    assert turn["content"] == [thinking("hm"), text("yes")]


@pytest.mark.parametrize(
    "part", [{"text": "Salut"}, {"type": "text", "text": {"value": "Salut", "annotations": []}}]
)
def test_a_part_with_text_is_text_however_it_is_spelt(part: Wire) -> None:
    assert answer(event({"content": [part]}), stop()).content == "Salut"
