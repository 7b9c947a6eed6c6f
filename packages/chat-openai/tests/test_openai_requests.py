"""The bodies that the models send: every setting under the name that its endpoint has for it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    ChatError,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    NonStandardBlock,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    get_chat_model,
)
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec, WireModel, to_messages
from chat_openai import ChatOpenAI, ChatOpenAICompatible
from chat_openai.parameters import Completions, Local, Responses, parameters

Body = dict[str, Any]


def body(model: Any, input: Any = "hi", *, stream: bool = False) -> Body:
    """The request that ``model`` would send, without sending it."""
    options = CallOptions(**model._options)
    encoded: Body = model._encode(model._read(input), options, stream=stream)
    return encoded


def responses(model: str = "gpt-4o", **settings: Any) -> ChatOpenAI:
    return ChatOpenAI(model=model, api="responses", **settings)


def compatible(**settings: Any) -> ChatOpenAICompatible:
    return ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:1/v1", **settings)


def add(x: int, y: int = 0) -> int:
    """Add two numbers."""
    return x + y


# --- names


def test_plain_requests_hold_what_was_set_and_nothing_else() -> None:
    assert body(ChatOpenAI(model="gpt-4o", temperature=0)) == {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "hi"}],
        "temperature": 0,
    }
    assert body(responses(temperature=0)) == {
        "model": "gpt-4o",
        "input": [{"role": "user", "content": "hi"}],
        "temperature": 0,
    }


@pytest.mark.parametrize("model", ["o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5.1-codex", "ft:o4-x"])
def test_reasoning_models_count_completion_tokens_and_know_developers(model: str) -> None:
    sent = body(ChatOpenAI(model=model, max_tokens=9), [("system", "s"), ("human", "h")])
    assert sent["max_completion_tokens"] == 9
    assert "max_tokens" not in sent
    assert sent["messages"][0]["role"] == "developer"


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini", "gpt-3.5-turbo", "chatgpt-4o-latest"])
def test_other_models_count_tokens_and_know_systems(model: str) -> None:
    sent = body(ChatOpenAI(model=model, max_tokens=9), [("system", "s"), ("human", "h")])
    assert sent["max_tokens"] == 9
    assert sent["messages"][0]["role"] == "system"


def test_what_a_reasoning_model_refuses_is_sent_all_the_same_if_it_was_set() -> None:
    """Dropping it would be silently wrong: the vendor's refusal says what to change."""
    sent = body(ChatOpenAI(model="o3", temperature=0.5, stop=["x"]))
    assert (sent["temperature"], sent["stop"]) == (0.5, ["x"])


def test_settings_of_chat_completions_have_the_names_of_responses() -> None:
    sent = body(
        responses("gpt-5", max_tokens=9, reasoning_effort="low", verbosity="low", logprobs=True)
    )
    assert sent["max_output_tokens"] == 9
    assert sent["reasoning"] == {"effort": "low"}
    assert sent["text"] == {"verbosity": "low"}
    assert sent["include"] == ["message.output_text.logprobs"]
    assert not {"max_tokens", "reasoning_effort", "verbosity", "logprobs"} & sent.keys()


def test_a_number_of_logprobs_asks_for_so_many_of_the_likeliest_tokens() -> None:
    sent = body(ChatOpenAI(model="gpt-4o", logprobs=3))
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 3)
    sent = body(responses("gpt-5", logprobs=3))
    assert (sent["include"], sent["top_logprobs"]) == (["message.output_text.logprobs"], 3)


@pytest.mark.parametrize("given", [-1, "many", 1.5, [2]])
def test_what_is_no_number_of_logprobs_is_refused_in_plain_words(given: Any) -> None:
    with pytest.raises(
        InvalidParameterError, match=r"logprobs: True, or how many .* from 0 up; got"
    ):
        ChatOpenAI(model="gpt-4o", logprobs=given)


def test_top_logprobs_wins_over_the_number_of_logprobs() -> None:
    sent = body(ChatOpenAI(model="gpt-4o", logprobs=3, top_logprobs=1))
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 1)


def test_own_words_of_responses_win() -> None:
    model = responses(
        max_tokens=9,
        max_output_tokens=8,
        reasoning_effort="low",
        reasoning={"effort": "high", "summary": "auto"},
    )
    sent = body(model)
    assert sent["max_output_tokens"] == 8
    assert sent["reasoning"] == {"effort": "high", "summary": "auto"}


