"""Event loops: what is prepared for one, and what async methods need."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import (
    AIMessage,
    ChatError,
    ChatModel,
    ChatPromptTemplate,
    InvalidParameterError,
    Message,
    RunnableLambda,
    UnsupportedEventLoopError,
)
from chat_core.testing import FakeChatModel
from test_connections import PostModel

NOWHERE = "http://127.0.0.1:1"


async def read(stream: Any) -> list[Any]:
    return [item async for item in stream]


def post() -> PostModel:
    return PostModel(base_url=NOWHERE, max_retries=5)


CALLS: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
    "ainvoke": lambda: post().ainvoke("hi"),
    "astream": lambda: read(post().astream("hi")),
    "abatch": lambda: post().abatch(["hi", "ho"]),
    "astream_events": lambda: read(post().astream_events("hi")),
    "aprepare": lambda: post().aprepare(),
    "chain": lambda: (ChatPromptTemplate.from_messages([("human", "hi")]) | post()).ainvoke({}),
    "blocking step": lambda: RunnableLambda(len).ainvoke("hi"),
}


def advance(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run ``coroutine`` to where it first waits, as an event loop that is not asyncio's would."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    finally:
        coroutine.close()


@pytest.mark.parametrize("name", CALLS)
def test_an_async_method_without_a_loop_of_asyncio_says_what_to_do(name: str) -> None:
    with pytest.raises(UnsupportedEventLoopError, match=r"asyncio.*trio.*model\.invoke"):
        advance(CALLS[name]())


def test_the_error_is_one_of_the_tree() -> None:
    assert issubclass(UnsupportedEventLoopError, ChatError)


# --- preparing


PREPARED = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from test_connections import PostModel

engine = sys.argv[3]
model = PostModel(base_url=sys.argv[1], http_engine="httpx" if engine == "sync" else engine)

def blocking():
    model.prepare()
    prepared = set(sys.modules)
    model.invoke("hi")
    list(model.stream("hi"))
    model.close()
    return set(sys.modules) - prepared

async def on_a_loop():
    await model.aprepare()
    prepared = set(sys.modules)
    await model.ainvoke("hi")
    async for chunk in model.astream("hi"):
        pass
    await model.aclose()
    return set(sys.modules) - prepared

print(*sorted(blocking() if engine == "sync" else asyncio.run(on_a_loop())))
"""


@pytest.mark.parametrize("engine", ["sync", "httpx", "aiohttp"])
def test_what_is_prepared_leaves_no_import_of_a_library_to_the_first_call(engine: str) -> None:
    whole = json_answer({"t": "hi", "end": "stop"})
    with WireServer([whole, sse([{"t": "h"}, {"end": "stop"}])]) as server:
        folder = str(Path(__file__).parent)
        command = [sys.executable, "-W", "error", "-c", PREPARED, server.url, folder, engine]
        run = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert (run.returncode, run.stderr[-2000:]) == (0, "")
    libraries = {name.partition(".")[0] for name in run.stdout.split()}
    assert not libraries & {"aiohttp", "anyio", "httpcore", "httpcore2", "httpx", "httpx2", "ssl"}


@pytest.mark.parametrize("how", ["sync", "async"])
async def test_preparing_raises_for_settings_that_cannot_be_used_and_sends_nothing(
    how: str,
) -> None:
    with WireServer() as server:
        model = PostModel(base_url=server.url, verify="/nowhere/ca.pem")
        with pytest.raises(InvalidParameterError, match=r"/nowhere/ca\.pem"):
            model.prepare() if how == "sync" else await model.aprepare()
        assert server.open_connections == 0


async def test_a_model_without_connections_has_nothing_to_prepare() -> None:
    model = FakeChatModel(responses=["hi"])
    model.prepare()
    await model.aprepare()
    assert model.invoke("hi").content == "hi"


async def test_a_model_that_raises_stop_iteration_ends_its_call() -> None:
    class Exhausted(ChatModel):
        def _generate(self, messages: list[Message], **options: object) -> AIMessage:
            return next(iter(()))

    model = Exhausted(model="m")
    for call in (lambda: model.ainvoke("hi"), lambda: read(model.astream("hi"))):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(call(), 30)
