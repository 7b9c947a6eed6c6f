"""Settings, tools and schemas in the body of a request."""

from __future__ import annotations

from typing import Any

import pytest
from chat_anthropic.encode import encode_request
from chat_anthropic.families import (
    default_max_tokens,
    has_native_schema,
    has_system_turns,
    version,
)
from chat_core import (
    AIMessage,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    Message,
    NonStandardBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec

LOOK = ToolSpec("look", "Look it up.", {"type": "object", "properties": {"q": {"type": "string"}}})


def body(
    *messages: Message,
    options: CallOptions | None = None,
    model: str = "claude-sonnet-4-5",
    stream: bool = False,
    model_kwargs: dict[str, Any] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    return encode_request(
        messages or (HumanMessage("Q"),),
        options or CallOptions(),
        model=model,
        settings=settings,
        model_kwargs=model_kwargs or {},
        stream=stream,
    )


def test_a_plain_request_has_no_more_than_it_must() -> None:
    assert body() == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 64_000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Q"}]}],
    }


def test_a_stream_is_asked_for() -> None:
    assert body(stream=True)["stream"] is True


def test_settings_go_under_the_vendors_names_and_none_is_not_sent() -> None:
    got = body(temperature=0, top_p=None, top_k=5, stop=["END"], max_tokens=9, container="c")
    assert (got["temperature"], got["top_k"], got["max_tokens"]) == (0, 5, 9)
    assert got["stop_sequences"] == ["END"]
    assert got["container"] == "c"
    assert not {"stop", "top_p"} & got.keys()


def test_model_kwargs_win() -> None:
    assert (
        body(top_k=5, model_kwargs={"top_k": 6, "new": 1}).items() >= {"top_k": 6, "new": 1}.items()
    )


def test_effort_and_schema_share_output_config() -> None:
    options = CallOptions(response_schema=ResponseSchema("x", {"type": "string"}))
    got = body(options=options, effort="low", output_config={"task_budget": {"total": 9}})
    assert got["output_config"] == {
        "task_budget": {"total": 9},
        "effort": "low",
        "format": {"type": "json_schema", "schema": {"type": "string"}},
    }


def test_more_than_one_candidate_is_refused_and_batch_named() -> None:
    with pytest.raises(InvalidParameterError, match="batch"):
        body(model_kwargs={"n": 2})


def test_there_is_no_json_mode_and_the_error_names_what_there_is() -> None:
    with pytest.raises(InvalidParameterError, match="with_structured_output"):
        body(options=CallOptions(json_mode=True))


# --- tools


def test_a_tool_is_a_name_a_description_and_a_schema() -> None:
    got = body(options=CallOptions(tools=(LOOK,)))
    assert got["tools"] == [
        {"name": "look", "description": "Look it up.", "input_schema": LOOK.parameters}
    ]
    assert "tool_choice" not in got


def test_a_tools_extras_are_those_that_the_vendor_knows() -> None:
    spec = ToolSpec("look", extras={"cache_control": {"type": "ephemeral"}, "theirs": 1})
    (tool,) = body(options=CallOptions(tools=(spec,)))["tools"]
    assert tool["cache_control"] == {"type": "ephemeral"}
    assert "theirs" not in tool


def test_a_strict_tool_has_a_schema_in_the_vendors_subset() -> None:
    spec = ToolSpec("look", parameters=LOOK.parameters, strict=True)
    (tool,) = body(options=CallOptions(tools=(spec,)))["tools"]
    assert tool["strict"] is True
    assert tool["input_schema"]["additionalProperties"] is False


def test_a_server_tool_goes_as_it_is() -> None:
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
    assert body(options=CallOptions(tools=(search,)))["tools"] == [search]


@pytest.mark.parametrize(
    ("choice", "parallel", "wire"),
    [
        ("auto", None, {"type": "auto"}),
        ("any", None, {"type": "any"}),
        ("none", None, {"type": "none"}),
        ("look", None, {"type": "tool", "name": "look"}),
        ({"type": "tool", "name": "look"}, None, {"type": "tool", "name": "look"}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ("any", True, {"type": "any", "disable_parallel_tool_use": False}),
        ("none", False, {"type": "none"}),
    ],
)
def test_tool_choice_and_parallel_calls(
    choice: str | dict[str, Any] | None, parallel: bool | None, wire: dict[str, Any]
) -> None:
    options = CallOptions(tools=(LOOK,), tool_choice=choice, parallel_tool_calls=parallel)
    assert body(options=options)["tool_choice"] == wire


def test_without_tools_there_is_no_tool_choice() -> None:
    assert "tool_choice" not in body(options=CallOptions(tool_choice="any"))


@pytest.mark.parametrize("stop", [["\n"], ["END", " "], [""]])
def test_a_blank_stop_sequence_is_refused(stop: list[str]) -> None:
    with pytest.raises(InvalidParameterError, match="white space"):
        body(stop=stop)


# --- model families


@pytest.mark.parametrize(
    ("model", "known", "tokens"),
    [
        ("claude-2.1", (2, 1), 4_096),
        ("claude-instant-1.2", (1, 2), 4_096),
        ("claude-3-opus-20240229", (3, 0), 4_096),
        ("claude-3-5-sonnet-20240620", (3, 5), 8_192),
        ("claude-3-5-haiku-latest", (3, 5), 8_192),
        ("claude-3-7-sonnet-20250219", (3, 7), 32_000),
        ("claude-sonnet-4-20250514", (4, 0), 32_000),
        ("claude-4-opus-20250514", (4, 0), 32_000),
        ("claude-sonnet-4-0", (4, 0), 32_000),
        ("anthropic.claude-opus-4-1-20250805-v1:0", (4, 1), 32_000),
        ("claude-haiku-4-5-20251001", (4, 5), 64_000),
        ("claude-opus-4-8", (4, 8), 64_000),
        ("claude-sonnet-5", (5, 0), 64_000),
        ("claude-opus-12-3", (12, 3), 64_000),
        ("deepseek-chat", None, 4_096),
    ],
)
def test_the_version_is_read_from_every_form_of_name(
    model: str, known: tuple[int, int] | None, tokens: int
) -> None:
    assert version(model) == known
    assert default_max_tokens(model) == tokens
    assert body(model=model)["max_tokens"] == tokens


def test_max_tokens_leaves_room_beside_the_thinking_budget() -> None:
    thinking = {"type": "enabled", "budget_tokens": 40_000}
    assert body(model="claude-sonnet-4-0", thinking=thinking)["max_tokens"] > 40_000
    assert body(model="claude-sonnet-4-5", thinking=thinking)["max_tokens"] == 64_000
    assert body(thinking=thinking, max_tokens=41_000)["max_tokens"] == 41_000


def test_what_a_model_can_do_follows_its_version() -> None:
    assert [has_native_schema(f"claude-opus-{v}") for v in ("4-0", "4-1", "4-5", "5")] == [
        False,
        True,
        True,
        True,
    ]
    assert [has_system_turns(f"claude-opus-{v}") for v in ("4-7", "4-8", "5")] == [
        False,
        True,
        True,
    ]
    assert not has_native_schema("deepseek-chat")


# --- betas

TOOL_TURNS = (
    HumanMessage("Q"),
    AIMessage([ToolCall("look", {}, "c1")]),
    ToolMessage([ImageBlock(file_id="file_1")], "c1"),
)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"mcp_servers": [{"name": "w"}]}, "mcp-client-2025-04-04"),
        ({"context_management": {"edits": []}}, "context-management-2025-06-27"),
        ({"context_management": {"edits": [{"type": "compact_20260112"}]}}, "compact-2026-01-12"),
        ({"output_config": {"task_budget": {"total": 9}}}, "task-budgets-2026-03-13"),
        ({"container": {"skills": [{}]}}, "skills-2025-10-02"),
        (
            {"thinking": {"type": "adaptive", "block_binding": {}}},
            "thinking-binding-controls-2026-08-01",
        ),
        (
            {"thinking": {"type": "adaptive", "display": "updates"}},
            "thinking-display-updates-2026-08-18",
        ),
        ({"speed": "fast"}, "fast-mode-2026-02-01"),
        ({"messages": [HumanMessage([FileBlock(file_id="f")])]}, "files-api-2025-04-14"),
        (
            {"messages": [HumanMessage([NonStandardBlock({"type": "container_upload"})])]},
            "files-api-2025-04-14",
        ),
        ({"messages": TOOL_TURNS}, "files-api-2025-04-14"),
        ({"tools": ({"type": "computer_20250124"},)}, "computer-use-2025-01-24"),
    ],
)
def test_a_feature_brings_its_beta_word(asked: dict[str, Any], word: str) -> None:
    settings = dict(asked)
    options = CallOptions(tools=settings.pop("tools", ()))
    assert word in body(*settings.pop("messages", ()), options=options, **settings)["betas"]


def test_a_toolset_means_the_connectors_second_version() -> None:
    options = CallOptions(tools=({"type": "mcp_toolset", "mcp_server_name": "w"},))
    got = body(options=options, mcp_servers=[{"name": "w"}])
    assert got["betas"] == ["mcp-client-2025-11-20"]


def test_a_beta_word_of_the_caller_replaces_ours_of_the_same_feature() -> None:
    got = body(
        mcp_servers=[{"name": "w"}], betas=["mcp-client-2026-09-15", "context-1m-2025-08-07"]
    )
    assert got["betas"] == ["mcp-client-2026-09-15", "context-1m-2025-08-07"]


def test_no_feature_no_beta() -> None:
    assert "betas" not in body()
