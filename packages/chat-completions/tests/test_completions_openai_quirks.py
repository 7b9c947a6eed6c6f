"""What OpenAI and the servers that follow it put beside text and calls."""

from __future__ import annotations

from typing import Any

import pytest
from chat_completions import Dialect
from chat_core import AudioBlock, ImageBlock, ReasoningBlock, RefusalBlock, ServerError, TextBlock
from completions_wire import GATEWAY, answer, event, reply, stop, text


def test_a_refusal_is_a_block_and_the_finish_reason() -> None:
    streamed = answer(event({"refusal": "I can"}), event({"refusal": "not."}), stop())
    whole = reply({"content": None, "refusal": "I cannot."})
    for message in (streamed, whole):
        assert message.blocks == (RefusalBlock("I cannot."),) or message.refusal == "I cannot."
        assert message.content == ""
        assert message.finish_reason == "refusal"
        assert message.response_metadata["raw_finish_reason"] == "stop"


def test_url_citations_cite_the_text_by_offsets() -> None:
    cited = {
        "type": "url_citation",
        "url_citation": {
            "url": "u",
            "title": "t",
            "start_index": 0,
            "end_index": 3,
            "content": "c",
        },
    }
    streamed = answer(text("abc"), event({"annotations": [cited]}), stop())
    whole = reply({"annotations": [cited], "content": "abc"})
    for message in (streamed, whole):
        (block,) = message.blocks
        assert isinstance(block, TextBlock)
        (citation,) = block.citations
        assert (citation.url, citation.title, citation.cited_text) == ("u", "t", "c")
        assert citation.extras == {}
        assert block.text[citation.start_index : citation.end_index] == "abc"


