"""How long the wait before each retry is, when the vendor asks for nothing."""

from __future__ import annotations

import random
from itertools import pairwise

from chat_core import retry
from chat_core.errors import ServerError
from chat_core.testing import first_retry_after
from hypothesis import given
from hypothesis import strategies as st

FAILURES = [1, 2, 3, 4, 5]  # the fifth wait is the first that MAX_BACKOFF bounds


def waits(seed: int) -> list[float]:
    random.seed(seed)
    error = ServerError("down")
    delays = [retry.retry_delay(error, failed=failed, max_retries=9) for failed in FAILURES]
    return [delay for delay in delays if delay is not None]


@given(st.integers())
def test_each_wait_is_longer_than_the_one_before(seed: int) -> None:
    made = waits(seed)
    assert len(made) == len(FAILURES)
    assert all(later > 1.1 * earlier for earlier, later in pairwise(made))


def test_chance_spreads_the_waits_of_many_callers() -> None:
    firsts = {waits(seed)[0] for seed in range(100)}
    assert max(firsts) - min(firsts) > 0.3 * retry.BASE_WAIT


def test_tests_can_shorten_the_first_wait_for_a_block() -> None:
    error, wait = ServerError("down"), retry.BASE_WAIT
    with first_retry_after(0.01):
        delay = retry.retry_delay(error, failed=1, max_retries=1)
        assert delay is not None
        assert delay <= 0.01
    assert wait == retry.BASE_WAIT
