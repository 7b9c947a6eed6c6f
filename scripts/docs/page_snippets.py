"""Reads a Markdown page: what of it is executed, and which output it shows.

- A fenced block `python` is executed, unless a comment `<!-- not run: reason -->` stands before it.
- A fenced block `bash` whose commands all begin with `chat ` is executed; any other block is shown.
- A fenced block `text` directly after an executed one is its output.
- A comment `<!-- answers … -->` has the answers of the offline server to the next requests: Python
  expressions with the names of `chat_conformance.script`, separated by commas.
- A comment `<!-- prepare … -->` has Python that is executed and not shown.
- A page is executed if it lies below `docs/how-to/` or has a comment `<!-- executed -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from workspace import ROOT, distributions

__all__ = [
    "Fence",
    "PageError",
    "Snippet",
    "executed_pages",
    "fences",
    "is_executed",
    "snippets",
    "with_outputs",
]

EXECUTED = re.compile(r"^<!-- executed -->$", re.MULTILINE)
_COMMENT = re.compile(r"^<!--\s*(answers|prepare|not run:)(.*)$")
_FENCE = re.compile(r"^( *)(`{3,})(.*)$")


class PageError(ValueError):
    """A page cannot be read: a block or a comment has no end, or a comment has no block."""


@dataclass(frozen=True)
class Fence:
    """A fenced block. `line` is the number of its first line, from 1, `end` that of its last."""

    language: str
    text: str
    line: int
    end: int
    indent: str = ""


@dataclass(frozen=True)
class Snippet:
    """What is executed at `line`: `kind` is `python`, `chat`, `answers` or `prepare`.

    `output` is the block that shows what it prints, if there is one.
    """

    kind: str
    text: str
    line: int
    end: int
    indent: str = ""
    output: Fence | None = None


def executed_pages() -> list[Path]:
    """The pages of the repository whose blocks are executed."""
    pages = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]
    pages += [each.folder / "README.md" for each in distributions()]
    return sorted(page for page in pages if is_executed(page))


def is_executed(page: Path) -> bool:
    """Whether the blocks of `page` are executed."""
    return ROOT / "docs" / "how-to" in page.parents or bool(EXECUTED.search(page.read_text()))


def fences(text: str) -> list[Fence]:
    """The fenced blocks of a page, in order; comments are skipped.

    Raises `PageError` for a block without an end.
    """
    return [part for part in _parts(text) if isinstance(part, Fence)]


def snippets(text: str) -> list[Snippet]:
    """What of a page is executed, in order. Raises `PageError`."""
    parts = list(_parts(text))
    lines = text.splitlines()
    found: list[Snippet] = []
    is_left_out = False
    for number, part in enumerate(parts):
        if is_left_out and not (isinstance(part, Fence) and part.language == "python"):
            raise PageError(f"line {part.line}: `not run` stands directly before a python block")
        if isinstance(part, Fence):
            kind = _kind(part)
            if kind and not is_left_out:
                output = _output(parts[number + 1 :], part, lines)
                text_of = dedent(part.text)
                found.append(Snippet(kind, text_of, part.line, part.end, part.indent, output))
            is_left_out = False
        elif part.kind == "not run:":
            if len(part.text.strip()) < 4:
                raise PageError(f"line {part.line}: `not run:` is followed by the reason")
            is_left_out = True
        else:
            found.append(part)
    return found


def with_outputs(text: str, outputs: dict[int, str]) -> str:
    """The page with the given output of each snippet, by the snippet's line.

    A block of output is replaced, made, or removed where there is nothing to show.
    """
    lines = text.splitlines()
    for snippet in reversed(snippets(text)):
        if snippet.line not in outputs:
            continue
        shown = outputs[snippet.line]
        if snippet.output is not None:
            start, end = snippet.output.line - 1, snippet.output.end
        else:
            start = end = snippet.end
        block: list[str] = []
        if shown:
            ticks = "`" * max(3, *(len(run) + 1 for run in re.findall("`{3,}", shown)), 3)
            block = [f"{ticks}text", *shown.splitlines(), ticks]
            block = [f"{snippet.indent}{line}".rstrip() for line in block]
            if snippet.output is None:
                block.insert(0, "")
        elif snippet.output is not None and start and not lines[start - 1].strip():
            start -= 1
        lines[start:end] = block
    return "\n".join(lines) + "\n"


def _kind(fence: Fence) -> str:
    if fence.language == "python":
        return "python"
    commands = [line for line in fence.text.splitlines() if line.strip()]
    is_chat = bool(commands) and dedent(fence.text).startswith("chat ")
    return "chat" if fence.language == "bash" and is_chat else ""


def _output(after: list[Fence | Snippet], fence: Fence, lines: list[str]) -> Fence | None:
    """The block of output directly after `fence`: only blank lines are between them."""
    if not after or not isinstance(after[0], Fence) or after[0].language != "text":
        return None
    between = lines[fence.end : after[0].line - 1]
    return None if any(line.strip() for line in between) else after[0]


def _parts(text: str) -> Iterator[Fence | Snippet]:
    """The fenced blocks and the comments that mean something here."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        start = number
        if fence := _FENCE.match(lines[number]):
            indent, ticks, language = fence.groups()
            number = _find(lines, number, lambda line, t=ticks: line.strip() == t, "block")
            content = "\n".join(lines[start + 1 : number])
            word = language.split(maxsplit=1)[0] if language.strip() else ""
            yield Fence(word, content, start + 1, number + 1, indent)
        elif comment := _COMMENT.match(lines[number]):
            kind, rest = comment.groups()
            if "-->" not in rest:
                number = _find(lines, number, lambda line: line.rstrip().endswith("-->"), "comment")
            content = "\n".join([rest, *lines[start + 1 : number + 1]])
            yield Snippet(kind, content.rpartition("-->")[0], start + 1, number + 1)
        elif lines[number].startswith("<!--"):
            while "-->" not in lines[number] and number + 1 < len(lines):
                number += 1
        number += 1


def _find(lines: list[str], start: int, is_end: object, what: str) -> int:
    assert callable(is_end)
    for number in range(start + 1, len(lines)):
        if is_end(lines[number]):
            return number
    raise PageError(f"line {start + 1}: the {what} has no end")
