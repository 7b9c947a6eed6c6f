"""Prompt templates: what goes in, what comes out, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core.chains.prompts import ChatPromptTemplate, MessagesPlaceholder
from chat_core.errors import InvalidParameterError
from chat_core.messages.blocks import ImageBlock, TextBlock
from chat_core.messages.message import AIMessage, HumanMessage, Message, SystemMessage
from chat_core.runnables import RunnablePassthrough
from hypothesis import given
from hypothesis import strategies as st

POET = ChatPromptTemplate([("system", "You are {who}."), ("human", "Write about {topic}")])


def said(messages: list[Message]) -> list[tuple[str, str]]:
    return [(message.type, message.content) for message in messages]


def test_variables_go_into_the_messages() -> None:
    value = POET.invoke({"who": "a poet", "topic": "goldfish"})
    assert value.to_messages() == [
        SystemMessage("You are a poet."),
        HumanMessage("Write about goldfish"),
    ]
    assert value.to_string() == "system: You are a poet.\n\nhuman: Write about goldfish"
    assert POET.input_variables == ["who", "topic"]


def test_every_form_of_message_is_understood() -> None:
    prompt = ChatPromptTemplate(
        [
            SystemMessage("{not} a template"),
            ("ai", "{a}"),
            {"role": "user", "content": "{b}"},
            "{c}",
            MessagesPlaceholder("history"),
            ("placeholder", "{maybe}"),
        ]
    )
    messages = prompt.format_messages(a="A", b="B", c="C", history=["h", ("ai", "{x}")])
    assert said(messages) == [
        ("system", "{not} a template"),
        ("ai", "A"),
        ("human", "B"),
        ("human", "C"),
        ("human", "h"),
        ("ai", "{x}"),
    ]


def test_one_tuple_is_one_message() -> None:
    assert ChatPromptTemplate(("system", "Be {who}.")).invoke("kind").messages == [
        SystemMessage("Be kind.")
    ]
    two = ChatPromptTemplate((("system", "a"), ("human", "b"))).invoke({})
    assert said(two.to_messages()) == [("system", "a"), ("human", "b")]


@pytest.mark.parametrize("messages", [None, 5])
def test_what_is_no_list_of_messages_is_refused(messages: Any) -> None:
    with pytest.raises(InvalidParameterError, match="A prompt is a list of messages; got"):
        ChatPromptTemplate(messages)


def test_a_prompt_of_one_variable_takes_the_bare_value() -> None:
    assert ChatPromptTemplate("Say {x}").invoke("hi").messages == [HumanMessage("Say hi")]
    assert ChatPromptTemplate.from_template("Say {x}").invoke(3).messages[0].content == "Say 3"
    with pytest.raises(InvalidParameterError, match="takes a dict of 'who', 'topic'; got str: 'x'"):
        POET.invoke("x")


def test_templates_in_content_lists_are_filled_and_blocks_are_left_alone() -> None:
    image = ImageBlock("http://127.0.0.1/x.png")
    prompt = ChatPromptTemplate(
        [("human", [{"type": "text", "text": "see {what}"}, image, "{what}!"])]
    )
    (message,) = prompt.format_messages(what="this")
    assert message.blocks == (TextBlock("see this"), image, TextBlock("this!"))


@pytest.mark.parametrize(
    "template",
    [
        "{x:>1001}",
        "{x:.1001f}",
        "{x!r:^99999999999}",
        "{x:0000000000001}",
        "{x:>\uff19\uff19\uff19\uff19\uff19}",
        [{"type": "text", "text": "{x:99999}"}],
    ],
)
def test_a_width_or_precision_that_could_fill_the_memory_is_refused(template: Any) -> None:
    """Digits of other scripts count too: Python reads them as numbers."""
    with pytest.raises(InvalidParameterError, match="at most 1000"):
        ChatPromptTemplate([("human", template)])


@pytest.mark.parametrize(("template", "value"), [("{x:d}", "a"), ("{x:>5}", [1]), ("{x!z}", 1)])
def test_a_value_that_its_format_does_not_fit_is_refused_by_name(template: str, value: Any) -> None:
    """Python's own error would not say which variable."""
    prompt = ChatPromptTemplate([("human", template)])
    with pytest.raises(InvalidParameterError, match="'x'"):
        prompt.format_messages(x=value)


