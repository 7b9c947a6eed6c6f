"""Laws of the quickly made deltas: they are what the constructors would have made."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from chat_core.messages.blocks import ReasoningBlock, TextBlock, ToolCallChunk
from chat_core.messages.chunks import AIMessageChunk, block_delta, call_delta, text_delta

_REASONING = ReasoningBlock("hm", index=1)
_PAIRS: list[tuple[Any, Any]] = [
    (text_delta("moon", 3), AIMessageChunk((TextBlock("moon", index=3),))),
    (text_delta("moon"), AIMessageChunk("moon")),
    (block_delta(_REASONING), AIMessageChunk((_REASONING,))),
    (call_delta('{"a', 2), ToolCallChunk(args='{"a', index=2)),
    (call_delta(None, None), ToolCallChunk()),
]


@pytest.mark.parametrize(("quick", "usual"), _PAIRS)
def test_a_quick_delta_equals_the_constructed_one_in_every_field(quick: Any, usual: Any) -> None:
    assert quick == usual
    assert type(quick) is type(usual)
    for field in fields(usual):
        assert getattr(quick, field.name) == getattr(usual, field.name)


def test_two_quick_deltas_share_nothing_that_can_be_changed() -> None:
    one, other = text_delta("a"), text_delta("b")
    one.response_metadata["x"] = one.additional_kwargs["x"] = one.blocks[0].extras["x"] = 1
    assert other == text_delta("b")
    call_delta("a", 0).extras["x"] = 1
    assert not call_delta("a", 0).extras