def _logprob(token: str, *, top: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    entry = {"token": token, "logprob": -0.5, "bytes": [*token.encode()]}
    return entry if top is None else {**entry, "top_logprobs": top}


def test_log_probabilities_have_one_shape_in_streams_and_whole_answers() -> None:
    tokens = [_logprob("Fi", top=[_logprob("Fi"), _logprob("Sea")]), _logprob("sh", top=[])]
    deltas = [text("Fi"), text("sh")]
    for wire, token in zip(deltas, tokens, strict=True):
        wire["choices"][0]["logprobs"] = {"content": [token], "refusal": None}
    streamed = answer(*deltas, stop())
    whole = reply({"content": "Fish"}, choice={"logprobs": {"content": tokens}})
    for message in (streamed, whole):
        assert message.response_metadata["logprobs"] == [
            {**_logprob("Fi"), "top": [_logprob("Fi"), _logprob("Sea")]},
            {**_logprob("sh"), "top": []},
        ]


def test_log_probabilities_of_a_refusal_stand_apart() -> None:
    message = reply({"refusal": "No"}, choice={"logprobs": {"refusal": [_logprob("No")]}})
    assert "logprobs" not in message.response_metadata
    assert message.response_metadata["refusal_logprobs"] == [{**_logprob("No"), "top": []}]


def test_parallel_lists_of_log_probabilities_have_the_same_shape() -> None:
    """As Fireworks and the older Completions API send them."""
    lists = {
        "tokens": ["Fi", "sh"],
        "token_logprobs": [-0.5, None],
        "top_logprobs": [{"Fi": -0.5, "Sea": -2}],
        "text_offset": [0, 2],
    }
    assert reply({"content": "Fish"}, choice={"logprobs": lists}).response_metadata["logprobs"] == [
        {
            "token": "Fi",
            "logprob": -0.5,
            "bytes": None,
            "top": [
                {"token": "Fi", "logprob": -0.5, "bytes": None},
                {"token": "Sea", "logprob": -2, "bytes": None},
            ],
            "extras": {"text_offset": 0},
        },
        {"token": "sh", "logprob": None, "bytes": None, "top": [], "extras": {"text_offset": 2}},
    ]


@pytest.mark.parametrize("odd", [True, "x", 7, ["a"], {"content": 7}, {"tokens": "a"}])
def test_log_probabilities_of_an_odd_type_change_nothing(odd: Any) -> None:
    message = reply({"content": "Fish"}, choice={"logprobs": odd})
    assert message.content == "Fish"
    assert "logprobs" not in message.response_metadata


def test_sound_comes_in_pieces_with_its_transcript() -> None:
    message = answer(
        event({"audio": {"id": "au_1", "transcript": "Hi"}}),
        event({"audio": {"data": "AAE="}}),
        event({"audio": {"transcript": " you"}}),
        event({"audio": {"data": "Ag=="}}),
        event({"audio": {"expires_at": 9}}),
        stop(),
        audio_format="pcm16",
    )
    (block,) = message.blocks
    assert isinstance(block, AudioBlock)
    assert (block.base64, block.transcript, block.mime_type) == ("AAEC", "Hi you", "audio/pcm16")
    assert block.extras == {"id": "au_1", "expires_at": 9}


def test_an_audio_object_without_sound_is_nothing() -> None:
    assert reply({"content": "a", "audio": {"data": "", "id": "", "expires_at": 0}}).blocks == (
        TextBlock("a"),
    )


def test_images_out_are_image_blocks() -> None:
    def image(url: str) -> dict[str, object]:
        return {"images": [{"type": "image_url", "image_url": {"url": url}}]}

    message = answer(event(image("data:image/png;base64,AAA=")), event(image("http://x/i")), stop())
    first, second = message.blocks
    assert isinstance(first, ImageBlock)
    assert (first.base64, first.mime_type) == ("AAA=", "image/png")
    assert isinstance(second, ImageBlock)
    assert second.url == "http://x/i"


def test_azure_sends_its_filter_results_first_and_its_model_later() -> None:
    filtered = {"violence": {"filtered": False, "severity": "safe"}}
    said = text("a")
    said["choices"][0]["content_filter_results"] = filtered
    message = answer(
        {"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
        text("b"),
        said,
        stop(),
    )
    assert message.content == "ba"
    assert message.response_metadata["prompt_filter_results"] == [{"prompt_index": 0}]
    assert message.response_metadata["content_filter_results"] == filtered
    assert message.response_metadata["model_name"] == "m-1"


def test_azure_blocks_an_answer_by_sending_no_message() -> None:
    choice = {"finish_reason": "content_filter", "index": 0, "message": None}
    message = reply({}, finish="content_filter", choice=choice)
    assert (message.content, message.finish_reason) == ("", "content_filter")


def test_service_tier_and_fingerprint_are_kept() -> None:
    tier = {"service_tier": "flex", "system_fingerprint": "fp"}
    kept = answer(event({"content": "a"}, **tier), stop()).response_metadata
    assert (kept["service_tier"], kept["system_fingerprint"]) == ("flex", "fp")


def test_a_kept_field_of_the_choice_is_found_beside_text() -> None:
    said = text("a")
    said["choices"][0]["raw_output"] = {"x": 1}
    message = answer(text("b"), said, stop())
    assert message.response_metadata["raw_output"] == {"x": 1}


def test_a_dialect_knows_where_its_vendor_hides_an_error() -> None:
    class Hidden(Dialect):
        def error(self, wire: dict[str, Any]) -> Any:
            return wire.get("x_error")

    with pytest.raises(ServerError, match="gone"):
        answer(text("a"), event({}, x_error="gone"), stop(), dialect=Hidden())


def test_a_fact_that_changes_on_the_way_ends_with_its_last_value() -> None:
    message = answer(
        event({"content": "a"}, citations=["u"]),
        event({}, finish="stop", citations=["u", "v"]),
        dialect=GATEWAY,
    )
    assert message.response_metadata["citations"] == ["u", "v"]


# --- reasoning


def test_reasoning_arrives_in_either_field_and_is_read_once() -> None:
    for field in ("reasoning_content", "reasoning"):
        message = answer(event({field: "h"}), event({field: "m"}), text("yes"), stop())
        assert (message.reasoning, message.content) == ("hm", "yes")
    both = {"reasoning_content": "hm", "reasoning": "the same again", "content": "yes"}
    assert reply(both).reasoning == "hm"


def test_reasoning_details_give_the_text_only_where_no_field_does() -> None:
    details = [
        {"type": "reasoning.text", "text": "hm"},
        {"type": "reasoning.summary", "summary": "!"},
    ]
    assert reply({"reasoning_details": details}).reasoning == "hm!"
    assert reply({"reasoning": "hm", "reasoning_details": details}).reasoning == "hm"


def test_streamed_reasoning_details_are_whole_again_in_extras() -> None:
    message = answer(
        event({"reasoning_details": [{"type": "reasoning.text", "text": "h", "index": 0}]}),
        event({"reasoning_details": [{"type": "reasoning.text", "text": "m", "index": 0}]}),
        event(
            {
                "reasoning_details": [
                    {"type": "reasoning.text", "signature": "sig", "index": 0},
                    {"type": "reasoning.encrypted", "data": "x", "index": 1},
                    {"type": "reasoning.encrypted", "data": "y", "index": 1},
                ]
            }
        ),
        text("yes"),
        stop(),
    )
    block = message.blocks[0]
    assert isinstance(block, ReasoningBlock)
    assert block.text == "hm"
    assert block.extras["reasoning_details"] == [
        {"type": "reasoning.text", "text": "hm", "index": 0, "signature": "sig"},
        {"type": "reasoning.encrypted", "data": "x", "index": 1},
        {"type": "reasoning.encrypted", "data": "y", "index": 1},
    ]


def test_details_of_another_index_or_id_are_entries_of_their_own() -> None:
    details = [
        {"type": "reasoning.summary", "summary": "a", "index": 0, "id": "1"},
        {"type": "reasoning.summary", "summary": "b", "index": 1, "id": "1"},
        {"type": "reasoning.summary", "summary": "c", "index": 1, "id": "2"},
        {"type": "reasoning.text", "text": "d", "index": 1, "id": "2"},
    ]
    message = answer(event({"reasoning_details": details}), stop())
    assert message.blocks[0].extras["reasoning_details"] == details


def test_empty_reasoning_beside_a_call_is_kept_because_the_vendor_wants_it_back() -> None:
    calls = [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]
    streamed = answer(event({"reasoning_content": ""}), event({"tool_calls": calls}), stop())
    for message in (streamed, reply({"reasoning_content": "", "tool_calls": calls})):
        (block,) = [b for b in message.blocks if isinstance(b, ReasoningBlock)]
        assert (block.text, block.extras) == ("", {"field": "reasoning_content"})


def test_empty_reasoning_leaves_no_block_behind() -> None:
    message = answer(event({"reasoning_content": "", "content": ""}), text("a"), stop())
    assert [block.type for block in message.blocks] == ["text"]


# --- content as a list


def test_content_may_be_a_list_of_parts() -> None:
    content = [{"type": "text", "text": "a"}, {"type": "unheard_of"}, {"type": "text", "text": "b"}]
    assert reply({"content": content}).content == "ab"
    assert answer(event({"content": content}), stop()).content == "ab"


def test_a_dialect_reads_the_fields_that_only_it_has() -> None:
    class Loud(Dialect):
        other_fields = frozenset({"shout"})

        def other_blocks(self, delta: dict[str, object]) -> list[TextBlock]:  # type: ignore[override]
            return [TextBlock(str(delta["shout"]).upper(), index=0)]

    assert answer(event({"shout": "hey"}), stop(), dialect=Loud()).content == "HEY"