def test_format_specs_and_conversions_work_and_doubled_braces_are_braces() -> None:
    prompt = ChatPromptTemplate("{n:>4}|{s!r}|{{n}}")
    assert prompt.format_messages(n=7, s="a")[0].content == "   7|'a'|{n}"


def test_partials_are_given_once_and_may_be_functions() -> None:
    prompt = POET.partial(who=lambda: "a cook")
    assert prompt.input_variables == ["topic"]
    assert prompt.invoke("fish").messages[0].content == "You are a cook."
    assert prompt.invoke({"topic": "x", "who": "me"}).messages[0].content == "You are me."
    assert POET.input_variables == ["who", "topic"]


def test_a_placeholder_keeps_the_last_messages_and_may_be_optional() -> None:
    prompt = ChatPromptTemplate([MessagesPlaceholder("h", optional=True, n_messages=1), "q"])
    assert said(prompt.format_messages(h=["1", "2"])) == [("human", "2"), ("human", "q")]
    assert said(prompt.format_messages()) == [("human", "q")]
    with pytest.raises(InvalidParameterError, match="variables 'h' are missing"):
        ChatPromptTemplate([MessagesPlaceholder("h")]).format_messages()


@pytest.mark.parametrize(
    ("given_values", "complaint"),
    [
        ({"who": "x"}, r"variables 'topic' are missing; it takes 'who', 'topic' and got 'who'"),
        ({}, r"variables 'who', 'topic' are missing; .* got none"),
        ({"who": 1, "tpoic": 3}, r"'topic' are missing; it takes 'who', 'topic' and got .*'tpoic'"),
    ],
)
def test_missing_variables_are_named(given_values: Any, complaint: str) -> None:
    with pytest.raises(InvalidParameterError, match=complaint):
        POET.invoke(given_values)
    with pytest.raises(InvalidParameterError, match=complaint):
        list(POET.stream(given_values))


def test_a_prompt_takes_what_it_knows_from_the_dict_that_assign_gives() -> None:
    prompt = ChatPromptTemplate("about {topic}")
    chain = RunnablePassthrough.assign(topic=lambda given: given["word"].upper()) | prompt
    assert chain.invoke({"word": "fish"}).messages == [HumanMessage("about FISH")]


def test_a_misspelt_optional_variable_is_not_lost() -> None:
    prompt = ChatPromptTemplate([("placeholder", "{history}"), ("human", "{topic}")])
    with pytest.raises(
        InvalidParameterError, match=r"no variable 'histroy'\. Did you mean 'history'"
    ):
        prompt.invoke({"topic": "x", "histroy": ["hi"]})
    value = prompt.invoke({"topic": "x", "user": 3, "histroy": 1, "history": ["a"]})
    assert value.messages == [HumanMessage("a"), HumanMessage("x")]


def test_an_unknown_partial_is_named() -> None:
    with pytest.raises(InvalidParameterError, match="has no variables 'nobody'"):
        POET.partial(nobody=1)


@pytest.mark.parametrize(
    "template",
    [
        "{user.password}",
        "{rows[0]}",
        "{}",
        "{0}",
        "{a.__class__}",
        "{x:{width}}",
        "{a",
        "a}",
        "{a b}",
    ],
)
def test_templates_that_reach_into_values_or_are_malformed_are_refused(template: str) -> None:
    with pytest.raises(InvalidParameterError):
        ChatPromptTemplate([("human", template)])


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (("robot", "x"), "Unknown role 'robot' in a prompt"),
        (("a", "b", "c"), "A message of a prompt is"),
        (3, "A message of a prompt is"),
        (("placeholder", "history"), "A placeholder is"),
        ({"content": "x"}, "Unknown role ''"),
    ],
)
def test_what_is_no_message_of_a_prompt_is_refused(message: Any, complaint: str) -> None:
    with pytest.raises(InvalidParameterError, match=complaint):
        ChatPromptTemplate([message])


@given(st.text())
def test_a_value_is_never_read_as_a_template(text: str) -> None:
    (message,) = ChatPromptTemplate("<{x}>").format_messages(x=text)
    assert message.content == f"<{text}>"


@given(st.text())
def test_any_text_with_its_braces_doubled_is_itself(text: str) -> None:
    prompt = ChatPromptTemplate([("ai", text.replace("{", "{{").replace("}", "}}"))])
    assert prompt.invoke({}).messages == [AIMessage(text)]
