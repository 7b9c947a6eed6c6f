"""Runs every contestant against every fault, and writes the table into the root README."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from chat_conformance.scripted_server import ScriptedServer
from chat_conformance.simulators import CompletionsSimulator
from environments import PINNED, python
from workspace import ROOT

from .faults import FAULTS, PeerFault, Seen

README = ROOT / "README.md"
BEGIN, END = "<!-- peers: written by make peers -->", "<!-- end of peers -->"
WORKER = Path(__file__).with_name("worker.py")
CONTESTANTS = {
    "ours": "chat-openai",
    "sdk": "openai SDK",
    "langchain": "langchain-openai",
    "pydantic_ai": "pydantic-ai",
}
HANGS = 12.0
"""Seconds after which a stream counts as hanging."""
_JUDGED_BY_THE_CALLER = ("sdk", "tool")


def meet(server: ScriptedServer, who: str, fault: PeerFault) -> Seen:
    """Let a contestant meet a fault once."""
    server.forget(CompletionsSimulator(), "openai-compatible")
    *first, last = fault.script
    server.enqueue(*first)
    server.answer_always(last)
    interpreter = Path(sys.executable) if who == "ours" else python("frameworks")
    command = [str(interpreter), "-W", "ignore", str(WORKER), who, fault.task, f"{server.url}/v1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        disconnected = False
        if fault.task == "break":
            disconnected = (
                process.stdout.readline() == b"broke\n" and server.wire.wait_for_disconnect(0.5)
            )
        try:
            output, _ = process.communicate(timeout=HANGS)
        except subprocess.TimeoutExpired:
            process.kill()
            return Seen(hangs=True)
    if server.problem is not None:
        raise server.problem
    found = json.loads(output.splitlines()[-1])
    return Seen(found["text"], tuple(found["calls"]), found["error"], False, disconnected)


def cell(who: str, fault: PeerFault, seen: Seen) -> str:
    """What came of a fault, and whether that is right."""
    if (who, fault.task) == _JUDGED_BY_THE_CALLER and not seen.error:
        return "left to the caller"
    what = "hangs" if seen.hangs else seen.error
    if not what and fault.task == "break":
        what = "disconnected" if seen.disconnected else "still connected"
    elif not what and seen.calls:
        what = f"hands out `{json.dumps(seen.calls[0])}`"
    elif not what and fault.task == "tool":
        what = "no call"
    elif not what:
        what = "answer" if fault.is_right(seen) else "no error"
    return f"{'✓' if fault.is_right(seen) else '✗'} {what}"


def versions() -> str:
    """The versions of the contestants, as the environment of the benchmark pins them."""
    pins = dict(
        line.split("==") for line in PINNED["frameworks"].read_text().splitlines() if "==" in line
    )
    names = ("openai", "langchain-openai", "langchain-core", "pydantic-ai-slim")
    return ", ".join(f"{name} {pins[name]}" for name in names)


def table() -> Iterator[str]:
    """The lines of the table, made by running it."""
    yield f"| what goes wrong | what must come of it | {' | '.join(CONTESTANTS.values())} |"
    yield f"|---|---|{'---|' * len(CONTESTANTS)}"
    with ScriptedServer() as server:
        for fault in FAULTS:
            cells = [cell(who, fault, meet(server, who, fault)) for who in CONTESTANTS]
            line = f"| {fault.name} | {fault.must} | {' | '.join(cells)} |"
            print(line, flush=True)
            yield line


def main() -> None:
    """Run, and write."""
    text = README.read_text(encoding="utf-8")
    if BEGIN not in text:
        sys.exit(f"{README} has no line {BEGIN}")
    note = f"On the wire of Chat Completions, with {versions()}."
    section = "\n".join([BEGIN, "", note, "", *table(), "", END])
    README.write_text(
        re.sub(f"{BEGIN}\n.*?{END}", lambda _: section, text, flags=re.DOTALL), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
