"""300 runs of ``asyncio.run`` on one model of a provider, with 256 open files at most.

The environment variable ``EVENT_LOOPS`` sets another number of runs.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from chat_conformance import declared
from chat_conformance.backends import KEY
from chat_conformance.script import Reply
from chat_conformance.scripted_server import ScriptedServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RUNS = os.environ.get("EVENT_LOOPS", "300")

LOOPS = """
import asyncio, gc, os, resource, sys
from chat_core import get_chat_model

id, key, url, engine, runs = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
model = get_chat_model(id, api_key=key, base_url=url, http_engine=engine, max_retries=0)

async def whole():
    assert (await model.ainvoke("hi")).content == "Goldfish"

async def left():
    async for chunk in model.astream("hi"):
        return

def open_files():
    gc.collect()
    return len(os.listdir("/dev/fd"))

asyncio.run(whole())
before = open_files()
for number in range(int(runs)):
    asyncio.run(left() if number % 2 else whole())
print(open_files() - before)
"""


@pytest.mark.parametrize("engine", ["httpx", "aiohttp"])
@pytest.mark.parametrize("subject", [declared.Groq, declared.Anthropic], ids=["groq", "anthropic"])
def test_event_loops_that_come_and_go_leave_no_open_file(
    subject: type[declared.Groq], engine: str
) -> None:
    with ScriptedServer() as server:
        server.forget(subject.simulator)
        server.answer_always(lambda request: Reply("Goldfish"))
        given = [subject.model_id, KEY, server.url, engine, RUNS]
        run = subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", "-c", LOOPS, *given],
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
    assert (run.returncode, run.stderr[-2000:]) == (0, "")
    assert int(run.stdout) <= 0
