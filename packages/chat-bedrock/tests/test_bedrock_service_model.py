"""Converse as botocore's model of the service has it: each member and each value is accounted for.

A member that is new in a later botocore fails here, and wants a row: code that reads or writes it,
or the reason why it goes through as it is.
"""

from __future__ import annotations

import re
from typing import Any

import botocore
import botocore.session
import pytest
from chat_bedrock import ChatBedrock
from chat_bedrock.call_ids import CALL_IDS
from chat_bedrock.decode import ConverseDecoder
from chat_bedrock.decode_blocks import decode_block
from chat_bedrock.encode import INFERENCE
from chat_bedrock.encode_tools import TOOL_NAMES
from chat_bedrock.errors import error_in_frame
from chat_bedrock.finish import FINISH_REASONS
from chat_bedrock.media_formats import FORMATS, mime_type_of
from chat_core import APIError, NonStandardBlock, ServerError

KNOWN = (1, 44)
"""The first botocore whose model has all that stands here."""

if tuple(map(int, botocore.__version__.split(".")[:2])) < KNOWN:
    pytest.skip(
        f"botocore {botocore.__version__} has an older model of the service",
        allow_module_level=True,
    )

MODEL: Any = botocore.session.Session().get_service_model("bedrock-runtime")


def members(shape: str) -> set[str]:
    return set(MODEL.shape_for(shape).members)


def values(shape: str) -> set[str]:
    return set(MODEL.shape_for(shape).enum)


AS_GIVEN = "goes through in the vendor's shape, as a NonStandardBlock or a dict"

ACCOUNTED: dict[str, dict[str, str]] = {
    "ConverseStreamRequest": {
        "modelId": "model",
        "messages": "messages",
        "system": "SystemMessage",
        "inferenceConfig": "max_tokens, temperature, top_p, stop",
        "toolConfig": "bind_tools",
        "guardrailConfig": "guardrail_config",
        "projectIdentifier": "project_identifier",
        "additionalModelRequestFields": "additional_model_request_fields",
        "promptVariables": "prompt_variables",
        "additionalModelResponseFieldPaths": "additional_model_response_field_paths",
        "requestMetadata": "request_metadata",
        "performanceConfig": "performance_config",
        "serviceTier": "service_tier",
        "outputConfig": "output_config, effort, with_structured_output",
    },
    "ContentBlock": {
        "text": "TextBlock",
        "image": "ImageBlock",
        "document": "FileBlock",
        "video": "VideoBlock",
        "audio": "AudioBlock",
        "toolUse": "ToolCall, ServerToolCall",
        "toolResult": "ToolMessage, ServerToolResult",
        "guardContent": "extras of a TextBlock",
        "cachePoint": "extras of any block",
        "reasoningContent": "ReasoningBlock",
        "citationsContent": "TextBlock with citations",
        "searchResult": AS_GIVEN,
        "toolAddition": AS_GIVEN,
        "toolRemoval": AS_GIVEN,
    },
    "ToolResultContentBlock": {
        "json": AS_GIVEN,
        "text": "TextBlock",
        "image": "ImageBlock",
        "document": "FileBlock",
        "video": "VideoBlock",
        "searchResult": AS_GIVEN,
    },
    "SystemContentBlock": {
        "text": "TextBlock",
        "guardContent": "extras of a TextBlock",
        "cachePoint": "extras of any block",
    },
    "DocumentBlock": {
        "format": "mime_type",
        "name": "name",
        "source": "base64 or an s3 URL",
        "context": "extras",
        "citations": "extras",
    },
    "DocumentSource": {
        "bytes": "base64",
        "s3Location": "an s3 URL",
        "text": AS_GIVEN,
        "content": AS_GIVEN,
    },
    "Tool": {"toolSpec": "ToolSpec", "systemTool": AS_GIVEN, "cachePoint": "extras of a tool"},
    "ToolSpecification": {
        "name": "name",
        "description": "description",
        "inputSchema": "parameters",
        "strict": "strict",
    },
    "ToolChoice": {"auto": "auto", "any": "any", "tool": "the name of a tool"},
    "ToolUseBlock": {
        "toolUseId": "id",
        "name": "name",
        "input": "args",
        "type": "the block's class",
    },
    "ReasoningContentBlock": {"reasoningText": "text, extras", "redactedContent": "extras"},
    "ReasoningTextBlock": {"text": "text", "signature": "extras"},
    "Citation": {
        "title": "title",
        "source": "url, extras",
        "sourceContent": "cited_text, extras",
        "location": "url, extras",
    },
    "ConverseResponse": {
        "output": "blocks",
        "stopReason": "finish_reason",
        "usage": "usage_metadata",
        "metrics": "response_metadata",
        "additionalModelResponseFields": "response_metadata",
        "trace": "response_metadata",
        "performanceConfig": "response_metadata",
        "serviceTier": "response_metadata",
    },
    "ConverseStreamMetadataEvent": {
        "usage": "usage_metadata",
        "metrics": "response_metadata",
        "trace": "response_metadata",
        "performanceConfig": "response_metadata",
        "serviceTier": "response_metadata",
    },
    "MessageStopEvent": {
        "stopReason": "finish_reason",
        "additionalModelResponseFields": "response_metadata",
    },
    "ContentBlockStart": {
        "toolUse": "ToolCallChunk, ServerToolCall",
        "toolResult": "ServerToolResult",
        "image": "ImageBlock",
    },
    "ContentBlockDelta": {
        "text": "text",
        "toolUse": "args",
        "toolResult": "content of a ServerToolResult",
        "reasoningContent": "ReasoningBlock",
        "citation": "citations",
        "image": "ImageBlock",
    },
    "ReasoningContentBlockDelta": {
        "text": "text",
        "redactedContent": "extras",
        "signature": "extras",
    },
    "TokenUsage": {
        "inputTokens": "input_tokens",
        "outputTokens": "output_tokens",
        "totalTokens": "input_tokens and output_tokens, the cache included, add up to it",
        "cacheReadInputTokens": "input_token_details",
        "cacheWriteInputTokens": "input_token_details",
        "cacheDetails": "not read: the same tokens again, by the time that they are kept",
    },
    "OutputConfig": {"textFormat": "with_structured_output", "effort": "effort"},
}


