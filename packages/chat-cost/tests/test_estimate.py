"""What a request may use, before it is sent."""

from __future__ import annotations

import pytest
from chat_anthropic import ChatAnthropic
from chat_core import ChatModel
from chat_core.provider import ModelCall, estimate_tokens, to_messages
from chat_cost.estimate import input_tokens, output_bound
from chat_google_genai import ChatGoogleGenerativeAI
from chat_openai import ChatOpenAI
from spending_model import SpendingModel


def call(model: ChatModel, text: str = "hi") -> ModelCall:
    return ModelCall(model, to_messages(text), {})


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("four", 1), ("fives", 2), ("日本語", 3), ("ab日", 2), ("A" * 5000, 1000)],
)
def test_text_is_estimated_by_its_characters(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_longer_messages_and_tools_need_more() -> None:
    model = ChatOpenAI(model="gpt-4o")
    short, long = input_tokens(call(model)), input_tokens(call(model, "hello there " * 100))
    assert long - short == pytest.approx(300, abs=2)
    assert input_tokens(call(SpendingModel(), "hello there")) == 3


@pytest.mark.parametrize(
    ("model", "bound"),
    [
        (ChatOpenAI(model="gpt-4o"), None),
        (ChatOpenAI(model="gpt-4o", max_tokens=7), 7),
        (ChatOpenAI(model="gpt-4o", max_completion_tokens=6), 6),
        (ChatOpenAI(model="gpt-4o", model_kwargs={"max_completion_tokens": 9}), 9),
        (ChatGoogleGenerativeAI(model="gemini-2.5-flash", max_tokens=8), 8),
        (SpendingModel(), None),
        (SpendingModel(max_tokens=5), 5),
    ],
)
def test_the_output_is_bounded_by_the_request(model: ChatModel, bound: int | None) -> None:
    assert output_bound(call(model)) == bound


def test_a_bound_that_the_provider_sends_by_itself_does_not_count() -> None:
    model = ChatAnthropic(model="claude-haiku-4-5")
    assert output_bound(call(model)) is None
    assert output_bound(call(model.bind(max_tokens=9))) == 9


def test_a_bound_in_the_body_of_one_call_counts() -> None:
    options = {"extra_body": {"generationConfig": {"maxOutputTokens": 12}}}
    given = ModelCall(ChatGoogleGenerativeAI(model="gemini-2.5-flash"), to_messages("hi"), options)
    assert output_bound(given) == 12
