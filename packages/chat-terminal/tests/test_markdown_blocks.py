"""Markdown is cut into blocks that are shown once, wherever the pieces of a stream end."""

from __future__ import annotations

import pytest
from chat_terminal.output.markdown_blocks import MarkdownBlocks
from hypothesis import given
from hypothesis import strategies as st

TEXT = """\
# Tides
Twice a *day*,
the sea rises.

1. ebb

   with a note
2. flood
* * *

```sh
ls

```
After it.
- one

- two
  ~~~
  in a list

  ~~~

## Next
| a | b |
|---|---|
| 1 | 2 |

end"""

BLOCKS = [
    "# Tides",
    "Twice a *day*,\nthe sea rises.",
    "1. ebb\n\n   with a note\n2. flood\n* * *",
    "```sh\nls\n\n```",
    "After it.\n- one",
    "- two\n  ~~~\n  in a list\n\n  ~~~",
    "## Next",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "end",
]


def blocks_of(pieces: list[str]) -> list[str]:
    blocks = MarkdownBlocks()
    found = [block for piece in pieces for block in blocks.feed(piece)]
    return found + blocks.finish()


def test_blocks_end_where_markdown_says() -> None:
    assert blocks_of([TEXT]) == BLOCKS


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_where_the_text_is_cut_does_not_matter(size: int) -> None:
    pieces = [TEXT[start : start + size] for start in range(0, len(TEXT), size)]
    assert blocks_of(pieces) == BLOCKS


@given(st.lists(st.sampled_from(["a", "\n", "\n\n", "- ", "```", "# ", "  ", "1. ", "~~~"])))
def test_no_line_is_lost_or_shown_twice(pieces: list[str]) -> None:
    shown = [line for block in blocks_of(pieces) for line in block.split("\n") if line.strip()]
    assert shown == [line for line in "".join(pieces).split("\n") if line.strip()]


@given(st.lists(st.sampled_from(["a b", "\n", "\n\n", "- ", "```py\n", "x" * 9])))
def test_the_tail_is_the_end_of_what_is_open(pieces: list[str]) -> None:
    blocks = MarkdownBlocks()
    for piece in pieces:
        blocks.feed(piece)
        whole, short = blocks.tail(10_000), blocks.tail(5)
        assert whole.endswith(short.rpartition("```py\n")[2])


def test_the_tail_does_not_grow_with_the_block() -> None:
    blocks = MarkdownBlocks()
    blocks.feed("```python\n")
    for _ in range(10_000):
        blocks.feed("x = 1\n\n")
    tail = blocks.tail(400)
    assert tail.startswith("```python\n")
    assert len(tail) <= 400 + len("```python\n")


def test_a_line_without_end_has_a_short_tail_too() -> None:
    blocks = MarkdownBlocks()
    for _ in range(10_000):
        blocks.feed("word ")
    assert len(blocks.tail(400)) == 400
