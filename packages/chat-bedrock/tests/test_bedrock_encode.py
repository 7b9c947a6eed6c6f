"""What messages, tools and settings are in a request of Converse."""

from __future__ import annotations

from typing import Any

import pytest
from chat_bedrock import ChatBedrock
from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidRequestError,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    VideoBlock,
)
from chat_core.provider import CallOptions
from converse_wire import MODEL, encoded, reply

POINT = {"cachePoint": {"type": "default"}}


def turns(*messages: Message, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = encoded(messages, **given)["messages"]
    return found


def content(*blocks: Any) -> list[dict[str, Any]]:
    (turn,) = turns(HumanMessage(list(blocks)))
    found: list[dict[str, Any]] = turn["content"]
    return found


def answer(*blocks: Any, model: str = MODEL) -> AIMessage:
    metadata = {"model_provider": "bedrock", "model_name": model, "finish_reason": "stop"}
    return AIMessage(list(blocks), response_metadata=metadata)


def called(name: str = "clock", id: str = "tooluse_1", **args: Any) -> AIMessage:
    metadata = {"model_provider": "bedrock", "finish_reason": "tool_calls"}
    return AIMessage([ToolCall(name, args, id)], response_metadata=metadata)


# --- settings


def test_settings_stand_where_converse_has_them() -> None:
    body = encoded(
        [HumanMessage("Hi")],
        temperature=0.5,
        top_p=0.9,
        max_tokens=10,
        stop=["END"],
        effort="low",
        service_tier="flex",
        performance_config={"latency": "optimized"},
        request_metadata={"team": "a"},
        prompt_variables={"city": {"text": "Ulm"}},
        project_identifier="p-1",
        guardrail_config={"guardrailIdentifier": "g", "guardrailVersion": "1"},
        additional_model_request_fields={"top_k": 5},
        additional_model_response_field_paths=["/stop_sequence"],
    )
    assert body == {
        "modelId": MODEL,
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
        "inferenceConfig": {
            "maxTokens": 10,
            "temperature": 0.5,
            "topP": 0.9,
            "stopSequences": ["END"],
        },
        "outputConfig": {"effort": "low"},
        "serviceTier": {"type": "flex"},
        "performanceConfig": {"latency": "optimized"},
        "requestMetadata": {"team": "a"},
        "promptVariables": {"city": {"text": "Ulm"}},
        "projectIdentifier": "p-1",
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
        "additionalModelRequestFields": {"top_k": 5},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
    }


def test_what_a_guardrail_does_in_streams_is_sent_for_streams_alone() -> None:
    config = {"guardrailIdentifier": "g", "streamProcessingMode": "async"}
    model = ChatBedrock(model=MODEL, guardrail_config=config)
    bodies = [model._encode([HumanMessage("Hi")], CallOptions(), stream=s) for s in (True, False)]
    assert bodies[0]["guardrailConfig"] == config
    assert bodies[1]["guardrailConfig"] == {"guardrailIdentifier": "g"}


def test_model_kwargs_add_to_what_settings_have_made() -> None:
    given = {"inferenceConfig": {"topP": 1}, "newParameter": [1]}
    body = encoded([HumanMessage("Hi")], temperature=0, model_kwargs=given)
    assert body["inferenceConfig"] == {"temperature": 0, "topP": 1}
    assert body["newParameter"] == [1]


# --- turns


def test_system_messages_stand_apart_wherever_they_stood() -> None:
    late = SystemMessage([TextBlock("Be short.", extras=POINT)])
    body = encoded([SystemMessage("Be kind."), HumanMessage("Hi"), late])
    assert body["system"] == [{"text": "Be kind."}, {"text": "Be short."}, POINT]


def test_neighbours_of_one_role_are_one_turn() -> None:
    (turn,) = turns(HumanMessage("Hi"), HumanMessage("there"))
    assert turn == {"role": "user", "content": [{"text": "Hi"}, {"text": "there"}]}


def test_results_are_the_first_blocks_of_the_turn_behind_their_calls() -> None:
    found = turns(
        HumanMessage("Q"),
        answer(TextBlock("Let me see."), ToolCall("a", {}, "t1"), ToolCall("b", {}, "t2")),
        ToolMessage("two", "t2"),
        HumanMessage("And?"),
        ToolMessage("one", "t1", status="error"),
    )
    assert [turn["role"] for turn in found] == ["user", "assistant", "user"]
    results = [part["toolResult"] for part in found[2]["content"][:2]]
    assert [result["toolUseId"] for result in results] == ["t2", "t1"]
    assert results[1] == {"toolUseId": "t1", "content": [{"text": "one"}], "status": "error"}
    assert found[2]["content"][2] == {"text": "And?"}


def test_a_failed_result_without_content_gets_some_and_a_good_one_stays_empty() -> None:
    """NousResearch/hermes-agent#55092 measured which of them Bedrock takes."""
    found = turns(HumanMessage("Q"), called(), ToolMessage("", "tooluse_1", status="error"))
    assert found[2]["content"][0]["toolResult"]["content"] == [{"text": "The tool failed."}]
    found = turns(HumanMessage("Q"), called(), ToolMessage("", "tooluse_1"))
    assert found[2]["content"][0]["toolResult"]["content"] == []


def test_a_result_may_hold_json_images_and_documents() -> None:
    parts: list[Block] = [
        NonStandardBlock({"json": {"a": 1}}),
        ImageBlock.from_bytes(b"x", mime_type="image/png"),
        FileBlock.from_bytes(b"x", mime_type="application/pdf", name="a.pdf"),
    ]
    found = turns(HumanMessage("Q"), called(), ToolMessage(parts, "tooluse_1"))
    assert [next(iter(part)) for part in found[2]["content"][0]["toolResult"]["content"]] == [
        "json",
        "image",
        "document",
    ]


def test_blank_text_and_empty_turns_are_left_out() -> None:
    """boto/botocore#3525"""
    found = turns(
        HumanMessage("Hi"),
        answer(TextBlock(" \n")),
        HumanMessage([TextBlock(""), TextBlock("there")]),
    )
    assert found == [{"role": "user", "content": [{"text": "Hi"}, {"text": "there"}]}]


def test_an_answer_begun_for_the_model_has_no_space_at_its_end() -> None:
    found = turns(HumanMessage("Q"), AIMessage("The answer is "))
    assert found[-1]["content"] == [{"text": "The answer is"}]


@pytest.mark.parametrize("messages", [[SystemMessage("s")], [AIMessage("a")], [HumanMessage(" ")]])
def test_a_conversation_that_cannot_begin_is_refused(messages: list[Message]) -> None:
    with pytest.raises(InvalidRequestError, match=r"HumanMessage|message with content"):
        encoded(messages)


# --- reasoning

SIGNED = ReasoningBlock("Hm.", extras={"signature": "s"})
SEALED = ReasoningBlock("", extras={"redactedContent": "eA=="})
UNSIGNED = ReasoningBlock("Hm.")


def reasoning_sent(block: ReasoningBlock, writer: str, reader: str) -> list[Any]:
    messages: list[Message] = [
        HumanMessage("Q"),
        answer(block, TextBlock("A"), model=writer),
        HumanMessage("R"),
    ]
    found = turns(*messages, model=reader)[1]["content"]
    return [part["reasoningContent"] for part in found if "reasoningContent" in part]


def test_signed_and_sealed_reasoning_goes_back_verbatim() -> None:
    signed = {"reasoningText": {"text": "Hm.", "signature": "s"}}
    assert reasoning_sent(SIGNED, MODEL, MODEL) == [signed]
    assert reasoning_sent(SEALED, MODEL, MODEL) == [{"redactedContent": "eA=="}]


def test_reasoning_stays_in_its_family() -> None:
    assert reasoning_sent(SIGNED, MODEL, "amazon.nova-pro-v1:0") == []
    assert reasoning_sent(SIGNED, "anthropic.claude-opus-4-v1:0", MODEL) != []


@pytest.mark.parametrize(
    ("model", "sent"),
    [(MODEL, 0), ("us.deepseek.r1-v1:0", 0), ("openai.gpt-oss-120b-1:0", 1)],
)
def test_unsigned_reasoning_goes_where_it_is_taken(model: str, sent: int) -> None:
    """langchain-ai/langchain-aws#401"""
    assert len(reasoning_sent(UNSIGNED, model, model)) == sent


def test_a_signature_without_words_keeps_its_empty_text() -> None:
    block = ReasoningBlock("", extras={"signature": "s"})
    assert reasoning_sent(block, MODEL, MODEL) == [
        {"reasoningText": {"text": "", "signature": "s"}}
    ]


def test_an_answer_of_reasoning_alone_is_no_turn() -> None:
    assert len(turns(HumanMessage("Q"), answer(SIGNED), HumanMessage("R"))) == 1


# --- blocks


def test_a_cache_point_stands_behind_its_block() -> None:
    parts = content(TextBlock("Long.", extras=POINT), TextBlock("Short."))
    assert parts == [{"text": "Long."}, POINT, {"text": "Short."}]
    (turn,) = turns(HumanMessage("Long.", additional_kwargs=POINT))
    assert turn["content"] == [{"text": "Long."}, POINT]


def test_a_cache_point_of_a_result_stands_behind_the_result() -> None:
    result = ToolMessage([TextBlock("12:00", extras=POINT)], "tooluse_1")
    found = turns(HumanMessage("Q"), called(), result)[2]["content"]
    assert found[0]["toolResult"]["content"] == [{"text": "12:00"}]
    assert found[1] == POINT


def test_text_may_be_for_the_guardrail() -> None:
    qualifiers = {"qualifiers": ["query"]}
    assert content(TextBlock("Q", extras={"guardContent": qualifiers})) == [
        {"guardContent": {"text": {"text": "Q", "qualifiers": ["query"]}}}
    ]


@pytest.mark.parametrize(
    ("block", "wire"),
    [
        (ImageBlock.from_bytes(b"x", mime_type="image/jpg"), {"image": {"format": "jpeg"}}),
        (VideoBlock.from_bytes(b"x", mime_type="video/3gpp"), {"video": {"format": "three_gp"}}),
        (AudioBlock.from_bytes(b"x", mime_type="audio/wav"), {"audio": {"format": "wav"}}),
        (
            FileBlock.from_bytes(b"x", mime_type="text/x-python", name="a.py"),
            {"document": {"format": "txt", "name": "a"}},
        ),
        (
            FileBlock.from_bytes(b"x", mime_type="image/png", name="a.png"),
            {"image": {"format": "png"}},
        ),
    ],
)
def test_media_go_as_bytes(block: Any, wire: dict[str, Any]) -> None:
    ((kind, value),) = wire.items()
    assert content(block) == [{kind: {**value, "source": {"bytes": "eA=="}}}]


def test_media_may_lie_in_s3() -> None:
    image = ImageBlock("s3://bucket/a.webp", extras={"bucketOwner": "111122223333"})
    place = {"uri": "s3://bucket/a.webp", "bucketOwner": "111122223333"}
    assert content(image) == [{"image": {"format": "webp", "source": {"s3Location": place}}}]
    assert content(VideoBlock("s3://bucket/a.mkv"))[0]["video"]["format"] == "mkv"


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (ImageBlock("https://a.test/a.png"), "https URLs"),
        (ImageBlock(file_id="f"), "uploaded files"),
        (ImageBlock.from_bytes(b"x", mime_type="image/tiff"), "image/tiff"),
        (FileBlock.from_bytes(b"x", mime_type="application/zip"), "application/zip"),
        (VideoBlock("s3://bucket/film"), "mime_type"),
    ],
)
def test_media_that_bedrock_does_not_read_are_refused(block: Any, reason: str) -> None:
    with pytest.raises(InvalidRequestError, match=reason):
        content(block)