NOT_SETTINGS = {
    "self",
    "messages",
    "input",
    "stream",
    "model",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "functions",
    "function_call",
    "extra_headers",
    "extra_query",
    "extra_body",
    "timeout",
}
"""Arguments of the SDK that are said otherwise: messages, call options, deprecated spellings."""


@pytest.mark.parametrize("api", ["chat-completions", "responses"])
def test_every_parameter_that_the_sdk_documents_is_a_field_and_is_sent(api: str) -> None:
    from openai.resources.chat.completions import Completions
    from openai.resources.responses import Responses

    create = Completions.create if api == "chat-completions" else Responses.create
    names = set(inspect.signature(create).parameters) - NOT_SETTINGS
    assert names <= ChatOpenAI.model_fields.keys()
    model = ChatOpenAI(model="m", api=api)  # type: ignore[arg-type]
    renamed = {"logprobs", "reasoning_effort", "verbosity"} if api == "responses" else set()
    for name in sorted(names - renamed):
        value: Any = 1 if name == "n" else {"x": 1}
        object.__setattr__(model, name, None)
        copy = model.model_copy(update={name: value})
        sent = body(copy, stream=name == "stream_options")[name]
        assert sent == value or sent == {**value, "include_usage": True}, name


def test_a_field_is_a_parameter_of_the_endpoint_that_its_type_names() -> None:
    class Newer(WireModel):
        patience: int | None = None
        kindness: Completions[int | None] = None
        haste: Responses[int | None] = None
        colour: Local[str] = "blue"

    found = parameters(Newer)
    assert (found["patience"], found["kindness"]) == (None, "chat-completions")
    assert found["haste"] == "responses"
    assert "colour" not in found


def test_a_field_that_a_user_adds_is_no_parameter() -> None:
    class Ours(ChatOpenAI):
        team: str = "blue"

    assert "team" not in body(Ours(model="m"))


def test_every_field_is_a_parameter_or_named_local() -> None:
    """Deleting a marker makes this fail: what is no parameter would be sent."""
    own = ChatOpenAICompatible.model_fields.keys() - WireModel.model_fields.keys()
    local = {"api", "default_query", "host", "replay_reasoning", "stream_usage"}
    assert own - parameters(ChatOpenAICompatible).keys() == local


@pytest.mark.parametrize(
    ("api", "setting"),
    [
        ("responses", {"seed": 1}),
        ("responses", {"stop": ["x"]}),
        ("chat-completions", {"text": {}}),
    ],
)
def test_a_parameter_of_the_other_endpoint_is_refused_never_dropped(
    api: Any, setting: dict[str, Any]
) -> None:
    (name,) = setting
    with pytest.raises(InvalidParameterError, match=name):
        body(ChatOpenAI(model="m", api=api, **setting))


def test_model_kwargs_come_last_and_untouched() -> None:
    sent = body(compatible(temperature=0, model_kwargs={"temperature": 1, "top_k": 5}))
    assert (sent["temperature"], sent["top_k"]) == (1, 5)
    assert body(responses(model_kwargs={"new": 1}))["new"] == 1


def test_more_than_one_candidate_is_refused_and_batch_is_named() -> None:
    with pytest.raises(InvalidParameterError, match="batch"):
        body(ChatOpenAI(model="m", n=2))


# --- streams


def test_a_stream_asks_for_its_usage_unless_that_is_switched_off() -> None:
    assert body(ChatOpenAI(model="m"), stream=True)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in body(compatible(stream_usage=False), stream=True)
    assert "stream_options" not in body(ChatOpenAI(model="m"))
    sent = body(responses(), stream=True)
    assert sent["stream"] is True
    assert "stream_options" not in sent


def test_options_of_a_stream_are_sent_with_a_stream_alone() -> None:
    model = responses(stream_options={"include_obfuscation": False})
    assert "stream_options" in body(model, stream=True)
    assert "stream_options" not in body(model)


# --- tools and schemas


def test_tools_are_flat_in_responses_and_not_strict_unless_asked() -> None:
    sent = body(responses().bind_tools([add]))
    (tool,) = sent["tools"]
    assert (tool["type"], tool["name"], tool["description"]) == (
        "function",
        "add",
        "Add two numbers.",
    )
    assert tool["strict"] is False
    assert tool["parameters"]["required"] == ["x"]
    assert body(responses().bind_tools([add], strict=True))["tools"][0]["strict"] is True


