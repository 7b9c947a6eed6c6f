"""The two loops that push an ``Exchange``: they send, read and wait, and decide nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING

from ..concurrency.cancellation import raise_if_cancelled, sleep
from ..concurrency.deadline import LoopDeadline
from ..runs.event_loop import running_loop

if TYPE_CHECKING:
    from ..messages.chunks import AIMessageChunk
    from .exchange import Exchange
    from .transport import Response

__all__ = ["arun_exchange", "run_exchange"]


def run_exchange(exchange: Exchange) -> Generator[list[AIMessageChunk], None, None]:
    """Run ``exchange`` in blocking code; yields the chunks that arrived together."""
    transport = exchange.transport
    response: Response | None = None
    try:
        while not exchange.is_over:
            try:
                while seconds := exchange.wait():
                    sleep(seconds)
                transport.prepare()
                raise_if_cancelled()
                response = transport.send(exchange.request())
                exchange.answered(response)
                body = response.iter_raw()
                while not exchange.is_over:
                    if chunks := exchange.receive(next(body, b"")):
                        yield chunks
                        exchange.resume()
            except Exception as error:  # noqa: BLE001 - the exchange decides what it is
                seconds = exchange.failed(error)
                if response is not None:
                    response.close()
                    response = None
                sleep(seconds)
    finally:
        exchange.close()
        if response is not None:
            response.close()


async def arun_exchange(exchange: Exchange) -> AsyncGenerator[list[AIMessageChunk], None]:
    """``run_exchange`` on an event loop."""
    from asyncio import sleep, timeout, to_thread

    running_loop()
    transport = exchange.transport
    response: Response | None = None
    try:
        while not exchange.is_over:
            try:
                while seconds := exchange.wait():  # noqa: ASYNC110 - it waits for a time, not an event
                    await sleep(seconds)
                if transport.needs_loading():
                    await to_thread(exchange.load)
                transport.aprepare()
                request = exchange.request(LoopDeadline)
                # The library's own timeout starts anew with every byte of the head.
                async with timeout(request.head_timeout):
                    response = await transport.asend(request)
                exchange.answered(response)
                read = response.aiter_raw().__anext__
                while not exchange.is_over:
                    try:
                        data = await read()
                    except StopAsyncIteration:
                        data = b""
                    if chunks := exchange.receive(data):
                        yield chunks
                        exchange.resume()
            except Exception as error:  # noqa: BLE001 - the exchange decides what it is
                seconds = exchange.failed(error)
                if response is not None:
                    await response.aclose()
                    response = None
                await sleep(seconds)
    finally:
        exchange.close()
        if response is not None:
            await response.aclose()
