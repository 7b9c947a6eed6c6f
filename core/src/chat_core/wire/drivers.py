"""The two loops that push a ``Call``: they send, read and wait, and decide nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, TypeVar

from ..concurrency.cancellation import raise_if_cancelled, sleep
from ..concurrency.deadline import LoopDeadline
from ..runs.event_loop import running_loop

if TYPE_CHECKING:
    from .call import Call
    from .transport import Response

__all__ = ["arun_call", "run_call"]

T = TypeVar("T")


def run_call(call: Call[T]) -> Generator[list[T], None, None]:
    """Run ``call`` in blocking code; yields the values that arrived together."""
    transport = call.transport
    response: Response | None = None
    try:
        while not call.is_over:
            try:
                transport.prepare()  # not after the limiter's permit, which is for now
                while seconds := call.wait():
                    sleep(seconds)
                raise_if_cancelled()
                response = transport.send(call.request())
                call.answered(response)
                body = response.iter_raw()
                while not call.is_over:
                    if values := call.receive(next(body, b"")):
                        yield values
                        call.resume()
            except Exception as error:  # noqa: BLE001 - the call decides what it is
                seconds = call.failed(error)
                if response is not None:
                    response.close()
                    response = None
                sleep(seconds)
    finally:
        call.close()
        if response is not None:
            response.close()


async def arun_call(call: Call[T]) -> AsyncGenerator[list[T], None]:
    """``run_call`` on an event loop."""
    from asyncio import sleep, timeout, to_thread

    running_loop()
    transport = call.transport
    response: Response | None = None
    try:
        while not call.is_over:
            try:
                if transport.needs_loading():
                    await to_thread(call.load)
                transport.aprepare()  # not after the limiter's permit, which is for now
                while seconds := call.wait():  # noqa: ASYNC110 - it waits for a time, not an event
                    await sleep(seconds)
                request = call.request(LoopDeadline)
                # The library's own timeout starts anew with every byte of the head.
                async with timeout(request.head_timeout) as limit:
                    call.deadline.head_limit = limit
                    response = await transport.asend(request)
                call.answered(response)
                read = response.aiter_raw().__anext__
                while not call.is_over:
                    try:
                        data = await read()
                    except StopAsyncIteration:
                        data = b""
                    if values := call.receive(data):
                        yield values
                        call.resume()
            except Exception as error:  # noqa: BLE001 - the call decides what it is
                seconds = call.failed(error)
                if response is not None:
                    await response.aclose()
                    response = None
                await sleep(seconds)
    finally:
        call.close()
        if response is not None:
            await response.aclose()
