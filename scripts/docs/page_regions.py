"""Writes the parts of pages that are made from tables: `<!-- generated: NAME -->` to
`<!-- /generated -->`. What executed blocks print is put in afterwards, by `page_outputs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cache_points_table import cache_points_table
from chat_conformance.declared import DECLARED
from host_table import host_facts, host_table
from page_snippets import snippets, with_outputs
from provider_rows import ROWS, Row
from reasoning_table import reasoning_table
from site_pages import how_to_order, title
from tried_inputs import integration, media_table, server_tools_table, structured_table
from workspace import ROOT

__all__ = ["REGIONS", "with_regions", "without_outputs"]

_REGION = re.compile(
    r"^<!-- generated: (\S+) -->$.*?^<!-- /generated -->$", re.MULTILINE | re.DOTALL
)
PROMPT = "Write me a 1 verse song about goldfish on the moon"


def with_regions(text: str) -> str:
    """A page with its generated parts as they should be, outputs aside.

    Raises `LookupError` for a part that nothing writes.
    """
    return _REGION.sub(_region, text)


def without_outputs(text: str) -> str:
    """A page without the blocks of output, for comparing what is generated."""
    return with_outputs(text, {snippet.line: "" for snippet in snippets(text)})


def _region(found: re.Match[str]) -> str:
    name = found[1]
    if name not in REGIONS:
        raise LookupError(f"nothing writes {name!r}; there are {', '.join(REGIONS)}")
    new = "\n".join(REGIONS[name]())
    if without_outputs(found[0]).strip() == (whole := _framed(name, new)).strip():
        return found[0]
    return whole


def _framed(name: str, content: str) -> str:
    return f"<!-- generated: {name} -->\n\n{content.strip()}\n\n<!-- /generated -->"


def provider_tabs() -> Iterator[str]:
    """For each provider: install, key, the model by id and by class, a stream."""
    yield "<!-- tabs -->\n"
    for row in ROWS:
        yield from _provider_tab(row)
    yield "<!-- /tabs -->"


def _provider_tab(row: Row) -> Iterator[str]:
    arguments = "".join(f", {name}={value}" for name, value in row.arguments.items())
    yield f"**{row.title}**\n"
    yield f"Install `{row.package}`:\n"
    yield _fenced("bash", f"pip install {row.package}")
    yield f"Set {_listed(list(row.exports))}, in bash or in PowerShell.{_after(row.note)}\n"
    yield _fenced("bash", "\n".join(f'export {n}="{v}"' for n, v in row.exports.items()))
    yield _fenced("powershell", "\n".join(f'$env:{n} = "{v}"' for n, v in row.exports.items()))
    yield "Make a model by its id, and stream:\n"
    yield _fenced(
        "python",
        "from chat_core import get_chat_model\n\n"
        + _made("get_chat_model", f'"{row.provider}:{row.model}", temperature=0{arguments}')
        + f'for chunk in model.stream("{PROMPT}"):\n'
        '    print(chunk.content, end="|", flush=True)',
    )
    yield "Or by its class, with which an editor completes the parameters:\n"
    yield _fenced(
        "python",
        f"from {row.module} import {row.class_name}\n\n"
        + _made(row.class_name, f'model="{row.model}", temperature=0{arguments}')
        + "print(repr(model))",
    )


def _made(function: str, arguments: str) -> str:
    """The line that makes a model, in three lines where one would be too long."""
    line = f"model = {function}({arguments})\n"
    return line if len(line) <= 90 else f"model = {function}(\n    {arguments}\n)\n"


def _after(note: str) -> str:
    return f" {note}" if note else ""


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n"


COLUMNS = {
    "streaming": "text, token by token",
    "streamed_arguments": "arguments of tool calls, as they are written",
    "reasoning": "reasoning, apart from the text",
}
"""Capability of the conformance kit → what the table of streaming integrations calls it."""


def streaming_table() -> Iterator[str]:
    """Which integrations stream what: what the conformance kit holds each of them to."""
    yield f"| integration | {' | '.join(COLUMNS.values())} | events |"
    yield "|---|" + "---|" * (len(COLUMNS) + 1)
    for subject in DECLARED:
        cells = ["✓" if name in (subject.capabilities or ()) else "–" for name in COLUMNS]
        yield f"| {integration(subject)} | {' | '.join(cells)} | ✓ |"


def how_to_pages() -> Iterator[str]:
    """A list of the how-to pages, the page of streaming first, for a page in `docs/`."""
    for page in how_to_order(ROOT.glob("docs/how-to/*.md")):
        yield f"- [{title(page.read_text())}](how-to/{page.name})"


REGIONS: dict[str, Callable[[], Iterator[str]]] = {
    "host-facts": host_facts,
    "host-table": host_table,
    "how-to-pages": how_to_pages,
    "media-table": media_table,
    "provider-tabs": provider_tabs,
    "reasoning-table": reasoning_table,
    "cache-points-table": cache_points_table,
    "server-tools-table": server_tools_table,
    "streaming-table": streaming_table,
    "structured-table": structured_table,
}
"""Name of a generated part → what writes its lines."""
