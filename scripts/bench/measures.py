"""What is measured: each function holds one kind of contest and gives rows of the report.

A row is a measurement of one entry beside a reference: its cost in the table's unit, and its ratio
to the reference, taken round by round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from contest import Contest, Costs, Entry, Outcome, Spread, ratio
from first_requests import BARE_MODEL, first_chunks, fresh, stand_stills
from server import Load

WIRES = (
    "openai",
    "openai-responses",
    "groq",
    "fireworks",
    "mistralai",
    "anthropic",
    "google-genai",
)
_WHOLE_CALLS = {"google-genai", "mistralai"}
"""Wires that send the arguments of a call whole; Mistral's SDK refuses a delta without a name."""

_NO_LANGCHAIN = {"fireworks"}
"""Where LangChain's package needs a vendor's client that pins the SDK to an old major version."""


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    measure: str
    case: str
    entry: str
    unit: str
    cost: Spread
    reference: str
    ratio: Spread

    def as_json(self) -> dict[str, Any]:
        """The row as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Row:
        """The row that `as_json` wrote."""
        spreads = {name: Spread(**data[name]) for name in ("cost", "ratio")}
        return cls(**{**data, **spreads})


def streams(contest: Contest, size: int) -> Iterator[Row]:
    """CPU per wire chunk of one stream: each wire, text and tool arguments, 8 events together and
    one by one.
    """
    for wire in WIRES:
        for kind in ("text", "tool"):
            if kind == "tool" and wire in _WHOLE_CALLS:
                continue
            for per_segment in (8, 1):
                load = Load(wire, kind, size, per_segment)
                entries = [Entry("raw", times=5), Entry("raw", "stream", times=5)]
                entries += [Entry("ours", way, 5) for way in ("astream", "stream", "events")]
                entries.append(Entry("sdk"))
                if wire not in _NO_LANGCHAIN:
                    entries.append(Entry("langchain"))
                if wire == "openai":
                    entries.append(Entry("pydantic_ai"))
                outcome = contest.hold(load, entries)
                case = f"{wire}, {kind}, {per_segment} a segment"
                yield from _rows("stream", case, outcome, "raw", size, "µs CPU per chunk")
                against = {"ours": "sdk", "ours.events": "ours", "ours.stream": "raw.stream"}
                for one, other in against.items():
                    spread = Spread.of(_scaled(outcome[one], size))
                    of = ratio(outcome, one, other)
                    yield Row("stream", case, one, "µs CPU per chunk", spread, other, of)


def chains(contest: Contest, size: int) -> Iterator[Row]:
    """prompt | model | parser with events."""
    load = Load("openai", "text", size, 8)
    outcome = contest.hold(load, [Entry("langchain", "chain"), Entry("ours", "chain", 3)])
    yield from _rows("chain", str(load), outcome, "langchain.chain", size, "µs CPU per chunk")


def objects(contest: Contest, longest: int) -> Iterator[Row]:
    """Objects of a class that grow while they stream by OpenAI's native schema: CPU per wire chunk,
    and how many chunks have been sent when the first field is seen.
    """
    reference = "ours.objects"
    for size in dict.fromkeys((longest // 5, longest)):
        load = Load("openai", "story", size, 8)
        entries = [Entry("ours", "objects", 3), Entry("langchain", "objects")]
        entries += [Entry("langchain", "dicts"), Entry("pydantic_ai", "objects")]
        outcome = contest.hold(load, [*entries, Entry("instructor", "objects")])
        case = f"{size:,} chunks, 8 a segment"
        yield from _rows("objects", case, outcome, reference, size, "µs CPU per chunk")
    load = Load("openai", "slow-story", 100, 1)
    entries = [Entry(name, "first_title") for name in ("ours", "pydantic_ai", "instructor")]
    entries += [Entry("langchain", "first_title"), Entry("langchain", "first_of_dicts")]
    seen: Outcome = {}
    for entry in entries:
        counts = [contest.once(load, entry)["units"] for _ in range(contest.rounds)]
        seen[str(entry)] = Costs([{"cpu": float(count), "times": 1} for count in counts])
    for name, costs in seen.items():
        spread = Spread.of(costs.per("cpu", 1))
        of = ratio(seen, name, "ours.first_title")
        case = "first field, of 100 chunks"
        yield Row("first field", case, name, "chunks sent", spread, "ours.first_title", of)


def together(contest: Contest, most: int) -> Iterator[Row]:
    """Many streams at once on one model: CPU per chunk, and memory above idle in a process of its
    own.
    """
    size = 50
    for count in dict.fromkeys((1, 50, most)):
        load = Load("openai", "text", size, 1)
        times = max(1, 100 // count)
        names = ["raw", "ours", *(["sdk", "langchain"] if count < most else ["sdk"])]
        entries = [Entry(name, times=times if name in ("raw", "ours") else 1) for name in names]
        outcome = contest.hold(load, entries, streams=count)
        case = f"{count} at once"
        yield from _rows("together", case, outcome, "raw", size * count, "µs CPU per chunk")
    load = Load("openai", "text", 1000, 1)
    peaks: dict[str, Costs] = {}
    for name in ("raw", "ours"):
        contest.renew(name)
        contest.once(load, Entry(name))  # clients made, modules imported
        peak = contest.once(load, Entry(name), streams=most, gauge=True)["peak"]
        peaks[name] = Costs([{"cpu": peak, "times": 1}])
    for name in peaks:
        spread = Spread.of(peaks[name].per("cpu", 1e6))
        of = ratio(peaks, name, "raw")
        yield Row("memory", f"{most} at once", name, "MB above idle", spread, "raw", of)


def engines(contest: Contest, size: int) -> Iterator[Row]:
    """The two HTTP engines of event loops: one stream, and 500 at once."""
    ours = (Entry("ours", times=5), Entry("ours", "aiohttp", 5))
    for per_segment in (8, 1):
        load = Load("openai", "text", size, per_segment)
        outcome = contest.hold(load, [Entry("raw", times=5), *ours])
        case = f"openai, text, {per_segment} a segment"
        yield from _rows("engine", case, outcome, "raw", size, "µs CPU per chunk")
    load = Load("openai", "text", 50, 1)
    entries = [Entry("raw"), Entry("ours"), Entry("ours", "aiohttp")]
    outcome = contest.hold(load, entries, streams=500)
    yield from _rows("engine", "500 at once", outcome, "raw", 50 * 500, "µs CPU per chunk")


def growth(contest: Contest, longest: int) -> Iterator[Row]:
    """Streams ten times as long, folded into a message at the end."""
    for kind in ("text", "tool"):
        sizes = [size for size in (100, 1_000, 10_000, 100_000) if size <= longest]
        costs: Outcome = {str(size): Costs() for size in sizes}
        for _ in range(contest.rounds):
            for size in sizes:
                entry = Entry("ours", "fold", times=max(1, 10_000 // size))
                told = contest.once(Load("openai", kind, size, 8), entry)
                costs[str(size)].rounds.append(told)
        for shorter, longer in pairwise(sizes):
            spread = Spread.of(_scaled(costs[str(longer)], longer))
            of = ratio(costs, str(longer), str(shorter))
            case = f"{kind}, {longer:,} chunks"
            yield Row(
                "growth", case, "ours.fold", "µs CPU per chunk", spread, f"{shorter:,} chunks", of
            )


def latency(contest: Contest, _size: int) -> Iterator[Row]:
    """A stream of one chunk on a connection that is open: what a call adds to the network."""
    load = Load("openai", "text", 1, 1)
    outcome = contest.hold(load, [Entry("raw", times=50), Entry("ours", times=50), Entry("sdk")])
    for name in outcome:
        spread = Spread.of(outcome[name].per("wall", 1e-3))
        of = ratio(outcome, name, "raw", "wall")
        yield Row("latency", "one chunk", name, "ms", spread, "raw", of)


def calls(contest: Contest, calls: int) -> Iterator[Row]:
    """What one more call costs on open connections: one after another, and 100 at once."""
    load = Load("openai", "text", 1, 1)
    for count, case in ((1, "one after another"), (100, "100 at once")):
        entries = [Entry(name, times=calls // count) for name in ("raw", "ours")]
        outcome = contest.hold(load, entries, streams=count)
        yield from _rows("call", case, outcome, "raw", count, "µs CPU per call")


def first_requests(contest: Contest, _size: int) -> Iterator[Row]:
    """A first stream in a fresh interpreter: CPU to its first chunk, and how long its loop stands
    still.
    """
    outcome = first_chunks(contest)
    for name in outcome:
        spread = Spread.of(outcome[name].per("cpu", 1e-3))
        of = ratio(outcome, name, "bare")
        yield Row("first", "to the first chunk, groq", name, "ms CPU", spread, "bare", of)
    outcome = stand_stills(contest)
    for name in outcome:
        spread = Spread.of(outcome[name].per("wall", 1e-3))
        of = ratio(outcome, name, "bare", "wall")
        yield Row("still", "first request on a loop, groq", name, "ms", spread, "bare", of)


def batches(contest: Contest, prompts: int) -> Iterator[Row]:
    """Many prompts, answered whole, 50 at a time."""
    load = Load("openai", "text", 20, 1)
    names = ("raw", "ours", "langchain")
    entries = [Entry(name, "batch") for name in names]
    outcome = contest.hold(load, entries, prompts=prompts, concurrency=50)
    unit = "µs CPU per prompt"
    yield from _rows("batch", f"{prompts} prompts", outcome, "raw.batch", prompts, unit)


_IMPORTS = {
    "bare pydantic": ("groq", BARE_MODEL),
    "ours": (
        "groq",
        'from chat_core import get_chat_model\nget_chat_model("groq:any")\n'
        'assert not {"groq", "httpx", "asyncio"} & set(sys.modules)',
    ),
    "sdk": ("groq", 'import groq\ngroq.Groq(api_key="none")'),
    "langchain": (
        "frameworks",
        'from langchain_groq import ChatGroq\nChatGroq(model="any", api_key="none")',
    ),
}
"""Name → environment and what a fresh interpreter runs in it."""


def imports(contest: Contest, _size: int) -> Iterator[Row]:
    """CPU of importing and building a model, in fresh interpreters whose bytecode is compiled."""
    costs: Outcome = {name: Costs() for name in _IMPORTS}
    for number in range(contest.rounds + 1):
        for name, (place, code) in _IMPORTS.items():
            seconds = fresh(place, f"import sys, time\n{code}\nprint(time.process_time())")
            if number:
                costs[name].rounds.append({"cpu": seconds, "times": 1})
    for name in costs:
        spread = Spread.of(costs[name].per("cpu", 1e-3))
        of = ratio(costs, name, "bare pydantic")
        case = "import and build, groq"
        yield Row("import", case, name, "ms CPU, interpreter included", spread, "bare pydantic", of)


MEASURES: dict[str, tuple[Callable[[Contest, int], Iterator[Row]], int, int]] = {
    "streams": (streams, 1000, 300),
    "chains": (chains, 1000, 500),
    "objects": (objects, 1000, 500),
    "together": (together, 500, 50),
    "engines": (engines, 1000, 300),
    "growth": (growth, 100_000, 10_000),
    "latency": (latency, 1, 1),
    "calls": (calls, 500, 200),
    "batches": (batches, 1000, 100),
    "imports": (imports, 1, 1),
    "first": (first_requests, 1, 1),
}
"""Name → what holds it, and its size in a full run and in a quick one."""


def _scaled(costs: Costs, size: int) -> list[float]:
    return costs.per("cpu", size / 1e6)


def _rows(
    measure: str, case: str, outcome: Outcome, reference: str, size: int, unit: str
) -> Iterator[Row]:
    for name, costs in outcome.items():
        spread = Spread.of(_scaled(costs, size))
        yield Row(measure, case, name, unit, spread, reference, ratio(outcome, name, reference))