@pytest.mark.parametrize("name", ["web.look_up", "look up", "größe", "x" * 65])
@pytest.mark.parametrize("model", [ChatOpenAI(model="m"), responses()])
def test_a_tool_name_that_openai_refuses_is_refused_first(model: ChatOpenAI, name: str) -> None:
    tool = ToolSpec(name, "", {"type": "object", "properties": {}})
    with pytest.raises(InvalidParameterError, match="64 letters"):
        body(model.bind_tools([tool]))
    assert body(compatible().bind_tools([tool]))["tools"][0]["function"]["name"] == name


@pytest.mark.parametrize("word", ["anyOf", "oneOf", "allOf"])
def test_the_root_of_parameters_has_no_alternatives_at_openai_alone(word: str) -> None:
    by_name = {"type": "object", "properties": {"name": {"type": "string"}}, word: [{}]}
    tool = {"name": "find", "parameters": by_name}
    for model in (ChatOpenAI(model="gpt-4o"), responses()):
        (sent,) = body(model.bind_tools([tool]))["tools"]
        parameters = sent.get("function", sent)["parameters"]
        assert word not in parameters
        assert parameters["properties"] == by_name["properties"]
    (sent,) = body(compatible().bind_tools([tool]))["tools"]
    assert sent["function"]["parameters"] == by_name


def test_a_function_in_the_shape_of_chat_completions_is_flattened() -> None:
    tool = {"type": "function", "function": {"name": "f", "x-new": 1}, "defer_loading": True}
    assert body(responses().bind_tools([tool]))["tools"] == [
        {"type": "function", "name": "f", "x-new": 1, "defer_loading": True}
    ]


@pytest.mark.parametrize(
    ("choice", "chat", "other"),
    [
        ("auto", "auto", "auto"),
        ("none", "none", "none"),
        ("any", "required", "required"),
        (
            "add",
            {"type": "function", "function": {"name": "add"}},
            {"type": "function", "name": "add"},
        ),
        ({"type": "x"}, {"type": "x"}, {"type": "x"}),
    ],
)
def test_tool_choice_has_each_endpoints_shape(choice: Any, chat: Any, other: Any) -> None:
    model = ChatOpenAI(model="m").bind_tools([add], tool_choice=choice)
    assert body(model)["tool_choice"] == chat
    assert body(responses().bind_tools([add], tool_choice=choice))["tool_choice"] == other


@pytest.mark.parametrize(
    ("tool", "choice", "chosen"),
    [
        ({"type": "web_search"}, "web_search", {"type": "web_search"}),
        ({"type": "custom", "name": "sql"}, "sql", {"type": "custom", "name": "sql"}),
        (
            {"type": "mcp", "server_label": "docs"},
            "docs",
            {"type": "mcp", "server_label": "docs"},
        ),
    ],
)
def test_the_vendors_tools_can_be_chosen_by_name(tool: Body, choice: str, chosen: Body) -> None:
    assert body(responses().bind_tools([tool], tool_choice=choice))["tool_choice"] == chosen


@pytest.mark.parametrize("model", [ChatOpenAI(model="m"), responses()])
def test_a_choice_that_names_no_tool_is_refused(model: ChatOpenAI) -> None:
    with pytest.raises(InvalidParameterError, match="'multiply'"):
        body(model.bind_tools([add], tool_choice="multiply"))
    with pytest.raises(InvalidParameterError, match="without tools"):
        body(model.bind(tool_choice="any"))


def test_parallel_calls_are_only_spoken_of_with_tools() -> None:
    for model in (ChatOpenAI(model="m"), responses()):
        assert (
            body(model.bind_tools([add], parallel_tool_calls=False))["parallel_tool_calls"] is False
        )
        assert "parallel_tool_calls" not in body(model.bind(parallel_tool_calls=False))


def test_a_result_schema_goes_where_each_endpoint_has_it() -> None:
    closed = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    schema = ResponseSchema("Point", closed, "A point.", strict=True)
    named = {"name": "Point", "schema": closed, "description": "A point."}
    chat = ChatOpenAI(model="m").bind(response_schema=schema)
    assert body(chat)["response_format"] == {
        "type": "json_schema",
        "json_schema": {**named, "strict": True},
    }
    other = responses(verbosity="low").bind(response_schema=schema)
    assert body(other)["text"] == {
        "verbosity": "low",
        "format": {"type": "json_schema", **named, "strict": True},
    }
    assert body(responses().bind(json_mode=True))["text"] == {"format": {"type": "json_object"}}


# --- history


