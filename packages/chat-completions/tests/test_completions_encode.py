"""Requests: messages, media, tools and schemas in the wire's shape, and what it refuses to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_completions import Dialect, encode_request
from chat_completions.encode_messages import encode_messages
from chat_core import (
    AIMessage,
    AudioBlock,
    Citation,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    VideoBlock,
)
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec
from completions_wire import GATEWAY, OPENAI, Named

FOREIGN = {"model_provider": "anthropic"}


def turns(*messages: Message, dialect: Dialect = OPENAI) -> list[dict[str, Any]]:
    return encode_messages(messages, "m", dialect)


def request(
    *messages: Message, dialect: Dialect = OPENAI, stream: bool = False, **said: Any
) -> dict[str, Any]:
    return encode_request(
        messages or [HumanMessage("hi")],
        model="m",
        settings=said.pop("settings", {}),
        options=CallOptions(**said.pop("options", {})),
        stream=stream,
        dialect=dialect,
        **said,
    )


# --- settings


def test_settings_go_out_under_their_names_and_none_stays_home() -> None:
    body = request(settings={"temperature": 0, "top_p": None, "max_tokens": 5})
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "temperature": 0,
        "max_tokens": 5,
    }


def test_a_dialect_names_max_tokens_and_the_system_role_by_model() -> None:
    class Reasoning(Dialect):
        def max_tokens_field(self, model: str) -> str:
            return "max_completion_tokens"

        def system_role(self, model: str) -> str:
            return "developer"

    body = request(SystemMessage("be kind"), dialect=Reasoning(), settings={"max_tokens": 5})
    assert body["max_completion_tokens"] == 5
    assert "max_tokens" not in body
    assert body["messages"][0]["role"] == "developer"


def test_a_stream_asks_for_its_usage_unless_that_is_switched_off() -> None:
    assert request(stream=True)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in request(stream=True, stream_usage=False)
    assert "stream" not in request()


def test_model_kwargs_are_merged_in_as_they_are() -> None:
    body = request(model_kwargs={"reasoning": {"effort": "low"}})
    assert body["reasoning"] == {"effort": "low"}


@pytest.mark.parametrize("where", ["settings", "model_kwargs"])
def test_more_than_one_candidate_is_refused_and_points_at_batch(where: str) -> None:
    two: dict[str, Any] = {where: {"n": 2}}
    one: dict[str, Any] = {where: {"n": 1}}
    with pytest.raises(InvalidParameterError, match=r"batch\(\[input\] \* 2\)"):
        request(**two)
    assert request(**one)["n"] == 1


# --- tools and schemas

TOOL = ToolSpec("f", "does f", {"type": "object", "properties": {}}, strict=True)


def test_a_tool_is_a_function_and_a_vendors_own_goes_verbatim() -> None:
    body = request(options={"tools": (TOOL, {"type": "browser_search"})})
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "f",
                "description": "does f",
                "parameters": {"type": "object", "properties": {}},
                "strict": True,
            },
        },
        {"type": "browser_search"},
    ]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("any", "required"),
        ("f", {"type": "function", "function": {"name": "f"}}),
        ({"type": "x"}, {"type": "x"}),
    ],
)
def test_tool_choice_in_the_wires_words(choice: Any, wire: Any) -> None:
    assert request(options={"tools": (TOOL,), "tool_choice": choice})["tool_choice"] == wire


def test_the_word_for_some_tool_is_the_dialects() -> None:
    body = request(options={"tools": (TOOL,), "tool_choice": "any"}, dialect=Named("mistralai"))
    assert body["tool_choice"] == "any"


def test_a_choice_of_a_tool_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="names no tool; there are f"):
        request(options={"tools": (TOOL,), "tool_choice": "g"})
    with pytest.raises(InvalidParameterError, match="without tools"):
        request(options={"tool_choice": "any"})
    own = request(options={"tools": (TOOL, {"type": "function"}), "tool_choice": "g"})
    assert own["tool_choice"]["function"]["name"] == "g"  # it may be in the vendor's own dict


def test_parallel_tool_calls_is_sent_only_with_tools() -> None:
    assert "parallel_tool_calls" not in request(options={"parallel_tool_calls": False})
    body = request(options={"tools": (TOOL,), "parallel_tool_calls": False})
    assert body["parallel_tool_calls"] is False


def test_a_schema_for_the_answer_is_a_response_format() -> None:
    schema = ResponseSchema("City", {"type": "object"}, "a city", strict=True)
    assert request(options={"response_schema": schema})["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "City",
            "schema": {"type": "object"},
            "description": "a city",
            "strict": True,
        },
    }
    assert request(options={"json_mode": True})["response_format"] == {"type": "json_object"}


# --- what users say


def test_plain_text_is_a_string_and_anything_else_a_list_of_parts() -> None:
    cached = TextBlock("b", extras={"cache_control": {"type": "ephemeral"}})
    assert turns(HumanMessage("a"))[0]["content"] == "a"
    assert turns(HumanMessage(""))[0]["content"] == ""
    assert turns(SystemMessage([TextBlock("a"), cached]))[0]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}},
    ]


def test_names_and_fields_without_a_block_go_along() -> None:
    message = HumanMessage("a", name="bob", additional_kwargs={"x": 1})
    assert turns(message) == [{"role": "user", "content": "a", "name": "bob", "x": 1}]


@pytest.mark.parametrize("name", ["Dr. Øst", "a b", "x" * 65])
def test_a_name_that_openai_refuses_as_a_field_stands_before_the_text(name: str) -> None:
    assert turns(HumanMessage("a", name=name)) == [{"role": "user", "content": f"{name}: a"}]


def test_an_image_of_another_vendors_answer_stands_in_the_users_next_turn() -> None:
    picture = ImageBlock(base64="AAA=", mime_type="image/png", extras={"thoughtSignature": "s"})
    drawn = AIMessage([TextBlock("a"), picture], response_metadata={"model_provider": "elsewhere"})
    (_, answered, asked) = turns(HumanMessage("q"), drawn, HumanMessage("bluer"))
    assert answered == {"role": "assistant", "content": "a"}
    url = {"url": "data:image/png;base64,AAA="}
    assert asked["content"][1] == {"type": "image_url", "image_url": url}
    assert asked["content"][2] == {"type": "text", "text": "bluer"}


def test_media_in_the_wires_shape() -> None:
    (turn,) = turns(
        HumanMessage(
            [
                ImageBlock("http://x/i.png", extras={"detail": "low"}),
                ImageBlock(base64="AAA=", mime_type="image/png"),
                AudioBlock(base64="AAA=", mime_type="audio/mpeg"),
                FileBlock(base64="AAA=", mime_type="application/pdf"),
                FileBlock(base64="AAA=", mime_type="text/csv", name="t.csv"),
                FileBlock(file_id="file-1"),
            ]
        )
    )
    assert turn["content"] == [
        {"type": "image_url", "image_url": {"url": "http://x/i.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAA="}},
        {"type": "input_audio", "input_audio": {"data": "AAA=", "format": "mp3"}},
        {
            "type": "file",
            "file": {
                "filename": "document.pdf",
                "file_data": "data:application/pdf;base64,AAA=",
            },
        },
        {"type": "file", "file": {"filename": "t.csv", "file_data": "data:text/csv;base64,AAA="}},
        {"type": "file", "file": {"file_id": "file-1"}},
    ]


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (
            VideoBlock("http://x/v.mp4"),
            "VideoBlock.*takes text and audio and files and images.*another provider",
        ),
        (AudioBlock("http://x/a.mp3"), "AudioBlock.url=.*give base64 instead"),
        (ImageBlock(file_id="f"), "ImageBlock.file_id=.*give base64 or url instead"),
        (ImageBlock(base64="AAA="), "needs mime_type"),
        (ToolCall("f", {}, "1"), "holds text and media"),
    ],
)
def test_what_the_vendor_cannot_take_is_refused_by_name(block: Any, says: str) -> None:
    with pytest.raises(InvalidParameterError, match=says):
        turns(HumanMessage([block]))


def test_a_dialect_may_take_more_media_in_a_shape_of_its_own() -> None:
    class Video(Dialect):
        media = Dialect.media | {"video:url", "file:url"}

        def media_part(self, block: Any) -> dict[str, Any] | None:
            return {"type": "document_url", "url": block.url} if block.type == "file" else None

    (turn,) = turns(HumanMessage([VideoBlock("gs://v"), FileBlock("d")]), dialect=Video())
    assert turn["content"] == [
        {"type": "video_url", "video_url": {"url": "gs://v"}},
        {"type": "document_url", "url": "d"},
    ]


# --- what models said


def told(*blocks: Any, dialect: Dialect = OPENAI, **fields: Any) -> dict[str, Any]:
    """An answer with ``blocks``, told back with results for its calls."""
    message = AIMessage(blocks, **fields)
    calls = [block for block in blocks if isinstance(block, ToolCall | InvalidToolCall)]
    results = [ToolMessage("r", call.id or "") for call in calls]
    customs = [block.value for block in blocks if isinstance(block, NonStandardBlock)]
    results += [ToolMessage("r", value["id"]) for value in customs if "id" in value]
    return turns(HumanMessage("q"), message, *results, dialect=dialect)[1]


def test_an_answers_texts_are_one_string() -> None:
    assert told(TextBlock("a"), TextBlock("b")) == {"role": "assistant", "content": "ab"}


def test_an_empty_answer_is_left_out_and_a_call_alone_has_null() -> None:
    for empty in (AIMessage(), AIMessage([ReasoningBlock("hm")]), AIMessage([TextBlock("")])):
        for dialect in (OPENAI, GATEWAY):
            wire = turns(HumanMessage("q"), empty, HumanMessage("go"), dialect=dialect)
            assert [turn["content"] for turn in wire] == ["q", "go"]
    asked = told(ToolCall("f", {"x": "ü"}, "1"))
    assert asked["content"] is None
    assert asked["tool_calls"] == [
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x":"ü"}'}}
    ]


def test_a_refusal_goes_back_as_one_to_its_vendor_and_as_text_to_another() -> None:
    assert told(RefusalBlock("no")) == {"role": "assistant", "content": None, "refusal": "no"}
    assert told(RefusalBlock("no"), response_metadata=FOREIGN) == {
        "role": "assistant",
        "content": "no",
    }


def test_what_only_its_vendor_understands_stays_behind() -> None:
    wire = told(
        ReasoningBlock("hm", extras={"signature": "s"}),
        ServerToolCall("web_search"),
        NonStandardBlock({"type": "x"}),
        TextBlock("a", extras={"cache_control": {}}),
        ToolCall("f", {}, "1", extras={"extra_content": {"google": {}}}),
        response_metadata=FOREIGN,
        additional_kwargs={"x": 1},
    )
    assert wire == {
        "role": "assistant",
        "content": "a",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ],
    }


def test_a_signature_beside_a_call_goes_back_with_it() -> None:
    call = ToolCall("f", {}, "1", extras={"extra_content": {"google": {"thought_signature": "s"}}})
    (wire,) = told(call)["tool_calls"]
    assert wire["extra_content"] == {"google": {"thought_signature": "s"}}


def test_a_broken_call_goes_back_with_its_arguments_only_if_they_are_an_object() -> None:
    for text, sent in (('{"x', "{}"), ("[1]", "{}"), ("", "{}"), ('{"x": 1}', '{"x": 1}')):
        broken = InvalidToolCall("f", text, "1", "cut")
        assert told(broken)["tool_calls"][0]["function"]["arguments"] == sent


def test_the_name_of_another_vendors_tool_is_written_in_plain_characters() -> None:
    class Lenient(Dialect):
        plain_names = False

    call = ToolCall("files.read:" + "x" * 90, {}, "1")
    plain = told(call)["tool_calls"][0]["function"]["name"]
    assert plain == ("files_read_" + "x" * 90)[:64]
    assert told(call, dialect=Lenient())["tool_calls"][0]["function"]["name"] == call.name


def test_a_broken_call_without_a_result_is_left_out() -> None:
    broken = InvalidToolCall("f", "{", "1", "cut")
    (_, wire) = turns(HumanMessage("q"), AIMessage([TextBlock("a"), broken]))
    assert wire == {"role": "assistant", "content": "a"}
    assert len(turns(HumanMessage("q"), AIMessage([broken]))) == 1
    with pytest.raises(InvalidRequestError, match="Message 0 has neither text nor calls"):
        turns(AIMessage([broken]))


def test_a_call_without_an_id_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="has no id"):
        turns(AIMessage([ToolCall("f", {})]))


def test_call_ids_are_remapped_alike_in_calls_and_results() -> None:
    class Short(Dialect):
        def call_id(self, id: str) -> str:
            return id[-9:]

    said = AIMessage([ToolCall("f", {}, "call_123456789")])
    _, call, result = turns(
        HumanMessage("q"), said, ToolMessage("r", "call_123456789"), dialect=Short()
    )
    assert call["tool_calls"][0]["id"] == result["tool_call_id"] == "123456789"


def test_reasoning_goes_back_in_the_field_it_came_in_if_the_dialect_says_so() -> None:
    said = ReasoningBlock("hm", extras={"field": "reasoning"})
    assert told(said, TextBlock("a")) == {"role": "assistant", "content": "a"}
    assert told(said, TextBlock("a"), dialect=GATEWAY)["reasoning"] == "hm"
    plain = ReasoningBlock("hm")
    assert told(plain, TextBlock("a"), dialect=GATEWAY)["reasoning_content"] == "hm"


def test_empty_reasoning_goes_back_in_the_field_that_it_came_in() -> None:
    wire = told(
        ReasoningBlock("", extras={"field": "reasoning_content"}),
        ToolCall("f", {}, "1"),
        dialect=GATEWAY,
    )
    assert wire["reasoning_content"] == ""


def test_reasoning_details_go_back_verbatim_and_alone() -> None:
    details = [{"type": "reasoning.encrypted", "data": "x"}]
    wire = told(
        ReasoningBlock("hm", extras={"field": "reasoning", "reasoning_details": details}),
        TextBlock("a"),
        dialect=GATEWAY,
    )
    assert wire["reasoning_details"] == details
    assert "reasoning" not in wire


def test_reasoning_of_another_vendor_goes_as_plain_text_without_its_extras() -> None:
    said = ReasoningBlock("hm", extras={"field": "x", "reasoning_details": [{"data": "x"}]})
    wire = told(said, TextBlock("a"), dialect=GATEWAY, response_metadata=FOREIGN)
    assert wire == {"role": "assistant", "content": "a", "reasoning_content": "hm"}


def test_sound_goes_back_by_its_id_and_to_another_vendor_as_its_words() -> None:
    sound = AudioBlock(base64="AAA=", transcript="hi", extras={"id": "au_1"})
    assert told(sound) == {"role": "assistant", "content": None, "audio": {"id": "au_1"}}
    assert told(sound, response_metadata=FOREIGN)["content"] == "hi"


def test_images_go_back_where_the_dialect_takes_them() -> None:
    image = ImageBlock(base64="AAA=", mime_type="image/png")
    assert told(image, TextBlock("a")) == {"role": "assistant", "content": "a"}
    assert told(image, dialect=GATEWAY)["images"] == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAA="}}
    ]


def test_annotations_that_are_no_url_citations_go_back() -> None:
    annotation = {"type": "file", "file": {"hash": "h"}}
    text = TextBlock("a", (Citation(extras={"annotation": annotation}), Citation(url="u")))
    assert told(text, dialect=GATEWAY)["annotations"] == [annotation]
    assert "annotations" not in told(text)


def test_a_custom_tools_call_goes_back_as_it_came() -> None:
    call = {"type": "custom", "id": "1", "custom": {"name": "sql", "input": "SELECT 1"}}
    assert told(NonStandardBlock(call))["tool_calls"] == [call]


def test_a_legacy_call_and_its_result_go_back_in_the_legacy_shape() -> None:
    call = ToolCall("f", {}, "made-up", extras={"legacy": True})
    _, said, result = turns(HumanMessage("q"), AIMessage([call]), ToolMessage("r", "made-up"))
    assert said["function_call"] == {"name": "f", "arguments": "{}"}
    assert "tool_calls" not in said
    assert result == {"role": "function", "name": "f", "content": "r"}


# --- what tools gave

CALLED = AIMessage([ToolCall("f", {}, "1"), ToolCall("g", {}, "2")])
IMAGE = ImageBlock("http://x/i.png")
IMAGE_PART = {"type": "image_url", "image_url": {"url": "http://x/i.png"}}


def test_images_of_results_follow_in_one_user_message_after_the_turns_results() -> None:
    wire = turns(
        HumanMessage("q"),
        CALLED,
        ToolMessage([IMAGE], "1"),
        ToolMessage([TextBlock("see"), IMAGE], "2"),
        HumanMessage("well?"),
    )
    assert [turn["role"] for turn in wire] == ["user", "assistant", "tool", "tool", "user", "user"]
    assert isinstance(wire[2]["content"], str)
    assert wire[3]["content"] == "see"
    assert [part for part in wire[4]["content"] if part["type"] == "image_url"] == [IMAGE_PART] * 2


def test_images_of_the_last_result_follow_too() -> None:
    wire = turns(HumanMessage("q"), CALLED, ToolMessage("r", "1"), ToolMessage([IMAGE], "2"))
    assert [turn["role"] for turn in wire] == ["user", "assistant", "tool", "tool", "user"]
    assert wire[-1]["content"][-1] == IMAGE_PART


def test_images_of_results_stay_in_place_where_the_dialect_takes_them() -> None:
    wire = turns(
        HumanMessage("q"), CALLED, ToolMessage([IMAGE], "1"), ToolMessage("r", "2"), dialect=GATEWAY
    )
    assert wire[2] == {"role": "tool", "tool_call_id": "1", "content": [IMAGE_PART]}


def test_the_dialect_has_the_last_word_on_the_turns() -> None:
    class Backwards(Dialect):
        def encode_turns(self, turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return turns[::-1]

    wire = turns(HumanMessage("a"), HumanMessage("b"), dialect=Backwards())
    assert [turn["content"] for turn in wire] == ["b", "a"]


def test_a_body_is_json_and_shares_nothing_that_the_caller_could_see_change() -> None:
    message = HumanMessage([ImageBlock("https://u", extras={"detail": "low"})])
    body = request(message, options={"tools": (TOOL,)})
    json.dumps(body)
    assert message.blocks[0].extras == {"detail": "low"}


# --- what vendors refuse


@pytest.mark.parametrize("name", ["drive.search", "a b", "n" * 65, "größe"])
def test_a_tools_name_that_vendors_refuse_is_refused_by_name(name: str) -> None:
    tool = ToolSpec(name, "", {"type": "object"})
    with pytest.raises(InvalidParameterError, match="names of tools") as seen:
        request(options={"tools": (tool,)}, dialect=Named("groq"))
    assert repr(name)[:50] in str(seen.value)


@pytest.mark.parametrize("schema", [{}, {"properties": {"a": {"type": "string"}}}])
def test_a_tools_schema_without_a_type_is_that_of_an_object(schema: dict[str, Any]) -> None:
    body = request(options={"tools": (ToolSpec("f", "", schema),)})
    assert body["tools"][0]["function"]["parameters"] == {"type": "object", **schema}


def test_odd_characters_in_the_name_of_an_answers_schema_are_replaced() -> None:
    schema = ResponseSchema("Page[int] of " + "x" * 80, {"type": "object"})
    name = request(options={"response_schema": schema})["response_format"]["json_schema"]["name"]
    assert name == ("Page_int__of_" + "x" * 80)[:64]


@pytest.mark.parametrize(
    ("file", "url"),
    [
        (FileBlock("https://h/a", mime_type="image/png"), "https://h/a"),
        (FileBlock("https://h/a.JPG?size=1"), "https://h/a.JPG?size=1"),
        (FileBlock(base64="aGk=", mime_type="image/png"), "data:image/png;base64,aGk="),
        (FileBlock(base64="aGk=", name="a.webp"), "data:image/webp;base64,aGk="),
    ],
)
@pytest.mark.parametrize("dialect", [OPENAI, GATEWAY, Named("mistralai")])
def test_a_file_that_is_an_image_goes_out_as_one(
    file: FileBlock, url: str, dialect: Dialect
) -> None:
    (turn,) = turns(HumanMessage([file]), dialect=dialect)
    assert turn["content"] == [{"type": "image_url", "image_url": {"url": url}}]
