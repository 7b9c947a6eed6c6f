"""Laws about stopping early: the server sees the disconnect within half a second.

Vendors generate, and charge, until the client disconnects.
"""

from __future__ import annotations

import asyncio
import threading
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from chat_core import ChatError, StrOutputParser

from ..http_answers import Stall
from ..modes import AsyncMode
from ..script import Reply
from .law import needs, one_mode

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["EarlyExitLaws"]

WITHIN = 0.5
"""Seconds within which the server must see the disconnect."""

SETTLED = 5.0
"""Seconds within which threads and tasks of closed streams must have ended."""

ENDLESS = Reply("Goldfish on the moon tonight", Stall())


class EarlyExitLaws:
    """However a reader stops early, the vendor sees the disconnect within half a second."""

    @needs("streaming")
    def test_break_disconnects(self, chat: Chat) -> None:
        """``break`` disconnects, even while the stream object is still referenced."""
        _disconnects(chat, "break")

    @needs("streaming")
    def test_close_disconnects(self, chat: Chat) -> None:
        """``close`` or ``aclose`` disconnects."""
        _disconnects(chat, "close")

    @needs("streaming")
    def test_an_exception_of_the_reader_disconnects(self, chat: Chat) -> None:
        """An exception raised in the stream's ``with`` block disconnects."""
        _disconnects(chat, "exception")

    @needs("streaming")
    def test_dropping_a_stream_disconnects(self, chat: Chat) -> None:
        """A stream without references disconnects."""
        _disconnects(chat, "drop")

    @needs("streaming")
    @one_mode("async")
    def test_cancelling_the_reader_disconnects(self, chat: Chat) -> None:
        """Cancelling the reader's task disconnects."""
        _disconnects(chat, "cancel")

    @one_mode("async")
    def test_cancelling_a_whole_call_disconnects(self, chat: Chat) -> None:
        """Cancelling ``ainvoke`` while it waits disconnects."""
        _disconnects(chat, "cancel_call")

    @needs("streaming")
    def test_break_in_a_chain_disconnects(self, chat: Chat) -> None:
        """``break`` in a chain's stream disconnects the model within the chain."""
        _disconnects(chat, "break", chat.model() | StrOutputParser())

    @needs("streaming")
    def test_break_in_the_events_disconnects(self, chat: Chat) -> None:
        """``break`` in the events of a call disconnects."""
        _disconnects(chat, "events")

    @needs("streaming")
    def test_what_arrived_stays_after_an_early_exit(self, chat: Chat) -> None:
        """``stream.message`` keeps what had arrived before the early exit."""
        chat.enqueue(ENDLESS)
        stream = chat.mode.exit_early("close", chat.model(), "Hi")
        assert "Goldfish".startswith(stream.message.content[:8])
        assert stream.message is not None
        assert stream.message.finish_reason is None

    @needs("streaming")
    def test_a_closed_stream_does_not_look_ended(self, chat: Chat) -> None:
        """Reading on from a closed stream is an error, not a short answer."""
        chat.enqueue(ENDLESS)
        stream = chat.mode.exit_early("break", chat.model(), "Hi")
        assert isinstance(chat.mode.read_on(stream), ChatError)

    @needs("streaming")
    def test_early_exits_leave_no_thread(self, chat: Chat) -> None:
        """Ten streams that were closed early leave no thread."""
        _exit_some_early(chat, 1)
        before = threading.active_count()
        _exit_some_early(chat, 10)
        assert _soon(lambda: threading.active_count() <= before + 1)

    @needs("streaming")
    @one_mode("async")
    def test_early_exits_leave_no_task(self, chat: Chat) -> None:
        """A stream that was closed early leaves no task."""
        assert isinstance(chat.mode, AsyncMode)
        before = chat.mode.run(_tasks())
        _exit_some_early(chat, 3)
        assert chat.mode.run(_still_running(before)) == 0

    def test_the_connection_survives_a_stream_that_ended(self, chat: Chat) -> None:
        """A stream that was read to its end returns its connection for the next call."""
        model = chat.new_model()
        chat.enqueue("One", "Two")
        chat.mode.stream(model, "Hi")
        chat.mode.invoke(model, "Hi")
        first, second = chat.server.exchanges
        assert first.connection == second.connection


def _disconnects(chat: Chat, how: str, runnable: Any = None) -> None:
    """Fail if five exits out of five are seen too late: a busy machine may be late."""
    model = chat.model() if runnable is None else runnable
    for _ in range(5):
        chat.enqueue(ENDLESS)
        kept = chat.mode.exit_early(how, model, "Hi")
        seen = chat.server.wire.wait_for_disconnect(WITHIN)
        del kept
        if seen:
            return
    raise AssertionError(f"still there {WITHIN} s after {how}")


def _exit_some_early(chat: Chat, times: int) -> None:
    for _ in range(times):
        chat.enqueue(ENDLESS)
        chat.mode.exit_early("close", chat.model(), "Hi")


async def _tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks()


async def _still_running(before: set[asyncio.Task[Any]]) -> int:
    """How many tasks there are besides this one and those from before, when all had time to end."""
    others = asyncio.all_tasks() - before - {asyncio.current_task()}
    if not others:
        return 0
    _, pending = await asyncio.wait(others, timeout=SETTLED)
    return len(pending)


def _soon(holds: Any) -> bool:
    until = monotonic() + SETTLED
    while not holds():
        if monotonic() > until:
            return False
        sleep(0.005)
    return True
