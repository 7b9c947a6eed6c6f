"""The server shuts down while answers are open: they end with an event, and the process ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from chat_core import events_from_sse

PROGRAM = """
import asyncio, sys
import uvicorn
from chat_core import AIMessageChunk
from chat_web import ChatResponse, ResumableStreams, SQLiteStore, lifespan
from starlette.applications import Starlette
from starlette.routing import Route

streams = ResumableStreams(SQLiteStore(sys.argv[2]))


async def endless():
    while True:
        await asyncio.sleep(0.05)
        yield AIMessageChunk("on ")


async def direct(request):
    return ChatResponse(endless())


async def kept(request):
    return ChatResponse(endless(), resumable=streams)


async def resume(request):
    return ChatResponse.resume(streams, stream=request.path_params["stream"])


routes = [Route("/direct", direct), Route("/kept", kept), Route("/kept/{stream}", resume)]
uvicorn.run(Starlette(routes=routes, lifespan=lifespan), fd=int(sys.argv[1]), log_level="error")
"""


SEVERAL = pytest.mark.skipif(
    not os.environ.get("CHAT_WEB_PROCESSES"),
    reason="two servers, and seconds until a death is noticed: make web-check runs it",
)


@contextmanager
def running(store: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server in a process of its own, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port, descriptor = listener.getsockname()[1], listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(descriptor), str(store)],
            stderr=subprocess.PIPE,
            env={**os.environ},
            pass_fds=[descriptor],
        )
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("path", ["direct", "kept"])
def test_an_open_answer_ends_with_an_event_and_does_not_hold_the_server_up(
    path: str, tmp_path: Path
) -> None:
    with running(tmp_path / "streams.db") as (url, process):
        with httpx.stream("GET", f"{url}/{path}", timeout=90) as response:
            pieces = response.iter_bytes()
            first = next(pieces)
            process.send_signal(signal.SIGTERM)
            events = list(events_from_sse([first, *pieces]))
        process.wait(timeout=30)
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert events[-1]["data"] == {"reason": "aborted", "text": "The server shuts down."}


@SEVERAL
def test_a_reader_of_another_process_goes_on_elsewhere(tmp_path: Path) -> None:
    """Its connection ends without a last event, so it connects again, here to the first server."""
    store = tmp_path / "streams.db"
    with (
        running(store) as (url, _),
        running(store) as (other, process),
        httpx.stream("GET", f"{url}/kept", timeout=90) as response,
    ):
        stream = response.headers["x-stream-id"]
        pieces = response.iter_bytes()
        next(pieces)
        with httpx.stream("GET", f"{other}/kept/{stream}", timeout=90) as second:
            taken = second.iter_bytes()
            first = next(taken)
            process.send_signal(signal.SIGTERM)
            body = first + b"".join(taken)
        assert b"event: end" not in body
        *_, last = [line for line in body.splitlines() if line.startswith(b"id: ")]
        last_id = {"Last-Event-ID": last[4:].decode()}
        resumed = f"{url}/kept/{stream}"
        with httpx.stream("GET", resumed, timeout=10, headers=last_id) as again:
            line = next(again.iter_lines())
    number = int(last.rpartition(b".")[2])
    assert line == f"id: {stream}.{number + 1}"


@SEVERAL
def test_readers_of_a_killed_server_get_an_error_from_another(tmp_path: Path) -> None:
    store = tmp_path / "streams.db"
    with running(store) as (url, process), running(store) as (other, _):
        with httpx.stream("GET", f"{url}/kept", timeout=90) as response:
            stream = response.headers["x-stream-id"]
            pieces = response.iter_bytes()
            next(pieces)
            process.kill()
        with httpx.stream("GET", f"{other}/kept/{stream}", timeout=90) as response:
            events = list(events_from_sse(response.iter_bytes()))
    assert "The server that wrote this answer has stopped." in str(events[-1]["data"]["error"])
