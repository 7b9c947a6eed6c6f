"""Asking again: what the model is shown, what is counted, and what a stream gives."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import (
    AIMessage,
    ChatPromptTemplate,
    HumanMessage,
    InvalidParameterError,
    InvalidToolCall,
    OutputParserError,
    PartialObject,
    ToolCall,
    ToolMessage,
    UsageMetadata,
)
from chat_core.messages.blocks import RefusalBlock
from chat_core.testing import FakeChatModel
from pydantic import BaseModel


class Fish(BaseModel):
    name: str
    weight: float


WRONG = '{"name": "Bo the fish"}'
RIGHT = '{"name": "Bo", "weight": 2}'


def answer(content: Any, tokens: int = 5, finish: str = "stop") -> AIMessage:
    usage = UsageMetadata(input_tokens=tokens, output_tokens=1, total_tokens=tokens + 1)
    return AIMessage(content, usage_metadata=usage, response_metadata={"finish_reason": finish})


def answering(*answers: AIMessage) -> FakeChatModel:
    return FakeChatModel(responses=list(answers))


async def test_a_wrong_answer_is_sent_back_with_what_was_wrong() -> None:
    model = answering(answer(WRONG), answer(RIGHT))
    chain = model.with_structured_output(Fish, retries=1)
    assert chain.invoke("A fish") == Fish(name="Bo", weight=2)
    question, wrong, complaint = model.calls[1]
    assert (question, wrong) == (HumanMessage("A fish"), answer(WRONG))
    assert complaint == HumanMessage(
        "The answer does not fit Fish: weight: Field required. Answer again, with the whole object."
    )
    assert await chain.ainvoke("A fish") == Fish(name="Bo", weight=2)
    assert (await chain.abatch(["a", "b"]))[1] == Fish(name="Bo", weight=2)


@pytest.mark.parametrize(
    "wrong", [ToolCall("Fish", {"name": "Bo"}, "1"), InvalidToolCall("Fish", '{"na', "1", "cut")]
)
def test_a_wrong_call_is_answered_with_a_result_that_is_an_error(wrong: Any) -> None:
    right = answer([ToolCall("Fish", {"name": "Bo", "weight": 2}, "2")])
    model = answering(answer([wrong, ToolCall("Fish", {}, "3")]), right)
    chain = model.with_structured_output(Fish, method="function_calling", retries=1)
    assert chain.invoke("A fish") == Fish(name="Bo", weight=2)
    results = model.calls[1][2:]
    assert all(isinstance(each, ToolMessage) and each.status == "error" for each in results)
    assert [each.tool_call_id for each in results if isinstance(each, ToolMessage)] == ["1", "3"]
    assert "Answer again" in results[0].content


def test_words_instead_of_a_call_are_answered_by_the_user() -> None:
    model = answering(answer("In words."), answer([ToolCall("Fish", {"name": "Bo", "weight": 2})]))
    chain = model.with_structured_output(Fish, method="function_calling", retries=3)
    assert chain.invoke("A fish").name == "Bo"
    assert "in words instead of calling Fish" in model.calls[1][-1].content


def test_the_last_error_is_raised_when_no_attempt_fits() -> None:
    """Its answer has the usage of all attempts."""
    model = answering(answer("no"), answer("nor this"), answer(WRONG, 7))
    with pytest.raises(OutputParserError, match="weight: Field required") as caught:
        model.with_structured_output(Fish, retries=2).invoke("A fish")
    assert len(model.calls) == 3
    assert len(model.calls[2]) == 5
    assert caught.value.text == WRONG
    assert caught.value.answer is not None
    assert caught.value.answer.usage_metadata is not None
    assert caught.value.answer.usage_metadata is not None
    assert caught.value.answer.usage_metadata["total_tokens"] == 20


def test_a_refusal_and_a_filter_are_not_asked_again() -> None:
    for last in (answer([RefusalBlock("I won't")]), answer('{"na', finish="content_filter")):
        model = answering(last)
        with pytest.raises(OutputParserError):
            model.with_structured_output(Fish, retries=2).invoke("A fish")
        assert len(model.calls) == 1


def test_an_answer_that_was_cut_off_is_asked_for_again() -> None:
    model = answering(answer('{"na', finish="length"), answer(RIGHT))
    assert model.with_structured_output(Fish, retries=1).invoke("x") == Fish(name="Bo", weight=2)
    assert "cut off (length)" in model.calls[1][-1].content


def test_a_stream_begins_a_new_object_with_each_attempt() -> None:
    chain = answering(answer(WRONG), answer(RIGHT)).with_structured_output(Fish, retries=1)
    seen = list(chain.stream("A fish"))
    assert [vars(each) for each in seen] == [
        {},
        {"name": "Bo "},
        {"name": "Bo the "},
        {},
        {"name": "Bo"},
        {"name": "Bo", "weight": 2},
    ]
    assert [isinstance(each, PartialObject) for each in seen] == [True] * 5 + [False]


async def test_the_message_beside_the_object_tells_one_attempt_from_the_next() -> None:
    """The message of a failed attempt comes whole, with its error; the last counts all usage."""
    model = answering(answer(WRONG), answer(RIGHT, 7))
    chain = model.with_structured_output(Fish, retries=1, include_raw=True)
    seen: list[Any] = [each async for each in chain.astream("A fish")]
    whole = [each for each in seen if isinstance(each["raw"], AIMessage)]
    assert [each["raw"].content for each in whole] == [WRONG, RIGHT]
    assert "weight" in str(whole[0]["parsing_error"])
    assert whole[0]["raw"].usage_metadata["total_tokens"] == 6
    assert whole[1]["raw"].usage_metadata["total_tokens"] == 14
    assert seen[-1] == whole[1] == chain.invoke("A fish")
    assert whole[1]["raw"].usage_metadata["input_token_details"]["cache_read"] is None


def test_when_no_attempt_fits_the_message_has_the_error() -> None:
    chain = answering(answer(WRONG)).with_structured_output(Fish, retries=1, include_raw=True)
    seen: Any = chain.invoke("A fish")
    assert (seen["parsed"], seen["raw"].usage_metadata["total_tokens"]) == (None, 12)
    assert isinstance(seen["parsing_error"], OutputParserError)
    assert [each["parsed"] for each in chain.stream("A fish")][-1] is None


def test_each_attempt_is_a_run_of_its_own() -> None:
    prompt = ChatPromptTemplate.from_messages([("human", "{q}")])
    model = answering(answer(WRONG), answer(RIGHT))
    chain = prompt | model.with_structured_output(Fish, retries=1)
    events = list(chain.stream_events({"q": "A fish"}))
    started = [e["tags"] for e in events if e["event"] == "on_chain_start"]
    assert ["retry:attempt:2"] in started
    models = [e for e in events if e["event"] == "on_chat_model_end"]
    outputs: list[Any] = [e["data"]["output"] for e in models]
    assert [each.usage_metadata["total_tokens"] for each in outputs] == [6, 6]
    errors = [e["data"]["error"] for e in events if e["event"] == "on_parser_error"]
    assert ["weight" in str(error) for error in errors] == [True]
    assert events[-1]["data"]["output"] == Fish(name="Bo", weight=2)


def test_settings_of_a_call_count_for_all_its_attempts() -> None:
    model = answering(answer(WRONG), answer(RIGHT))
    asking = model.with_structured_output(Fish, retries=1)
    assert asking.invoke("x", temperature=0.5).name == "Bo"
    with pytest.raises(InvalidParameterError, match="temprature"):
        asking.invoke("x", temprature=0.5)


@pytest.mark.parametrize("retries", [-1, "two", 1.5, True, None])
def test_a_number_of_retries_that_cannot_be_is_refused(retries: Any) -> None:
    with pytest.raises(InvalidParameterError, match="retries"):
        answering(answer(RIGHT)).with_structured_output(Fish, retries=retries)


def test_models_with_fallbacks_ask_again_too() -> None:
    broken = FakeChatModel(responses=[ValueError("down")])
    model = answering(answer(WRONG), answer(RIGHT))
    asking: Any = broken.with_fallbacks([model])
    assert asking.with_structured_output(Fish, retries=1).invoke("x").weight == 2
