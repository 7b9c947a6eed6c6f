"""The support matrix as pages: Markdown, and HTML that needs nothing else and loads nothing."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from chat_conformance.capabilities import CAPABILITIES
from chat_conformance.declared import DECLARED
from chat_core import InvalidParameterError
from chat_openai.hosts import HOSTS
from matrix import (
    ALL_LAWS,
    FAILED,
    GAP,
    NOT_OFFERED,
    NOT_RUN,
    PACKAGES,
    SERVERS,
    THEMES,
    WORKS,
    Cell,
    Matrix,
    Row,
    label,
)

QUESTION = "Which integrations stream token by token?"

INTRODUCTION = f"""\
Written by `make matrix`, which runs the conformance suite; never edited. Every provider is held to
{len(ALL_LAWS)} laws, blocking and on an event loop, over a real socket."""

SIGNS = {WORKS: "✓", GAP: "gap", FAILED: "✗", NOT_OFFERED: "–", NOT_RUN: "·"}

MEANINGS = {
    WORKS: "every law about it holds",
    GAP: "a law is known not to hold; the reason is below",
    NOT_OFFERED: "the vendor, or its wire, does not offer it (media are then refused by name)",
    FAILED: "a law does not hold",
    NOT_RUN: "not run",
}

_NAMES = [subject.__name__ for subject in DECLARED]


def streaming(matrix: Matrix) -> str:
    """The answer to the question that is asked most."""
    row = matrix.capabilities["streaming"]
    works = [label(name) for name, cell in row.items() if cell.state == WORKS]
    others = [f"{label(name)} ({cell.state})" for name, cell in row.items() if cell.state != WORKS]
    number = f"All {len(row)}" if not others else f"{len(works)} of {len(row)}"
    but = f" Not: {', '.join(others)}." if others else ""
    return f"{number}: {', '.join(works) or 'none'}.{but}"


def _sections(matrix: Matrix) -> Iterator[tuple[str, str, dict[str, Row], dict[str, str], bool]]:
    """Heading, what the rows are, the rows, their titles, and whether cells have a count."""
    yield "Capabilities", "capability", matrix.capabilities, CAPABILITIES, False
    yield "Laws by theme", "theme, and how many tests held", matrix.themes, THEMES, True
    yield "Held against", "server, and how many tests held", matrix.servers, SERVERS, True
    yield "Around a model", "package, and how many tests held", matrix.packages, PACKAGES, True


def clients() -> Iterator[tuple[str, str, str]]:
    """Providers that take a client of an SDK: which for blocking code, which for event loops."""
    for subject in DECLARED:
        model: Any = subject.make_model(base_url="http://127.0.0.1:9")
        try:
            transport = model._make_client_transport()  # noqa: SLF001 - made without a client here
        except InvalidParameterError:
            continue  # it takes no client
        yield (label(subject.__name__), *transport.clients)


CLIENTS = """\
What `client=` and `async_client=` take; the SDK then carries each call. Claude on Bedrock, Vertex
AI and Foundry work in this way. The laws about content and errors are held with them too
(`integration-tests/test_conformance_by_client.py`)."""


BATCH_JOBS = """\
What a vendor answers within a day as one job, through `chat_batch.jobs`. Each is held to the laws
of batch jobs at a server of the vendor's jobs, to which the vendor's SDK sends the same requests
(`integration-tests/test_batch_jobs_sdk.py`)."""


def batch_jobs() -> Iterator[tuple[str, str, str, str]]:
    """Providers: whether they have batch jobs, of how much, and whose storage has the rows."""
    for subject in DECLARED:
        if subject.job_server is None:
            yield label(subject.__name__), "none", "", ""
            continue
        settings = subject.job_server().settings("http://127.0.0.1:9")
        model: Any = subject.make_model(**settings)
        jobs = model.batch_jobs()
        rows = f"{jobs.most_rows:,} rows" if jobs.most_rows else ""
        size = f"{jobs.most_bytes // 1_000_000:,} MB" if jobs.most_bytes else ""
        most = ", ".join(filter(None, (rows, size)))
        place = f"yours, `{jobs.storage}…`" if jobs.storage else "the vendor's"
        yield label(subject.__name__), "yes", most, place


HOSTS_BY_NAME = """\
Ids that are `openai-compatible` with what each host does otherwise. Each is held to laws of its own
at a server that does and refuses the same (`integration-tests/test_hosts.py`)."""


def hosts() -> Iterator[tuple[str, str, str, str]]:
    """Hosts of OpenAI's wire: whether tools, a forced call and JSON schemas are taken."""
    for host in HOSTS.values():
        choices = host.tool_choices.value if host.tool_choices else None
        schema = host.json_schema.value if host.json_schema else None
        forced = None if choices is None else "required" in choices
        known = (None if choices is None else bool(choices), forced, schema)
        tools, call, json = ("not known" if k is None else "yes" if k else "no" for k in known)
        yield host.id, tools, call, json


