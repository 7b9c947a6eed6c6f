"""The bodies that clients send: what becomes of each part, and what is refused, by its field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    AudioBlock,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    VideoBlock,
)
from chat_web.protocols import read_ag_ui_request, read_vercel_request

Wire = dict[str, Any]


def ask(*parts: Wire) -> Wire:
    return {"id": "u-1", "role": "user", "parts": list(parts)}


def say(*parts: Wire) -> Wire:
    return {"id": "a-1", "role": "assistant", "parts": list(parts)}


def text(words: str) -> Wire:
    return {"type": "text", "text": words}


def call(state: str, **fields: Any) -> Wire:
    about = {"type": "tool-weather", "toolCallId": "call_1", "input": {"city": "Bern"}}
    return {**about, "state": state, **fields}


def vercel(*messages: Wire, **fields: Any) -> list[Any]:
    return read_vercel_request({"messages": list(messages), **fields}).messages


STEP: Wire = {"type": "step-start"}
ASKED = ToolCall("weather", {"city": "Bern"}, "call_1")


def test_a_body_is_read_from_its_bytes_with_what_the_page_adds() -> None:
    body = {
        "id": "chat-1",
        "messages": [ask(text("Hi")), say(text("Hello"))],
        "trigger": "regenerate-message",
        "messageId": "a-1",
        "model": "groq:llama",
    }
    request = read_vercel_request(json.dumps(body).encode())
    assert request.chat_id == "chat-1"
    assert request.trigger == "regenerate-message"
    assert request.message_id == "a-1"
    assert request.answer_id == "a-1"
    assert request.fields == {"model": "groq:llama"}
    assert [message.content for message in request.messages] == ["Hi", "Hello"]


def test_files_of_a_user_become_blocks_of_their_kind() -> None:
    def block(url: str, media_type: str | None, **fields: Any) -> Any:
        part = {"type": "file", "url": url, "mediaType": media_type, **fields}
        (message,) = vercel(ask(part))
        return message.blocks[0]

    png = ImageBlock(base64="aGk=", mime_type="image/png")
    assert block("data:image/png;base64,aGk=", "image/png") == png
    assert block("data:image/png;base64,aGk=", "image/*") == png
    unknown = "data:application/octet-stream;base64,aGk="
    assert block(unknown, "audio/*") == AudioBlock(base64="aGk=")
    assert block("https://a.org/x", "video/*") == VideoBlock("https://a.org/x")
    assert block(unknown, "application/octet-stream") == FileBlock(
        base64="aGk=", mime_type="application/octet-stream"
    )
    assert block("https://a.org/a.mp3", None) == AudioBlock(
        "https://a.org/a.mp3", mime_type="audio/mpeg"
    )
    pdf = FileBlock(base64="aGk=", mime_type="application/pdf", name="fish.pdf")
    assert block("data:;base64,aGk=", "application/pdf", filename="fish.pdf") == pdf


def test_a_file_that_a_vendor_keeps_is_named_by_its_id() -> None:
    part = {"type": "file", "url": "", "mediaType": "image/png"}
    (message,) = vercel(ask({**part, "providerReference": {"openai": "file-1"}}))
    assert message.blocks == (ImageBlock(file_id="file-1", mime_type="image/png"),)
    with pytest.raises(
        InvalidParameterError, match=r"parts\[0\]\.providerReference\.openai is text"
    ):
        vercel(ask({**part, "providerReference": {"openai": 1}}))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "blob:https://a.org/1", "/fish.png", ""])
def test_a_file_that_a_server_must_not_or_cannot_read_is_refused(url: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"^messages\[0\]\.parts\[0\]\.url is a URL"):
        vercel(ask({"type": "file", "url": url, "mediaType": "image/png"}))


def test_parts_for_the_page_alone_are_not_sent_to_the_model() -> None:
    data = {"type": "data-weather", "data": {"sky": "blue"}}
    source = {"type": "source-url", "sourceId": "1", "url": "https://a.org"}
    assert [m.content for m in vercel(ask(data, text("Hi")), say(source, text("Hello")))] == [
        "Hi",
        "Hello",
    ]


def test_each_step_is_an_answer_and_its_results() -> None:
    output = call("output-available", output={"sky": "blue"})
    found = vercel(ask(text("Hi")), say(STEP, text("See."), output, STEP, text("Sunny.")))
    assert found[1:] == [
        AIMessage([TextBlock("See."), ASKED]),
        ToolMessage('{"sky": "blue"}', "call_1", name="weather"),
        AIMessage("Sunny."),
    ]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (call("output-error", errorText="No such city."), "No such city."),
        (call("output-denied", approval={"id": "1", "approved": False}), "The user denied this"),
        (
            call("approval-responded", approval={"id": "1", "approved": False, "reason": "Rain."}),
            "The user denied this call: Rain.",
        ),
    ],
)
def test_a_call_that_failed_or_was_denied_has_an_error_as_its_result(
    part: Wire, expected: str
) -> None:
    _, result = vercel(say(part))
    assert result.status == "error"
    assert result.content.startswith(expected)


@pytest.mark.parametrize("state", ["input-available", "approval-requested", "approval-responded"])
def test_a_call_without_a_result_is_left_for_the_server_to_run_only_at_the_end(state: str) -> None:
    part = call(state, approval={"id": "1", "approved": True})
    assert vercel(say(part)) == [AIMessage([ASKED])]
    answer, _ = vercel(say(part), ask(text("Never mind.")))
    assert isinstance(answer.blocks[0], InvalidToolCall)


def test_a_call_that_is_still_streaming_is_left_out() -> None:
    assert vercel(say(text("See."), call("input-streaming"))) == [AIMessage("See.")]


def test_a_call_whose_input_was_no_object_stays_invalid() -> None:
    part = call("output-error", input=None, rawInput='{"city', errorText="cut off")
    (answer,) = vercel(say(part))
    assert answer.blocks == (InvalidToolCall("weather", '{"city', "call_1", "cut off"),)


def test_a_dynamic_tool_is_read_like_any_other() -> None:
    part = call("output-available", output="sunny", type="dynamic-tool", toolName="weather")
    assert vercel(say(part))[0].blocks == (ASKED,)


def test_a_tool_of_the_vendor_stays_in_the_answer() -> None:
    part = call("output-available", output=[1], providerExecuted=True)
    (answer,) = vercel(say(part))
    assert answer.blocks == (
        ServerToolCall("weather", {"city": "Bern"}, "call_1"),
        ServerToolResult([1], "call_1", "weather"),
    )


def test_a_tool_of_a_vendor_that_is_not_known_is_taken_for_its_own_by_no_vendor() -> None:
    part = call("output-available", output=[1], providerExecuted=True)
    assert vercel(say(part))[0].response_metadata["model_provider"] == "unknown"
    known = {"chat": {"provider": "anthropic", "server": True}}
    (answer,) = vercel(say({**part, "callProviderMetadata": known}))
    assert answer.response_metadata["model_provider"] == "anthropic"


def test_what_the_vendor_needs_back_comes_back_with_whose_it_is() -> None:
    kept = {"chat": {"extras": {"signature": "s"}, "provider": "anthropic", "model": "claude"}}
    (answer,) = vercel(say({"type": "reasoning", "text": "Hm", "providerMetadata": kept}))
    assert answer.blocks == (ReasoningBlock("Hm", extras={"signature": "s"}),)
    assert answer.response_metadata == {
        "model_provider": "anthropic",
        "model_name": "claude",
        "finish_reason": "stop",
    }


def test_facts_that_another_server_or_a_user_wrote_do_no_harm() -> None:
    for kept in ({"openai": {"itemId": "1"}}, {"chat": 1}, {"chat": {"extras": 1, "model": 2}}, 3):
        part = {**text("x"), "providerMetadata": kept}
        assert vercel(say(part)) == [AIMessage("x")]
    facts = {"chat": {"citations": [1, {"url": 3}, {"url": "https://a.org"}], "kind": "other"}}
    (answer,) = vercel(say({**text("x"), "providerMetadata": facts}))
    assert [each.url for each in answer.blocks[0].citations] == ["https://a.org"]


def test_refusals_and_blocks_of_a_vendor_come_back_as_such() -> None:
    refusal = {**text("No."), "providerMetadata": {"chat": {"kind": "refusal"}}}
    block = {"type": "data-chat-block", "data": {"type": "non_standard", "value": {"a": 1}}}
    (answer,) = vercel(say(refusal, block))
    assert answer.blocks == (RefusalBlock("No."), NonStandardBlock({"a": 1}))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "The body is not JSON"),
        (b"[]", "The body is an object; got []"),
        ({}, "messages is a list; got nothing."),
        ({"messages": []}, "messages holds at least one message"),
        ({"messages": [1]}, "messages[0] is an object; got 1."),
        ({"messages": [{"role": "bot", "parts": []}]}, "messages[0].role is one of"),
        ({"messages": [{"role": "user"}]}, "messages[0].parts is a list; got nothing."),
        ({"messages": [ask({"type": "text"})]}, "messages[0].parts[0].text is text; got nothing."),
        ({"messages": [ask({"type": "dance"})]}, "messages[0].parts[0].type is one of text, file"),
        ({"messages": [say({"type": "dance"})]}, "messages[0].parts[0].type is no type of part"),
        ({"messages": [say(call("done"))]}, "messages[0].parts[0].state is one of input-streaming"),
        ({"messages": [ask(text("x"))], "trigger": "x"}, "trigger is one of submit-message"),
        (
            {"messages": [say({"type": "data-chat-block", "data": {"type": "x"}})]},
            "messages[0].parts[0].data is a block of chat-core",
        ),
        (
            {"messages": [say({"type": "data-chat-block", "data": {"type": "image"}})]},
            "messages[0].parts[0].data is a block of chat-core",
        ),
    ],
)
def test_a_bad_body_of_the_ai_sdk_is_refused_by_the_name_of_its_field(
    body: Any, error: str
) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        read_vercel_request(body)
    assert caught.value.message.startswith(error)


# --- AG-UI


def run(*messages: Wire, **fields: Any) -> Any:
    body = {"threadId": "t-1", "runId": "r-1", "messages": list(messages), **fields}
    return read_ag_ui_request(body)


def user(content: Any, number: int = 1) -> Wire:
    return {"id": f"u-{number}", "role": "user", "content": content}


def answer(number: int, content: str | None, *call_ids: str, **fields: Any) -> Wire:
    function = {"name": "weather", "arguments": '{"city": "Bern"}'}
    calls = [{"id": each, "type": "function", "function": function} for each in call_ids]
    return {
        "id": f"a-{number}",
        "role": "assistant",
        "content": content,
        "toolCalls": calls,
        **fields,
    }


def result(call_id: str, content: Any = "sunny", **fields: Any) -> Wire:
    return {
        "id": f"r-{call_id}",
        "role": "tool",
        "toolCallId": call_id,
        "content": content,
        **fields,
    }


def asked(call_id: str) -> ToolCall:
    return ToolCall("weather", {"city": "Bern"}, call_id)


def test_a_run_is_read_with_its_tools_and_what_the_page_adds() -> None:
    tool = {"name": "confirm", "description": "Asks.", "parameters": {"type": "object"}}
    request = run(
        user("Hi"),
        parentRunId="r-0",
        tools=[tool, {"name": "bare", "description": "", "parameters": {}}],
        state={"page": 1},
        context=[{"description": "Who", "value": "Ada"}],
        forwardedProps={"model": "x"},
    )
    assert (request.thread_id, request.run_id, request.parent_run_id) == ("t-1", "r-1", "r-0")
    assert request.messages == [HumanMessage("Hi", id="u-1")]
    assert [(each.name, each.description) for each in request.tools] == [
        ("confirm", "Asks."),
        ("bare", ""),
    ]
    assert request.tools[0].parameters == {"type": "object"}
    assert request.tools[1].parameters == {"type": "object", "properties": {}}
    assert request.state == {"page": 1}
    assert request.context == [{"description": "Who", "value": "Ada"}]
    assert request.forwarded_props == {"model": "x"}
    assert request.used_ids == {"u-1"}


def test_a_tool_that_the_page_names_twice_is_given_once() -> None:
    tools = [{"name": "confirm", "description": text} for text in ("Old.", "New.")]
    assert [tool.description for tool in run(user("Hi"), tools=tools).tools] == ["New."]


def test_results_that_a_page_lost_or_repeats_do_not_break_the_conversation() -> None:
    lost = run(answer(1, None, "c-1"), answer(2, "Sunny."), user("And 5 * 33?")).messages
    assert [type(block) for block in lost[0].blocks] == [InvalidToolCall, TextBlock]
    repeated = run(
        answer(1, None, "c-1"), result("c-1"), result("c-1"), answer(2, "Sunny."), user("Thanks.")
    ).messages
    assert [type(message) for message in repeated] == [
        AIMessage,
        ToolMessage,
        AIMessage,
        HumanMessage,
    ]


def test_the_parts_of_a_message_become_blocks_in_every_version_of_the_protocol() -> None:
    def block(part: Wire) -> Any:
        return run(user([part])).messages[0].blocks[0]

    data = {"type": "data", "value": "aGk=", "mimeType": "image/png"}
    png = ImageBlock(base64="aGk=", mime_type="image/png")
    assert block({"type": "image", "source": data}) == png
    assert block({"type": "binary", "mimeType": "image/png", "data": "aGk="}) == png
    url = {"type": "url", "value": "https://a.org/x"}
    assert block({"type": "audio", "source": url}) == AudioBlock("https://a.org/x")
    held = {"type": "file", "value": "file-1"}
    assert block({"type": "document", "source": held}) == FileBlock(file_id="file-1")


def test_instructions_are_system_messages() -> None:
    messages = run({"id": "d", "role": "developer", "content": "Be kind."}, user("Hi")).messages
    assert messages[0] == SystemMessage("Be kind.", id="d")


def test_a_message_for_each_call_becomes_one_answer_with_its_results_behind() -> None:
    messages = run(
        user("Hi"),
        answer(1, "See.", "c-1"),
        answer(2, None, "c-2"),
        result("c-2"),
        result("c-1", "rain"),
        answer(3, "Sunny."),
    ).messages
    assert messages[1].blocks == (TextBlock("See."), asked("c-1"), asked("c-2"))
    assert [(m.tool_call_id, m.content) for m in messages[2:4]] == [
        ("c-1", "rain"),
        ("c-2", "sunny"),
    ]
    assert messages[4].content == "Sunny."


def test_calls_of_different_answers_may_have_the_same_id() -> None:
    messages = run(
        answer(1, None, "c"), result("c", "one"), answer(2, None, "c"), result("c", "two")
    ).messages
    assert [message.content for message in messages] == ["", "one", "", "two"]


def test_a_failed_result_is_one_with_an_error_or_with_our_mark() -> None:
    mark = {"metadata": {"chat": {"status": "error"}}}
    for failed in (result("c", "", error="No."), result("c", "No.", **mark)):
        message = run(answer(1, None, "c"), failed).messages[1]
        assert (message.status, message.content) == ("error", "No.")


def test_a_call_that_the_page_never_answered_is_not_sent_on() -> None:
    messages = run(answer(1, "See.", "c-1"), user("Never mind.")).messages
    assert isinstance(messages[0].blocks[1], InvalidToolCall)
    assert run(answer(1, "See.", "c-1")).messages[0].tool_calls == [asked("c-1")]


def test_activities_and_messages_of_subagents_are_for_the_page_alone() -> None:
    activity = {"id": "x", "role": "activity", "activityType": "file", "content": {}}
    subagent = answer(9, "secret", subagentRunId="s-1")
    request = run(user("Hi"), activity, subagent)
    assert [message.content for message in request.messages] == ["Hi"]
    assert "a-9" in request.used_ids


def test_reasoning_goes_into_the_answer_that_it_belongs_to() -> None:
    before = {"id": "a-1-reasoning-1", "role": "reasoning", "content": "First."}
    between = {"id": "a-1-reasoning-2", "role": "reasoning", "content": "Then."}
    messages = run(
        before, answer(1, "See.", "c-1"), result("c-1"), between, answer(2, "Sunny.")
    ).messages
    assert messages[0].blocks == (
        ReasoningBlock("First."),
        TextBlock("See."),
        ReasoningBlock("Then."),
        asked("c-1"),
    )
    assert messages[2].blocks == (TextBlock("Sunny."),)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"threadId": None}, "threadId is text; got nothing."),
        ({"runId": 1}, "runId is text; got 1."),
        ({"runId": ""}, "runId is not empty; got ''."),
        ({"messages": {}}, "messages is a list; got {}."),
        ({"messages": []}, "messages holds at least one message"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages[0].id is text; got nothing."),
        ({"messages": [{"id": "1", "role": "x"}]}, "messages[0].role is one of developer"),
        ({"messages": [user(None)]}, "messages[0].content is text or a list of parts"),
        ({"messages": [user([{"type": "x"}])]}, "messages[0].content[0].type is one of text"),
        (
            {"messages": [user([{"type": "image", "source": {"type": "x", "value": ""}}])]},
            "messages[0].content[0].source.type is one of data, url, file",
        ),
        ({"messages": [result("c")]}, "messages[0].toolCallId is the id of a call of a message"),
        (
            {"messages": [answer(1, None) | {"toolCalls": [{"id": "c"}]}]},
            "messages[0].toolCalls[0].function is an object; got nothing.",
        ),
        ({"tools": [{"description": ""}]}, "tools[0].name is text; got nothing."),
        ({"tools": [{"name": "x", "parameters": []}]}, "tools[0].parameters is an object; got []."),
        ({"context": "x"}, "context is a list; got 'x'."),
    ],
)
def test_a_bad_body_of_ag_ui_is_refused_by_the_name_of_its_field(fields: Wire, error: str) -> None:
    body = {"threadId": "t", "runId": "r", "messages": [user("Hi")], **fields}
    with pytest.raises(InvalidParameterError) as caught:
        read_ag_ui_request(body)
    assert caught.value.message.startswith(error)
