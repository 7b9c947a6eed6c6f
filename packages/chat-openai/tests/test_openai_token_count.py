"""Tokens of Chat Completions requests, counted by a tokenizer that stands for tiktoken."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from chat_core import (
    APIConnectionError,
    ChatError,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    SystemMessage,
    TextBlock,
    TokenCount,
)
from chat_openai import ChatOpenAI


class Words:
    """An encoding in which each word is a token."""

    def encode(self, text: str, *, disallowed_special: tuple[()]) -> list[int]:
        assert disallowed_special == ()
        return [0] * len(text.split())


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, lambda model: Words())


def stand_in(monkeypatch: pytest.MonkeyPatch, find: Any) -> None:
    """Have ``import tiktoken`` give a module whose ``encoding_for_model`` is ``find``."""
    monkeypatch.setitem(sys.modules, "tiktoken", SimpleNamespace(encoding_for_model=find))


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("model", "input", "tokens"),
    [
        ("gpt-4o-mini", "hi there", 3 + 3 + 1 + 2),
        ("gpt-5", "hi there", 2 + 3 + 1 + 2),
        ("gpt-4o", [SystemMessage("Be a fish"), HumanMessage("hi", name="ann")], 3 + 7 + 7),
        ("gpt-4o", [HumanMessage([TextBlock("two words"), TextBlock("and three more")])], 12),
    ],
)
def test_messages_count_their_words_and_their_frame(model: str, input: Any, tokens: int) -> None:
    assert ChatOpenAI(model=model).count_tokens(input) == TokenCount(tokens)


@pytest.mark.usefixtures("words")
async def test_a_count_needs_neither_key_nor_request() -> None:
    count = await ChatOpenAI(model="gpt-4o").acount_tokens("hi there")
    assert count == TokenCount(9, is_estimate=False)


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("input", "options", "named"),
    [
        ("hi", {"tools": [{"type": "function", "function": {"name": "net"}}]}, "tools"),
        ("hi", {"response_format": {"type": "json_object"}}, "response_format"),
        ([HumanMessage([ImageBlock("https://example.org/perch.png")])], {}, "image_url"),
    ],
)
def test_what_openai_does_not_publish_is_not_guessed(
    input: Any, options: dict[str, Any], named: str
) -> None:
    model = ChatOpenAI(model="gpt-4o")
    with pytest.raises(InvalidParameterError, match=f"{named} in .*api='responses'"):
        model.count_tokens(input, **options)
    assert model.count_tokens(input, estimate=True, **options).is_estimate


def test_without_tiktoken_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    with pytest.raises(InvalidParameterError, match=r"chat-openai\[tokens\]"):
        ChatOpenAI(model="gpt-4o").count_tokens("hi")


@pytest.mark.parametrize(
    ("raised", "kind", "named"),
    [
        (KeyError("no encoding"), InvalidParameterError, "does not know the model 'perch-9'"),
        (OSError("no route"), APIConnectionError, "TIKTOKEN_CACHE_DIR"),
    ],
)
def test_what_tiktoken_lacks_is_a_plain_error(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: type[ChatError], named: str
) -> None:
    def find(model: str) -> Any:
        raise raised

    stand_in(monkeypatch, find)
    with pytest.raises(kind, match=named):
        ChatOpenAI(model="perch-9").count_tokens("hi")