def _text(cell: Cell, *, counted: bool) -> str:
    sign = SIGNS[cell.state]
    return f"{sign} {cell.held}" if counted and cell.held else sign


# --- Markdown


def markdown(matrix: Matrix) -> str:
    """The page as Markdown."""
    legend = " · ".join(f"**{SIGNS[state]}** {meaning}" for state, meaning in MEANINGS.items())
    lines = ["# Support matrix", "", INTRODUCTION, ""]
    lines += [f"**{QUESTION}** {streaming(matrix)}", "", legend, ""]
    for heading, what, rows, titles, counted in _sections(matrix):
        head = " | ".join([what, *map(label, _NAMES)])
        lines += [f"## {heading}", "", f"| {head} |", "|---" * (len(_NAMES) + 1) + "|"]
        for row, cells in rows.items():
            texts = [_text(cells[name], counted=counted) for name in _NAMES]
            lines.append(f"| {' | '.join([titles[row], *texts])} |")
        lines.append("")
    gaps = [
        f"- **{name}**: {reason} ({', '.join(f'`{law}`' for law in laws)})"
        for name, reason, laws in matrix.gaps()
    ]
    lines += ["## Clients of an SDK", "", CLIENTS, ""]
    lines += ["| provider | blocking | on an event loop |", "|---|---|---|"]
    lines += [*(f"| {' | '.join(row)} |" for row in clients()), ""]
    lines += ["## Batch jobs", "", BATCH_JOBS, ""]
    lines += ["| provider | batch jobs | the most in one job | storage |", "|---|---|---|---|"]
    lines += [*(f"| {' | '.join(row)} |" for row in batch_jobs()), ""]
    lines += ["## Hosts by name", "", HOSTS_BY_NAME, ""]
    lines += ["| host | tools | a forced call | a JSON schema |", "|---|---|---|---|"]
    lines += [*(f"| {' | '.join(row)} |" for row in hosts()), ""]
    lines += ["## Gaps", "", *(gaps or ["None."]), ""]
    lines += ["What each law states, and the broken model that breaks it: [laws](laws.md).", ""]
    return "\n".join(lines)


# --- HTML

_STYLE = """
:root { color-scheme: light dark; --line: #c9c9c9; --head: #f3f3f3; --works: #dff3df;
  --gap: #fdefc8; --failed: #f8d0d0; --dim: #666; --answer: #eef4fd }
@media (prefers-color-scheme: dark) {
  :root { --line: #4a4a4a; --head: #262626; --works: #173a1b; --gap: #4a3a0c; --failed: #5a1d1d;
    --dim: #a0a0a0; --answer: #172433 }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
.answer { background: var(--answer); border-radius: .4rem; padding: .8rem 1rem; font-size: 1.1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0 }
caption { text-align: left; color: var(--dim); padding-bottom: .3rem }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: center }
th { background: var(--head); font-weight: 600 }
tbody th { text-align: left; font-weight: 400; position: sticky; left: 0 }
.works { background: var(--works) } .gap { background: var(--gap) }
.failed { background: var(--failed) } .not-offered, .not-run { color: var(--dim) }
details { margin: .3rem 0 } code { font-size: 90% }
"""