def test_unstored_reasoning_is_asked_for_encrypted() -> None:
    assert body(responses("gpt-5", store=False))["include"] == ["reasoning.encrypted_content"]
    assert "include" not in body(responses("gpt-4o", store=False))
    assert "include" not in body(responses("gpt-5"))


@pytest.mark.parametrize("model", ["gpt-5-chat-latest", "gpt-5.1-chat-latest", "gpt-5-chat"])
def test_chat_models_are_not_asked_for_encrypted_reasoning(model: str) -> None:
    assert "include" not in body(responses(model, store=False))


def test_turns_that_the_vendor_holds_need_not_be_sent() -> None:
    model = responses(previous_response_id="resp_1")
    sent = body(model, [ToolMessage("4", "call_1")])
    assert sent["input"] == [{"type": "function_call_output", "call_id": "call_1", "output": "4"}]
    assert body(responses(prompt={"id": "pmpt_1"}), [])["input"] == []


@pytest.mark.parametrize("model", [ChatOpenAI(model="m"), responses()])
@pytest.mark.parametrize("input", [[], [ToolMessage("4", "call_9")]], ids=["empty", "no call"])
def test_a_conversation_that_cannot_be_is_refused_before_anything_is_sent(
    model: ChatOpenAI, input: list[Any]
) -> None:
    with pytest.raises(InvalidRequestError):
        model.invoke(input)


BY_RESPONSES = AIMessage(
    [
        ReasoningBlock("hm", extras={"item_id": "rs", "encrypted_content": "x"}),
        TextBlock("a", extras={"item_id": "msg"}),
        ToolCall("f", {}, "call_1", extras={"item_id": "fc"}),
    ],
    response_metadata={"model_provider": "openai", "api": "responses"},
)


def test_an_answer_of_responses_is_sent_to_chat_completions_without_its_items() -> None:
    sent = body(
        ChatOpenAI(model="m"), [HumanMessage("h"), BY_RESPONSES, ToolMessage("1", "call_1")]
    )
    assert sent["messages"][1] == {
        "role": "assistant",
        "content": "a",
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ],
    }


def test_a_custom_tool_is_answered_by_a_tool_message_in_chat_completions_too() -> None:
    custom = {"id": "c1", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    asked = AIMessage([NonStandardBlock(custom)], response_metadata={"model_provider": "openai"})
    sent = body(ChatOpenAI(model="m"), [HumanMessage("h"), asked, ToolMessage("1", "c1")])
    assert sent["messages"][1]["tool_calls"] == [custom]
    assert sent["messages"][2] == {"role": "tool", "tool_call_id": "c1", "content": "1"}


@pytest.mark.parametrize(("replay", "told"), [(True, {"reasoning": "hm"}), (False, {})])
def test_other_servers_get_their_reasoning_back_in_its_field_unless_that_is_switched_off(
    replay: bool, told: dict[str, str]
) -> None:
    thought = ReasoningBlock("hm", extras={"field": "reasoning"})
    said = AIMessage(
        [thought, TextBlock("a")], response_metadata={"model_provider": "openai-compatible"}
    )
    sent = body(compatible(replay_reasoning=replay), [HumanMessage("h"), said, HumanMessage("i")])
    assert sent["messages"][1] == {"role": "assistant", "content": "a", **told}


def test_a_picture_in_a_tool_result_reaches_both_endpoints() -> None:
    asked = AIMessage([ToolCall("f", {}, "c")])
    shown = ToolMessage([ImageBlock("https://x/i.png")], "c")
    history = [HumanMessage("h"), asked, shown]
    assert body(responses(), history)["input"][2]["output"][0]["type"] == "input_image"
    assert "image_url" in str(body(ChatOpenAI(model="m"), history)["messages"])


# --- the classes


def test_a_server_needs_its_address() -> None:
    with pytest.raises(ChatError, match="base_url"):
        get_chat_model("openai-compatible:m")


def test_a_misspelt_setting_names_the_nearest() -> None:
    with pytest.raises(InvalidParameterError, match="'reasoning_effort'"):
        get_chat_model("openai:m", reasoning_efort="low")


def test_system_messages_of_any_spelling_are_understood() -> None:
    messages = to_messages(
        [{"role": "developer", "content": "s"}, {"role": "user", "content": "h"}]
    )
    assert isinstance(messages[0], SystemMessage)
    assert body(responses("gpt-5"), messages)["input"][0] == {"role": "developer", "content": "s"}
