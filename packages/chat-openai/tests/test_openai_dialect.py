"""OpenAI and compatible servers: ids of calls, and content parts that are sent as given."""

from __future__ import annotations

import pytest
from chat_completions.encode_messages import encode_messages
from chat_core import (
    AIMessage,
    HumanMessage,
    InvalidParameterError,
    Message,
    NonStandardBlock,
    ToolCall,
    ToolMessage,
)
from chat_openai.dialect import CompatibleDialect, OpenAIDialect


def test_call_ids_that_are_too_long_for_openai_are_hashed_and_others_stay() -> None:
    for given, kept in (("call_" + "x" * 46, False), ("call_" + "x" * 35, True)):
        short = OpenAIDialect().call_id(given)
        assert len(short) <= 40
        assert (short == given) is kept
        assert short == OpenAIDialect().call_id(given)
        assert CompatibleDialect().call_id(given) == given


def test_a_part_of_a_type_that_openai_does_not_take_is_refused_by_its_type() -> None:
    odd = NonStandardBlock({"type": "clip", "clip": "c"})
    fine = NonStandardBlock({"type": "file", "file": {"file_id": "f"}})
    called = AIMessage([ToolCall("f", {}, "1")])
    histories: list[list[Message]] = [[HumanMessage([odd])], [called, ToolMessage([odd], "1")]]
    for history in histories:
        with pytest.raises(InvalidParameterError, match="'clip'"):
            encode_messages(history, "m", OpenAIDialect())
        assert "clip" in str(encode_messages(history, "m", CompatibleDialect()))
    (turn,) = encode_messages([HumanMessage([fine])], "m", OpenAIDialect())
    assert turn["content"] == [fine.value]
