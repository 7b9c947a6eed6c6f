"""``reasoning=`` at OpenAI: the efforts of each family, at both endpoints."""

from typing import Any

import pytest
from chat_core import HumanMessage, InvalidRequestError
from chat_core.provider import CallOptions
from chat_openai import ChatAzureOpenAI, ChatOpenAI, ChatOpenAICompatible


def parameters(model: str, **settings: Any) -> dict[str, Any]:
    """What ``reasoning`` is sent as; seen in the body of a request too."""
    made = ChatOpenAI(model=model, **settings)
    found = made.reasoning_parameters()
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert found.items() <= body.items()
    return found


@pytest.mark.parametrize(
    ("model", "word", "effort"),
    [
        ("o3", "low", "low"),
        ("o4-mini", "max", "high"),
        ("gpt-5-mini", "max", "high"),
        ("gpt-5.1", "off", "none"),
        ("gpt-5.2", "max", "xhigh"),
        ("gpt-5.1-codex-max", "max", "xhigh"),
        ("gpt-5.6-terra", "max", "max"),
        ("gpt-8", "off", "none"),
        ("ft:gpt-5.1:org::id", "high", "high"),
    ],
)
def test_each_word_is_an_effort_of_the_family(model: str, word: Any, effort: str) -> None:
    assert parameters(model, reasoning=word) == {"reasoning_effort": effort}
    responses = parameters(model, reasoning=word, api="responses")
    assert responses == {"reasoning": {"effort": effort}}


@pytest.mark.parametrize(
    ("model", "word", "what"),
    [
        ("o3", "off", "cannot stop reasoning"),
        ("gpt-5", "off", "reasoning_effort='minimal'"),
        ("gpt-5-pro", "low", "it takes 'high', 'max'"),
        ("gpt-5.3-codex", "off", "cannot stop"),
        ("gpt-5-chat-latest", "high", "does not reason"),
        ("gpt-4.1", "low", "does not reason"),
        ("gpt-5.1", 4000, "takes no number of tokens"),
    ],
)
def test_what_a_model_has_no_effort_for_is_refused(model: str, word: Any, what: str) -> None:
    with pytest.raises(InvalidRequestError, match=what):
        parameters(model, reasoning=word)


def test_a_model_that_never_reasons_needs_nothing_to_be_off() -> None:
    assert parameters("gpt-4.1-mini", reasoning="off") == {}


def test_openais_own_effort_wins_over_the_word() -> None:
    assert parameters("gpt-5.1", reasoning="high", reasoning_effort="low") == {
        "reasoning_effort": "low"
    }
    settings: dict[str, Any] = {"api": "responses", "reasoning": "high"}
    kwargs = {"reasoning": {"summary": "auto"}}
    made = ChatOpenAI(model="gpt-5.1", **settings, model_kwargs=kwargs)
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert body["reasoning"] == {"effort": "high", "summary": "auto"}


def test_the_dict_of_responses_is_still_taken() -> None:
    made = ChatOpenAI(model="gpt-5", api="responses", reasoning={"effort": "low"})
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert body["reasoning"] == {"effort": "low"}
    assert made.reasoning_parameters() == {}


@pytest.mark.parametrize("word", ["off", "high", "max"])
def test_a_compatible_server_and_a_deployment_get_the_common_efforts(word: Any) -> None:
    expected = {"reasoning_effort": {"off": "none"}.get(word, "high")}
    server = ChatOpenAICompatible(model="any", base_url="http://localhost:1/v1", reasoning=word)
    assert server.reasoning_parameters() == expected
    azure = ChatAzureOpenAI(model="my-deployment", api_version="2024-10-21", reasoning=word)
    assert azure.reasoning_parameters() == expected