@pytest.mark.parametrize("shape", ACCOUNTED)
def test_each_member_of_a_shape_is_accounted_for(shape: str) -> None:
    assert members(shape) == set(ACCOUNTED[shape])


def test_each_event_and_each_exception_of_the_stream_is_read() -> None:
    known = set(ConverseDecoder()._events)
    for name, shape in MODEL.shape_for("ConverseStreamOutput").members.items():
        if not shape.metadata.get("exception"):
            assert name in known
            continue
        error = error_in_frame(f"exception:{name}", {"message": "No."})
        assert isinstance(error, APIError)
        assert error.status == shape.metadata["error"]["httpStatusCode"]


def test_each_exception_of_the_operations_has_its_status() -> None:
    for operation in ("Converse", "ConverseStream"):
        for shape in MODEL.operation_model(operation).error_shapes:
            error = error_in_frame(f"exception:{shape.name}", {"message": "No."})
            assert error.status == shape.metadata["error"]["httpStatusCode"]
            assert type(error) is not ServerError or error.status in (408, 424, 500)


def test_each_stop_reason_has_a_finish_reason() -> None:
    assert values("StopReason") <= FINISH_REASONS.keys()


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("image", "ImageFormat"),
        ("document", "DocumentFormat"),
        ("video", "VideoFormat"),
        ("audio", "AudioFormat"),
    ],
)
def test_each_format_has_a_type_and_each_type_a_format_of_the_model(kind: str, shape: str) -> None:
    assert set(FORMATS[kind].values()) <= values(shape)
    assert {word for word in values(shape) if mime_type_of(kind, word) is None} == set()


def test_settings_of_inference_are_the_models() -> None:
    assert set(INFERENCE.values()) == members("InferenceConfiguration")


def test_tiers_are_the_models() -> None:
    field = ChatBedrock.model_fields["service_tier"]
    for tier in values("ServiceTierType"):
        assert tier in str(field.annotation)


def test_ids_and_names_fit_the_patterns_of_the_model() -> None:
    for given in ("call 1", "x" * 200, "ü", "call.1:2-3_4", ""):
        for shape, made in (
            ("ToolUseId", CALL_IDS.wire_id(given)),
            ("ToolName", TOOL_NAMES.wire_name(given)),
        ):
            metadata = MODEL.shape_for(shape).metadata
            assert re.fullmatch(metadata.get("pattern", ".*"), made), (shape, made)
            assert 1 <= len(made) <= metadata["max"]


@pytest.mark.parametrize(
    "kind", [kind for kind, how in ACCOUNTED["ContentBlock"].items() if how is AS_GIVEN]
)
def test_a_block_of_an_answer_that_has_no_class_is_kept_as_it_is(kind: str) -> None:
    assert decode_block({kind: {"a": 1}}, 0) == NonStandardBlock({kind: {"a": 1}}, index=0)
