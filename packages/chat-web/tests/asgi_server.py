"""A real uvicorn on loopback in a thread, and a reader of its streams."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from chat_conformance import OfflineServer
from chat_core import StreamEvent, events_from_sse
from starlette.applications import Starlette
from starlette.routing import Route


@contextmanager
def serve(app: Any, **settings: Any) -> Iterator[str]:
    """The address of ``app``, served by uvicorn until the block ends."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", **settings)
    config.timeout_graceful_shutdown = 1  # after it the lifespan ends, which closes stores
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    (socket,) = server.servers[0].sockets
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


def application(endpoint: Any, **settings: Any) -> Starlette:
    """An application whose only address is ``/``."""
    return Starlette(routes=[Route("/", endpoint, methods=["GET", "POST"])], **settings)


def read_frames(url: str, **request: Any) -> list[str]:
    """The frames of a whole stream, without their blank lines."""
    with httpx.stream("GET", url, timeout=20, **request) as response:
        return [frame for frame in response.read().decode().split("\n\n") if frame]


def read_events(url: str, **request: Any) -> list[StreamEvent]:
    """The events of a whole stream."""
    with httpx.stream("GET", url, timeout=20, **request) as response:
        return list(events_from_sse(response.iter_bytes()))


def hold_within(seconds: float, trial: Callable[[], float], *, tries: int = 5) -> None:
    """Fail if each of ``tries`` trials takes ``seconds`` or longer, as ``trial`` returns it.

    A busy machine may pause for longer in one trial; what is too slow is so in each.
    """
    taken: list[float] = []
    while len(taken) < tries and min(taken, default=seconds) >= seconds:
        taken.append(trial())
    assert min(taken) < seconds, taken


def seconds_to_disconnect(url: str, vendor: OfflineServer, *, read: int = 1) -> float:
    """Read so many pieces of an answer, leave, and wait until its call to the vendor is closed.

    Returns the seconds from leaving to the end of the call.
    """
    before = len(vendor.wire.requests)
    with httpx.stream("GET", url, timeout=20) as response:
        pieces = response.iter_bytes()  # dropping it would end the response
        for _ in range(read):
            next(pieces)
        assert vendor.wire.wait_for_requests(before + 1, 20)
    left = time.monotonic()
    assert vendor.wire.wait_for_disconnect(30)
    return time.monotonic() - left


def text_of(events: list[StreamEvent]) -> str:
    """The visible text in the chunks of ``events``."""
    streamed = [e for e in events if e["event"] == "on_chat_model_stream"]
    return "".join(event["data"]["chunk"].content for event in streamed)