IMAGE = ImageBlock.from_bytes(b"x", mime_type="image/png")
SOUND = AudioBlock.from_bytes(b"x", mime_type="audio/wav")


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([SystemMessage([IMAGE]), HumanMessage("Q")], "no image in a SystemMessage"),
        (
            [HumanMessage("Q"), called(), ToolMessage([SOUND], "tooluse_1")],
            "no audio in a ToolMessage",
        ),
    ],
)
def test_media_stand_where_converse_has_them(messages: list[Message], reason: str) -> None:
    with pytest.raises(InvalidRequestError, match=reason):
        encoded(messages)


def test_names_of_documents_are_plain_and_differ() -> None:
    names = [
        "Q3 report_v1.final.pdf",
        "Q3 report_v1.final.pdf",
        None,
        "a  b.txt",
        "…",
        "[x] (y).md",
    ]
    blocks = [FileBlock.from_bytes(b"x", mime_type="text/plain", name=name) for name in names]
    assert [part["document"]["name"] for part in content(*blocks)] == [
        "Q3 report-v1-final",
        "Q3 report-v1-final (2)",
        "document",
        "a b",
        "document (2)",
        "[x] (y)",
    ]


def test_a_document_may_be_cited() -> None:
    extras = {"citations": {"enabled": True}, "context": "An old one."}
    block = FileBlock.from_bytes(b"x", mime_type="application/pdf", extras=extras)
    assert content(block)[0]["document"] | extras == content(block)[0]["document"]


