"""The lines beside an answer."""

from __future__ import annotations

import pytest
from chat_core import (
    AIMessage,
    FileBlock,
    HumanMessage,
    ImageBlock,
    Message,
    TextBlock,
    ToolMessage,
    UsageMetadata,
)
from chat_terminal.report import finish, usage_line


def test_counts_that_the_vendor_does_not_report_are_unknown() -> None:
    assert usage_line([AIMessage("a")], 1.25) == "? tokens in, ? out, 1.2 s, finish reason unknown"
    counted = AIMessage(
        "a",
        usage_metadata=UsageMetadata(input_tokens=1200, output_tokens=0),
        response_metadata={"finish_reason": "stop"},
    )
    assert usage_line([counted], 60) == "1,200 tokens in, 0 out, 60.0 s, finish reason stop"


def test_the_usage_of_all_steps_of_a_tool_loop_is_added(
    capsys: pytest.CaptureFixture[str],
) -> None:
    usage = UsageMetadata(input_tokens=10, output_tokens=2)
    earlier, first, last = (AIMessage(text, usage_metadata=usage) for text in "abc")
    messages: list[Message] = [
        HumanMessage("one"),
        earlier,
        HumanMessage("two"),
        first,
        ToolMessage("1", "call1"),
        last,
    ]
    finish("a:b", messages, last, 0, shows_usage=True, log=False)
    assert "20 tokens in, 4 out" in capsys.readouterr().err


def test_media_in_an_answer_are_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    image = ImageBlock(url="https://example.org/a.png")
    plan = FileBlock(url="https://example.org/a.pdf")
    for blocks, words in (([image], "an image,"), ([image, plan, image], "2 images, a file,")):
        answer = AIMessage([TextBlock("Here:"), *blocks])
        finish("a:b", [], answer, 0, shows_usage=False, log=False)
        assert words in capsys.readouterr().err
