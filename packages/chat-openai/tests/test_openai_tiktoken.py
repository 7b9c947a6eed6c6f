"""Counting with tiktoken itself: a small vocabulary of this file, or none and no network."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiktoken.load
import tiktoken.registry
from chat_core import APIConnectionError, HumanMessage, InvalidParameterError, TokenCount
from chat_openai import ChatOpenAI

BYTES = {bytes([value]): value for value in range(256)}
MERGES = [b"fi", b"sh", b"fish", b" po", b"nd", b" pond", b"us", b"er", b"user"]
RANKS = BYTES | {merge: 256 + number for number, merge in enumerate(MERGES)}
END = "<|endoftext|>"
OF_GPT_4O = "o200k_base"
FRAME = 3 + 3 + 1
"""The answer's beginning, one message, and its role ``user``."""


@pytest.fixture
def pond(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoding of bytes and a few words, in the place of that of gpt-4o."""
    small = tiktoken.Encoding(
        "pond", pat_str=r" ?\w+|\S", mergeable_ranks=RANKS, special_tokens={END: len(RANKS)}
    )
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, OF_GPT_4O, small)


@pytest.fixture
def without_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No encoding in memory or on disk."""
    monkeypatch.delitem(tiktoken.registry.ENCODINGS, OF_GPT_4O, raising=False)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))


@pytest.mark.usefixtures("pond")
@pytest.mark.parametrize(
    ("text", "tokens"),
    [("fish", 1), ("fish pond", 2), ("fishes", 3), ("", 0), ("鱼", 3), (END, 12)],
)
async def test_text_has_the_tokens_of_the_encoding(text: str, tokens: int) -> None:
    model = ChatOpenAI(model="gpt-4o")
    asked = [HumanMessage(text), HumanMessage("pond")]
    expected = TokenCount(FRAME + tokens + 4 + len(tiktoken.get_encoding(OF_GPT_4O).encode("pond")))
    assert model.count_tokens(asked) == expected
    assert await model.acount_tokens(asked) == expected


@pytest.mark.usefixtures("pond")
def test_a_fine_tuned_model_has_the_encoding_of_its_base() -> None:
    assert ChatOpenAI(model="ft:gpt-4o:pond::1").count_tokens("fish").input_tokens == FRAME + 1


def test_a_model_that_tiktoken_does_not_know_is_named() -> None:
    with pytest.raises(InvalidParameterError, match="'perch-9'"):
        ChatOpenAI(model="perch-9").count_tokens("fish")


@pytest.mark.usefixtures("without_file")
def test_a_download_that_fails_names_the_folder_for_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(APIConnectionError, match="TIKTOKEN_CACHE_DIR") as caught:
        ChatOpenAI(model="gpt-4o").count_tokens("fish")
    assert caught.value.__cause__ is not None


@pytest.mark.usefixtures("without_file")
def test_a_page_in_the_place_of_the_file_is_no_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiktoken.load, "read_file", lambda path: b"<html>Sign in</html>")
    with pytest.raises(APIConnectionError, match="Hash mismatch"):
        ChatOpenAI(model="gpt-4o").count_tokens("fish")
