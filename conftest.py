"""Every test run of the workspace stays on this machine: the network guard, switched on first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat_conformance.loopback import REFUSED, refuse_everything_but_loopback

if TYPE_CHECKING:
    from collections.abc import Generator

refuse_everything_but_loopback()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """A test fails if something in it tried to leave, even where the refusal was swallowed."""
    REFUSED.clear()
    result = yield
    if REFUSED:
        pytest.fail(f"refused by the network guard: {', '.join(REFUSED)}")
    return result
