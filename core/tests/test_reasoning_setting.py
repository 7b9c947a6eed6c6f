"""``reasoning=``: what it takes, and what a run says about it."""

from typing import Any

import pytest
from chat_core import AIMessage, ChatModel, InvalidParameterError, InvalidRequestError, Message
from chat_core.provider import choose_reasoning, effort_words
from chat_core.testing import FakeChatModel


class Deaf(ChatModel):
    """A model that has no parameter for it."""

    model: str = "deaf"

    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        return AIMessage("yes")


class Pondering(Deaf):
    """A model whose vendor takes two efforts."""

    def reasoning_parameters(self) -> dict[str, Any]:
        if self.reasoning is None:
            return {}
        words = effort_words(("low", "xhigh"))
        return {"effort": choose_reasoning(self.reasoning, words, model="p", provider="x")}


@pytest.mark.parametrize("value", ["off", "low", "medium", "high", "max", 1, 64_000, None])
def test_a_word_or_a_number_of_tokens_is_taken(value: Any) -> None:
    model = FakeChatModel(responses="x", reasoning=value)
    assert model.reasoning == value
    assert type(model).model_validate_json(model.model_dump_json()).reasoning == value


@pytest.mark.parametrize("value", ["hihg", "", 0, -1, True, 2.5, "1024", {"effort": "low"}, []])
def test_anything_else_is_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"reasoning: 'off', 'low', .*tokens.*; got"):
        FakeChatModel(responses="x", reasoning=value)


def test_a_model_without_a_parameter_for_it_refuses_it() -> None:
    with pytest.raises(InvalidParameterError, match="Deaf does not apply reasoning="):
        Deaf(reasoning="low")
    with pytest.raises(InvalidParameterError, match="Deaf does not apply reasoning="):
        Deaf().invoke("hi", reasoning="low")
    assert Deaf(reasoning=None).invoke("hi").content == "yes"


def test_efforts_become_words_and_max_is_the_highest() -> None:
    assert effort_words(("none", "minimal", "low", "high")) == {
        "off": "none",
        "low": "low",
        "high": "high",
        "max": "high",
    }
    assert effort_words(()) == {}


def test_the_metadata_of_a_run_says_what_was_asked_for_and_sent() -> None:
    start, *_ = Pondering(reasoning="max").stream_events("hi", version="v2")
    assert start["metadata"]["ls_reasoning"] == "max"
    assert start["metadata"]["ls_reasoning_parameters"] == {"effort": "xhigh"}
    start, *_ = Pondering().stream_events("hi", version="v2")
    assert not {"ls_reasoning", "ls_reasoning_parameters"} & start["metadata"].keys()


def test_a_word_that_cannot_be_sent_is_not_in_the_metadata_as_sent() -> None:
    metadata = Pondering(reasoning="medium").ls_metadata()
    assert metadata["ls_reasoning"] == "medium"
    assert "ls_reasoning_parameters" not in metadata


def test_a_refusal_names_what_would_serve() -> None:
    with pytest.raises(InvalidRequestError, match="p has no such reasoning; it takes 'low', 'max'"):
        Pondering(reasoning="medium").reasoning_parameters()
