"""A first stream in a fresh interpreter: CPU to its first chunk, longest stand-still of its loop.

`bare` does with httpx2 (httpx where that is not installed) and one pydantic model what `ours` does
with a model of chat-groq. Each prints its figure.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping

from contest import Contest, Costs, Outcome
from environments import python
from server import Load

__all__ = ["BARE_MODEL", "first_chunks", "fresh", "stand_stills"]

BARE_MODEL = """\
import pydantic
class M(pydantic.BaseModel):
    a: int = 1
    b: str = ""
    c: float = 0.0
    d: bool = False
    e: int | None = None
    f: str | None = None
    g: list[str] = []
    h: dict[str, int] = {}
    i: float | None = None
    j: int = 2
M()
"""

_BARE = f"""\
import asyncio
from importlib.util import find_spec
{BARE_MODEL}
if find_spec("httpx2"):
    import httpx2 as http
else:
    import httpx as http
from pydantic_core import from_json
body = {{"model": "any", "messages": [{{"role": "user", "content": "Sing"}}], "stream": True}}
async def read():
    async with http.AsyncClient() as client:
        async with client.stream("POST", URL + "/openai/v1/chat/completions", json=body) as answer:
            async for data in answer.aiter_bytes():
                from_json(data.split(b"\\n\\n")[0].removeprefix(b"data: "))
                return
"""

_OURS = """\
import asyncio
from chat_core import get_chat_model
model = get_chat_model("groq:any", base_url=URL, api_key="none")
async def read():
    async for chunk in model.astream("Sing"):
        return
"""

_CPU = """\
import time
async def run():
    await read()
    print(time.process_time())
asyncio.run(run())
"""

_STAND_STILL = """\
import time
longest = 0.0
async def tick():
    global longest
    while True:
        started = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - started - 0.001)
async def run():
    global longest
    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.05)
    longest = 0.0
    await read()
    await asyncio.sleep(0.005)
    print(longest)
asyncio.run(run())
"""


def fresh(place: str, program: str) -> float:
    """What `program` prints in a fresh interpreter whose bytecode is compiled."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [str(python(place)), "-c", program]
    finished = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return float(finished.stdout)


def first_chunks(contest: Contest) -> Outcome:
    """Seconds of CPU from the start of the interpreter to the first chunk."""
    return _in_turn(contest, _CPU, lambda seconds: {"cpu": seconds, "times": 1})


def stand_stills(contest: Contest) -> Outcome:
    """The longest time for which the loop of a first request runs nothing else, in seconds."""
    return _in_turn(contest, _STAND_STILL, lambda seconds: {"wall": seconds, "times": 1})


def _in_turn(
    contest: Contest, measuring: str, cost: Callable[[float], Mapping[str, float]]
) -> Outcome:
    url = contest.url(Load("groq", "text", 1, 1))
    programs = {"bare": _BARE, "ours": _OURS}
    costs: Outcome = {name: Costs() for name in programs}
    for number in range(contest.rounds + 1):
        for name, program in programs.items():
            figure = fresh("groq", f"URL = {url!r}\n{program}{measuring}")
            if number:
                costs[name].rounds.append(dict(cost(figure)))
    return costs