def test_cited_text_goes_back_with_its_citations() -> None:
    cited = {"title": "Manual", "sourceContent": [{"text": "Press it."}], "location": {"web": {}}}
    wire = {"citationsContent": {"content": [{"text": "Press."}], "citations": [cited]}}
    message = reply(
        {"output": {"message": {"role": "assistant", "content": [wire]}}, "stopReason": "end_turn"}
    )
    assert turns(HumanMessage("Q"), message, HumanMessage("R"))[1]["content"] == [wire]


def test_a_tool_that_the_vendor_ran_goes_back_with_its_result() -> None:
    message = answer(
        ServerToolCall("web_search", {"q": "Ulm"}, "s1", extras={"name": "nova_grounding"}),
        ServerToolResult([{"text": "x"}], "s1", None, extras={"type": "nova_grounding_result"}),
        TextBlock("A"),
    )
    use, result, _ = turns(HumanMessage("Q"), message, HumanMessage("R"))[1]["content"]
    assert use["toolUse"]["type"] == "server_tool_use"
    assert use["toolUse"]["name"] == "nova_grounding"
    assert result["toolResult"]["type"] == "nova_grounding_result"


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage("Hi", additional_kwargs={"cache_control": {"type": "ephemeral"}}),
        HumanMessage([TextBlock("Hi", extras={"cache_control": {"type": "ephemeral"}})]),
    ],
)
def test_a_key_that_would_be_lost_is_named(message: Message) -> None:
    with pytest.raises(InvalidRequestError, match="cache_control"):
        encoded([message])
