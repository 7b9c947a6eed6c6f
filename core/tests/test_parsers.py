"""Output parsers: text, JSON that grows, pydantic objects, and text that cannot be parsed."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import date
from typing import Any

import pytest
from chat_core.chains.json_in_text import JsonInText
from chat_core.chains.parsers import (
    JsonOutputParser,
    OutputParser,
    PydanticOutputParser,
    StrOutputParser,
)
from chat_core.errors import InvalidParameterError, OutputParserError
from chat_core.messages.blocks import ReasoningBlock, TextBlock
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.message import AIMessage
from chat_core.runnables import Runnable, RunnablePassthrough
from chat_core.testing import FakeChatModel
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, field_validator


class Joke(BaseModel):
    setup: str
    rating: int


def in_pieces(pieces: list[str]) -> Runnable[Any, Any]:
    """A step that yields ``pieces``."""

    def each(_: Any) -> Any:
        yield from pieces

    return RunnablePassthrough() | each


def test_the_text_parser_streams_visible_text_only() -> None:
    parser = StrOutputParser()
    message = AIMessage([ReasoningBlock("hm"), TextBlock("hi")])
    assert parser.invoke(message) == "hi"
    assert parser.invoke("text") == "text"
    chunks = [AIMessageChunk([ReasoningBlock("hm")]), AIMessageChunk("a"), AIMessageChunk("b")]
    assert list((RunnablePassthrough() | (lambda _: iter_of(chunks)) | parser).stream("x")) == [
        "a",
        "b",
    ]


def iter_of(chunks: list[Any]) -> Any:
    yield from chunks


def test_an_answer_without_text_is_the_empty_string_in_every_form() -> None:
    chain = FakeChatModel(responses=[AIMessage("")]) | StrOutputParser() | (lambda text: [text])
    assert chain.invoke("x") == [""]
    assert list(chain.stream("x")) == [[""]]


def test_json_grows_while_the_model_talks() -> None:
    pieces = ['{"title": "Gold', 'fish", "n": 1', '2, "tags": ["a', '", "b"]', "}"]
    assert list((in_pieces(pieces) | JsonOutputParser()).stream("x")) == [
        {"title": "Gold"},
        {"title": "Goldfish"},
        {"title": "Goldfish", "n": 12, "tags": ["a"]},
        {"title": "Goldfish", "n": 12, "tags": ["a", "b"]},
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1]}',
        '  {"a": [1]}\n',
        '```json\n{"a": [1]}\n```',
        '```\n{"a": [1]}\n```\nDone: {"b": 2}',
        'Here it is:\n\n```json\n{"a": [1]}\n```\nAnything else?',
        '{"a": [1]}\n\nI hope that this is what you asked for {really}!',
        '{"a": [1]} {"b": 2}',
        '{"a": [1]}\n```',
        '```json {"a": [1]} ```',
        '```{"a": [1]}```',
        '```json\n{"a": [1]}',
        '~~~json\n{"a": [1]}\n~~~',
        '````markdown\n{"a": [1]}\n````',
        '```python\nx = {1}\n```\nwhich prints\n```json\n{"a": [1]}\n```',
        'For {"q": 2} it is\n```json\n{"a": [1]}\n```',
        'The answer, as in [3], is {"a": [1]}.',
        'The answer:\n{"a": [1]}\nThat is all.',
        'Use {} or {x}.\n{"a": [1]}',
        '<think>\nMaybe {"b": 2} or ```json\n[7]\n```\n</think>\n{"a": [1]}',
        'Maybe {"b": 2}\n</think>\n\n```json\n{"a": [1]}\n```',
        '<reasoning>no</reasoning>{"a": [1]}',
        '<THINK>{"a": 0}</Think>{"a": [1]}',
        '◁think▷{"a": 0}◁/think▷{"a": [1]}',
        '[THINK]{"a": 0}[/THINK]{"a": [1]}',
        '{"a": 0}[/THINK]\n{"a": [1]}',
        '<|channel|>analysis<|message|>{"a": 0}<|end|><|channel|>final<|message|>{"a": [1]}',
        '\ufeff{"a": [1]}',
    ],
)
def test_json_stands_alone_or_in_a_fence(text: str) -> None:
    parser = JsonOutputParser()
    assert parser.invoke(text) == {"a": [1]}
    assert list((in_pieces(list(text)) | parser).stream("x"))[-1] == {"a": [1]}


@pytest.mark.parametrize(
    "text",
    ["no json", "", '{"a": 1', "Sure: {1} and []", "```json\n{", '{"a" 1}', "[1,", "Sure: {1}"],
)
def test_text_that_is_not_json_is_on_the_error(text: str) -> None:
    parser = JsonOutputParser()
    with pytest.raises(OutputParserError, match="not JSON") as whole:
        parser.invoke(text)
    assert whole.value.text == text
    with pytest.raises(OutputParserError) as streamed:
        list((in_pieces(list(text)) | parser).stream("x"))
    assert streamed.value.text == text


json_texts = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
).map(json.dumps)


@given(
    json_texts, st.integers(1, 5), st.sampled_from(["{}", "```json\n{}\n```", "ok\n```\n{}\n```"])
)
def test_the_last_of_the_stream_is_what_invoke_gives(text: str, size: int, frame: str) -> None:
    text = frame.replace("{}", text)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    parser = JsonOutputParser()
    assert list((in_pieces(pieces) | parser).stream("x"))[-1] == parser.invoke(text)


def test_what_only_the_whole_text_shows_comes_last() -> None:
    for text, value in (("12", 12), ('[1, "x", Infinity]', [1, "x", float("inf")])):
        assert list((in_pieces(list(text)) | JsonOutputParser()).stream("x"))[-1] == value


def test_a_pydantic_parser_gives_objects() -> None:
    parser = PydanticOutputParser(pydantic_object=Joke)
    text = '{"setup": "why", "rating": 3}'
    assert parser.invoke(text) == Joke(setup="why", rating=3)
    assert list((in_pieces(list(text)) | parser).stream("x"))[-1] == Joke(setup="why", rating=3)
    assert '"setup"' in parser.get_format_instructions()


def test_json_that_does_not_fit_names_the_fields_and_keeps_the_text() -> None:
    parser = PydanticOutputParser(Joke)
    with pytest.raises(OutputParserError, match=r"does not fit Joke.*\n?.*rating") as caught:
        parser.invoke('{"setup": "why", "rating": "high"}')
    assert caught.value.text == '{"setup": "why", "rating": "high"}'


def test_a_pydantic_parser_of_something_else_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="takes a pydantic class; got <class 'dict'>"):
        PydanticOutputParser(dict)  # type: ignore[type-var]


@pytest.mark.parametrize("parser", [StrOutputParser(), JsonOutputParser()])
def test_what_is_no_text_is_refused(parser: OutputParser[Any]) -> None:
    with pytest.raises(InvalidParameterError, match="reads a str or a message; got int: 3"):
        parser.invoke(3)


def test_a_parser_of_ones_own_writes_parse_alone() -> None:
    class Lines(OutputParser[list[str]]):
        def parse(self, text: str) -> list[str]:
            return text.splitlines()

    chain = FakeChatModel(responses=["a\nb"]) | Lines()
    assert chain.invoke("x") == ["a", "b"]
    assert list(chain.stream("x")) == [["a", "b"]]
    events = {e["event"] for e in chain.stream_events("x", include_types=["parser"])}
    assert events == {"on_parser_start", "on_parser_stream", "on_parser_end"}


def test_words_are_given_at_their_last_letter() -> None:
    """The reader of a stream need not wait for the comma after ``true``."""
    pieces = ['{"a": tru', "e", ', "b": nul', "l", ', "c": [fals', "e", "]}"]
    seen = list((in_pieces(pieces) | JsonOutputParser()).stream("x"))
    assert {"a": True} in seen
    assert {"a": True, "b": None} in seen
    assert {"a": True, "b": None, "c": [False]} in seen


WORST = [
    "[",
    "{",
    '{"a":',
    '{"',
    "`",
    "~~~",
    "```\n",
    "``` ",
    "<think>",
    "</think>",
    "<",
    "\\",
    '"',
    "[1,",
    "[1]\n",
    " ",
    "\n",
    "x",
    "7",
    "t",
]


@pytest.mark.parametrize("opening", ["", '```json\n{"a": "'])
@pytest.mark.parametrize("piece", WORST)
@pytest.mark.parametrize("size", [1, 10_000])
def test_the_worst_text_takes_time_in_proportion_to_its_length(
    opening: str, piece: str, size: int
) -> None:
    """100 kB of it, in one piece or letter by letter, with the value asked for after each."""
    text = opening + piece * (100_000 // len(piece))
    start = time.process_time()
    reader = JsonInText()
    for at in range(0, len(text), size):
        reader.feed(text[at : at + size])
        reader.growth()
    with contextlib.suppress(ValueError):
        reader.finish()
    assert time.process_time() - start < 3


class Dated(BaseModel):
    model_config = ConfigDict(strict=True)
    day: date

    @field_validator("day")
    @classmethod
    def look(cls, day: date) -> date:
        return {2025: day}[day.year]


def test_a_pydantic_parser_takes_strict_classes_and_validators_that_break() -> None:
    """A date is text in JSON; whatever a validator raises is an error of the parser."""
    parser = PydanticOutputParser(Dated)
    assert parser.invoke('{"day": "2025-01-02"}').day == date(2025, 1, 2)
    with pytest.raises(OutputParserError, match="does not fit Dated"):
        parser.invoke('{"day": "2024-01-02"}')