def page(matrix: Matrix) -> str:
    """The page as HTML."""
    return "\n".join(_page(matrix)) + "\n"


def _page(matrix: Matrix) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Support matrix</title><style>{_STYLE}</style></head><body><main>"
    yield "<h1>Support matrix</h1>"
    yield f'<p class="answer"><strong>{QUESTION}</strong> {_escaped(streaming(matrix))}</p>'
    yield f"<p>{_escaped(INTRODUCTION.replace('`', ''))}</p>"
    yield "<ul>"
    for state, meaning in MEANINGS.items():
        yield f"<li><strong>{SIGNS[state]}</strong> {_escaped(meaning)}</li>"
    yield "</ul>"
    for heading, what, rows, titles, counted in _sections(matrix):
        yield f"<h2>{heading}</h2>"
        yield from _table(what, rows, titles, counted=counted)
    yield f"<h2>Clients of an SDK</h2><p>{_escaped(CLIENTS.replace('`', ''))}</p><ul>"
    for provider, blocking, on_a_loop in clients():
        kinds = _escaped(f"{blocking}; {on_a_loop}")
        yield f"<li><strong>{_escaped(provider)}</strong>: {kinds}</li>"
    yield f"</ul><h2>Batch jobs</h2><p>{_escaped(BATCH_JOBS.replace('`', ''))}</p><ul>"
    for provider, has_jobs, most, place in batch_jobs():
        found = "; ".join(filter(None, (has_jobs, most, place))).replace("`", "")
        yield f"<li><strong>{_escaped(provider)}</strong>: {_escaped(found)}</li>"
    yield f"</ul><h2>Hosts by name</h2><p>{_escaped(HOSTS_BY_NAME.replace('`', ''))}</p><ul>"
    for host, tools, call, json in hosts():
        yield f"<li>{host}: tools {tools}; a forced call {call}; a JSON schema {json}</li>"
    yield "</ul><h2>Gaps</h2><ul>"
    for name, reason, laws in matrix.gaps():
        yield f"<li><strong>{_escaped(name)}</strong>: {_escaped(reason)} ({', '.join(laws)})</li>"
    yield "</ul>" if any(matrix.gaps()) else "<li>None.</li></ul>"
    yield "<h2>The laws</h2>"
    yield from _laws()
    yield "</main></body></html>"


def _table(
    what: str, rows: dict[str, Row], titles: dict[str, str], *, counted: bool
) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{_escaped(label(name))}</th>' for name in _NAMES)
    yield f'<div class="wide"><table><caption>By provider: {_escaped(what)}</caption>'
    yield f'<thead><tr><th scope="col">{_escaped(what.partition(",")[0])}</th>{heads}</tr></thead>'
    yield "<tbody>"
    for row, cells in rows.items():
        found = "".join(_cell(cells[name], counted=counted) for name in _NAMES)
        yield f'<tr><th scope="row">{_escaped(titles[row])}</th>{found}</tr>'
    yield "</tbody></table></div>"


def _cell(cell: Cell, *, counted: bool) -> str:
    """A cell with a label for screen readers."""
    reasons = {**cell.gaps, **cell.failed}
    title = "; ".join([cell.state, *(f"{law}: {why}" for law, why in sorted(reasons.items()))])
    count = f", {cell.held} tests" if counted and cell.held else ""
    kind, text = cell.state.replace(" ", "-"), _escaped(_text(cell, counted=counted))
    return (
        f'<td class="{kind}" title="{_escaped(title)}" aria-label="{_escaped(cell.state + count)}">'
        f"{text}</td>"
    )


def _laws() -> Iterator[str]:
    for theme, title in THEMES.items():
        laws = [law for law in ALL_LAWS.values() if law.theme == theme]
        yield f"<details><summary>{_escaped(title)} ({len(laws)})</summary><ul>"
        for law in laws:
            yield f"<li><code>{law.name}</code>: {_escaped(law.sentence.replace('``', ''))}</li>"
        yield "</ul></details>"


def _escaped(text: str) -> str:
    return html.escape(text)
