"""A lock held by another thread at the moment of a fork does not block the child for ever."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from chat_core.concurrency.fork_lock import ForkLock
from chat_core.rate_limits.limiter import RateLimiter


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_lock_is_free_in_the_child_and_still_held_in_the_parent() -> None:
    lock, limiter = ForkLock(), RateLimiter(requests_per_minute=1)
    limiter.acquire()
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with lock, limiter._lock:
            held.set()
            release.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    child = os.fork()
    if child == 0:  # no test code runs on in the child
        signal.alarm(30)  # which kills a child that waits
        with lock:
            limiter.acquire()  # counts by itself
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert not lock._lock.acquire(blocking=False)
    release.set()
    holder.join()


def test_one_thread_at_a_time() -> None:
    lock, inside, most = ForkLock(), 0, 0

    def enter() -> None:
        nonlocal inside, most
        for _ in range(200):
            with lock:
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
