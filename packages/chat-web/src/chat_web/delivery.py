"""Sends the frames of one answer to one reader over ASGI: back-pressure, heartbeats, departure.

A frame is sent when the one before it has been taken by the connection, so a slow reader slows the
source and fills no memory. The source is closed as soon as the server reports that the reader has
gone, or that a frame could not be sent. A heartbeat is sent when nothing else was for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import Any

from .completed import completed
from .sse import HEARTBEAT

__all__ = ["Delivery", "Receive", "Send"]

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_SECONDS_FOR_LAST_FRAMES = 1.0
"""How long a reader has to take the last frames of an answer that the server ends."""

_SECONDS_TO_CLOSE = 10.0
"""How long the source of an answer may take to end before it is cancelled again."""


class Delivery:
    """The body of one response.

    Args:
        frames: the frames of the answer, those that came together in one list.
        last_frames: from the text of an abort to the frames that end the answer.
        heartbeat: seconds without a frame after which a comment is sent; ``None`` for never.
        seconds_to_end: how long ``frames`` may go on after ``end`` before they are cut off.
    """

    def __init__(
        self,
        frames: AsyncGenerator[list[bytes], None],
        last_frames: Callable[[str], Iterable[bytes]],
        heartbeat: float | None,
        seconds_to_end: float = 0.0,
    ) -> None:
        self._frames = frames
        self._last_frames = last_frames
        self._heartbeat = heartbeat
        self._seconds_to_end = seconds_to_end
        self._abort_text: str | None = None
        self._writing: asyncio.Task[None] | None = None
        # Only then ``end`` cancels: a task that is cancelled before its first step does not run.
        self._is_reading = False
        self._is_closing = False
        self._done = asyncio.Event()
        self._sending = asyncio.Lock()
        self._sent_at = 0.0

    def end(self, text: str) -> None:
        """Close the source and send the frames of an aborted answer."""
        asyncio.get_running_loop().call_later(self._seconds_to_end, self._end_now, text)

    def _end_now(self, text: str) -> None:
        if self._abort_text is None:
            self._abort_text = text
            if self._is_reading:
                self._cancel_writing()

    def _cancel_writing(self) -> None:
        """Cancel the task that writes, once: a second time would break off how its source ends."""
        if self._writing is not None and not self._is_closing:
            self._is_closing = self._is_reading
            self._writing.cancel()

    async def ended(self) -> None:
        """Wait until nothing more is sent."""
        await self._done.wait()

    async def run(self, receive: Receive, send: Send) -> None:
        """Send the body; return early when the reader goes. Raises what ``send`` raises, but for
        the ``OSError`` that means that the reader has gone.
        """
        self._writing = asyncio.create_task(self._write(send))
        watching = asyncio.create_task(_wait_for_departure(receive))
        beating = asyncio.create_task(self._beat(send))
        try:
            await asyncio.wait({self._writing, watching}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the server ends the request
            self._end_now("The server ends the request.")
            await asyncio.wait({self._writing}, timeout=_SECONDS_FOR_LAST_FRAMES)
            raise
        finally:
            await completed(self._close(watching, beating))
        if not self._writing.cancelled():
            self._writing.result()

    async def _close(self, *others: asyncio.Task[None]) -> None:
        """End all tasks and the source."""
        assert self._writing is not None
        self._cancel_writing()
        for task in others:
            task.cancel()
        await asyncio.wait({self._writing}, timeout=_SECONDS_TO_CLOSE)
        self._writing.cancel()  # its source does not end
        await asyncio.gather(self._writing, *others, return_exceptions=True)
        try:
            await self._frames.aclose()
        finally:
            self._done.set()

    async def _write(self, send: Send) -> None:
        self._is_reading = True
        try:
            try:
                if self._abort_text is None:
                    async for frames in self._frames:
                        await self._send(send, frames)
                        # Neither a ready source nor the connection of a reader who has gone waits.
                        await asyncio.sleep(0)
            except asyncio.CancelledError:
                if self._abort_text is None:  # the reader has gone
                    raise
                await self._frames.aclose()
            self._is_reading = self._is_closing = False
            if self._abort_text is not None:
                async with asyncio.timeout(_SECONDS_FOR_LAST_FRAMES):
                    await self._send(send, self._last_frames(self._abort_text))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (OSError, TimeoutError):
            pass  # the reader has gone, or takes nothing

    async def _send(self, send: Send, frames: Iterable[bytes]) -> None:
        body = b"".join(frames)
        if body:
            async with self._sending:
                await send({"type": "http.response.body", "body": body, "more_body": True})
                self._sent_at = asyncio.get_running_loop().time()

    async def _beat(self, send: Send) -> None:
        if self._heartbeat is None:
            return
        loop = asyncio.get_running_loop()
        self._sent_at = loop.time()
        while True:
            silent = loop.time() - self._sent_at
            if silent < self._heartbeat:
                await asyncio.sleep(self._heartbeat - silent)
            elif self._sending.locked():
                await asyncio.sleep(self._heartbeat)  # the reader takes nothing now
            else:
                await self._send(send, (HEARTBEAT,))


async def _wait_for_departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
