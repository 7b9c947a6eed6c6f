"""Cache points as ``prompt_cache_breakpoint``, where a model of OpenAI's has it."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from chat_core import (
    AIMessage,
    CachePoint,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidRequestError,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    get_chat_model,
)
from openai.types.chat import (
    ChatCompletionContentPartImageParam,
    ChatCompletionContentPartTextParam,
)
from openai.types.responses import (
    ResponseInputFileParam,
    ResponseInputImageParam,
    ResponseInputTextParam,
)
from openai.types.responses.response_input_text_param import PromptCacheBreakpoint
from pydantic import TypeAdapter

MARK = {"mode": "explicit"}
Api = Literal["chat-completions", "responses"]
APIS: list[Api] = ["chat-completions", "responses"]


def look(pond: str) -> str:
    """Look into a pond."""
    return pond


def body(*messages: Any, name: str = "openai:gpt-5.6", tools: Any = None, **given: Any) -> Any:
    model = get_chat_model(name, api_key="k", **given)
    if tools is not None:
        model = model.bind_tools(tools)
    return model._request_body(model._read(list(messages)), model._options, stream=False)


def turns(sent: Any) -> Any:
    return sent.get("messages") or sent["input"]


CONVERSATION = (
    SystemMessage([TextBlock("Be kind."), CachePoint("1h")]),
    HumanMessage([TextBlock("The pond."), CachePoint(), TextBlock("How deep?")]),
)


@pytest.mark.parametrize("api", APIS)
def test_a_point_is_a_breakpoint_of_the_part_before_it(api: Api) -> None:
    system, user = turns(body(*CONVERSATION, api=api))
    assert system["content"][0]["prompt_cache_breakpoint"] == {**MARK, "ttl": "12h"}
    marks = [part.get("prompt_cache_breakpoint") for part in user["content"]]
    assert marks == [MARK, None]


@pytest.mark.parametrize("api", APIS)
def test_media_take_a_breakpoint(api: Api) -> None:
    media = (ImageBlock("https://pond.example/a.png"), FileBlock(file_id="file-1"))
    for block in media:
        (user,) = turns(body(HumanMessage([TextBlock("See."), block, CachePoint()]), api=api))
        assert user["content"][1]["prompt_cache_breakpoint"] == MARK


@pytest.mark.parametrize("api", APIS)
def test_a_point_in_an_answer_or_among_tools_marks_what_of_the_callers_is_before_it(
    api: Api,
) -> None:
    call = AIMessage([TextBlock("Wait."), ToolCall("look", {"pond": "a"}, "c1"), CachePoint()])
    result = ToolMessage([TextBlock("7"), CachePoint()], "c1")
    sent = body(HumanMessage("q"), call, result, tools=[look, CachePoint()], api=api)
    assert "prompt_cache_breakpoint" not in str(sent["tools"])
    question, *answer, last = turns(sent)
    assert question["content"][0]["prompt_cache_breakpoint"] == MARK
    assert "prompt_cache_breakpoint" not in str(answer)
    content = last.get("content") or last["output"]
    assert content[0]["prompt_cache_breakpoint"] == MARK


@pytest.mark.parametrize(
    "name",
    ["openai:gpt-5.5", "openai:gpt-4o", "openai:o3", "openai-compatible:any", "deepseek:chat"],
)
def test_a_model_that_caches_by_itself_gets_no_breakpoint(name: str) -> None:
    plain = (SystemMessage("Be kind."), HumanMessage([TextBlock("a"), TextBlock("b")]))
    marked = (
        SystemMessage([TextBlock("Be kind."), CachePoint("1h")]),
        HumanMessage([TextBlock("a"), CachePoint(), TextBlock("b")]),
    )
    given = {"base_url": "http://127.0.0.1:9/v1"}
    sent = body(*marked, name=name, tools=[look, CachePoint()], **given)
    assert sent == body(*plain, name=name, tools=[look], **given)


@pytest.mark.parametrize("name", ["openai:gpt-5.6-pro", "openai:gpt-6", "openai:gpt-5.10-mini"])
def test_newer_models_get_breakpoints(name: str) -> None:
    assert "prompt_cache_breakpoint" in str(body(*CONVERSATION, name=name))


def test_a_longer_time_than_twelve_hours_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="OpenAI keeps a prefix for 30m or 12h"):
        body(HumanMessage([TextBlock("a"), CachePoint("24h")]))


def test_the_sdk_has_the_breakpoint_and_its_times() -> None:
    of_mark = TypeAdapter(PromptCacheBreakpoint)
    for ttl in ("30m", "12h"):
        assert of_mark.validate_python({**MARK, "ttl": ttl})["ttl"] == ttl
    kinds: tuple[Any, ...] = (
        ChatCompletionContentPartTextParam,
        ChatCompletionContentPartImageParam,
        ResponseInputTextParam,
        ResponseInputImageParam,
        ResponseInputFileParam,
    )
    assert all("prompt_cache_breakpoint" in kind.__annotations__ for kind in kinds)
