"""Live Markdown: what is written to the screen, and how often anything is rendered."""

from __future__ import annotations

import io

import pytest
from chat_core import AIMessage, HumanMessage, Message, ReasoningBlock
from chat_core.testing import FakeChatModel
from chat_terminal.output import live
from chat_terminal.output.live import LiveOutput
from rich.console import Console
from rich.markdown import Markdown

GO: list[Message] = [HumanMessage("go")]


def console(width: int = 40, height: int = 10, *, terminal: bool = True) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=terminal, width=width, height=height, color_system=None
    )


def rendered(text: str) -> str:
    screen = console(terminal=False)
    LiveOutput(screen).answer(FakeChatModel(responses=[text]), GO)
    written = screen.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def test_blocks_are_separated_by_one_blank_line() -> None:
    assert rendered("# A\nb\n\n- c\n- d\n\n## E\n> f\n") == (
        "                   A\n\nb\n\n • c\n • d\n\nE\n\n▌ f\n"
    )


def test_lines_of_a_paragraph_stay_lines() -> None:
    assert rendered("Salt and *foam*,\nwave and\nstone.\n\nEnd.") == (
        "Salt and foam,\nwave and\nstone.\n\nEnd.\n"
    )


def test_a_numbered_list_goes_on_counting_over_blank_lines() -> None:
    assert rendered("1. a\n\n2. b\n\n3. c\n") == " 1 a\n 2 b\n 3 c\n"


def test_reasoning_comes_first_and_is_left_out_on_request() -> None:
    answer = AIMessage([ReasoningBlock("Hm, let me see."), *AIMessage("Yes.").blocks])
    for reasoning, expected in ((True, "Hm, let me see.\n\nYes.\n"), (False, "Yes.\n")):
        screen = console(terminal=False)
        LiveOutput(screen, reasoning=reasoning).answer(
            FakeChatModel(responses=[answer]), [HumanMessage("go")]
        )
        written = screen.file
        assert isinstance(written, io.StringIO)
        assert written.getvalue() == expected


@pytest.mark.parametrize("paragraphs", [20, 200])
def test_what_is_rendered_grows_with_the_answer_and_not_with_its_square(
    paragraphs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(live, "Markdown", _counting(sizes))
    text = "A line of twenty words or so.\n\n" * paragraphs
    screen = console()
    output = LiveOutput(screen)
    output.answer(FakeChatModel(responses=[text]), GO)
    # Each block once when it is finished, and what is open at most as often as blocks end.
    assert sum(sizes) <= 3 * len(text)


def test_a_repaint_of_one_endless_block_renders_no_more_than_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(live, "Markdown", _counting(sizes))
    text = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 5000
    LiveOutput(console(width=40, height=10)).answer(
        FakeChatModel(responses=[text]), [HumanMessage("go")]
    )
    *repaints, whole = sorted(sizes)
    assert whole >= len(text.strip())
    assert all(size <= 40 * 10 for size in repaints)


def _counting(sizes: list[int]) -> object:
    def markdown(text: str, *, hyperlinks: bool) -> Markdown:
        sizes.append(len(text))
        return Markdown(text, hyperlinks=hyperlinks)

    return markdown
