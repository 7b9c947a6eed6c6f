"""A message as Markdown, for notebooks: what it holds is shown, and none of it acts as HTML.

Text keeps its Markdown. ``<`` and ``&`` are written as entities except in fenced code, which every
renderer shows as it is; code within a line becomes ``<code>`` with all of its marks as entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..json_text import write_json
from .blocks import (
    Block,
    InvalidToolCall,
    MediaBlock,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCall,
)

__all__ = ["blocks_as_markdown"]

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_MARKS = re.compile(r"[^\w\s]")


def blocks_as_markdown(blocks: Iterable[Block]) -> str:
    """The blocks one below the other; texts that follow one another are one."""
    parts: list[str] = []
    text = ""
    for block in blocks:
        if isinstance(block, TextBlock | RefusalBlock):
            text += block.text
            continue
        parts += [_escaped(text), *_other(block)]
        text = ""
    return "\n\n".join(filter(None, [*parts, _escaped(text)]))


def _other(block: Block) -> Iterator[str]:
    match block:
        case ReasoningBlock(text=text) if text:
            quoted = "\n".join(f"> {line}" for line in _escaped(text).split("\n"))
            yield f"> *Reasoning*\n>\n{quoted}"
        case ToolCall(name=name, args=args):
            yield f"**Calls** {_code(name)} {_code(write_json(args))}"
        case InvalidToolCall(name=name, args=args):
            yield f"**Invalid call** {_code(name or '')} {_code(args)}"
        case MediaBlock():
            yield _code(block.summary())


def _escaped(text: str) -> str:
    """Markdown that shows the tags in ``text`` instead of obeying them."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            if _ends(fence, line):
                fence = ""
            lines.append(line)
        elif found := _FENCE.match(line):
            fence = found[1]
            lines.append(line)
        else:
            lines.append(_escaped_line(line))
    return "\n".join(lines)


def _ends(fence: str, line: str) -> bool:
    """Whether ``line`` closes a fence: as many of its marks or more, and nothing else."""
    marks = line.strip()
    is_indented = len(line) - len(line.lstrip(" ")) > 3
    return not is_indented and marks.startswith(fence) and not marks.strip(fence[0])


def _escaped_line(line: str) -> str:
    end = 0
    shown = ""
    for found in _CODE.finditer(line):
        shown += _entities(line[end : found.start()]) + _code(found[2].strip())
        end = found.end()
    return shown + _entities(line[end:])


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _code(text: str) -> str:
    marked = _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", text)
    return f"<code>{marked.replace('_', '&#95;')}</code>"
