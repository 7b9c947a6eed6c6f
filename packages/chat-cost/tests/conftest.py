from __future__ import annotations

from collections.abc import Iterator

import pytest
from chat_cost import register_price, set_process_budget, unregister_price


@pytest.fixture(autouse=True)
def known_price() -> Iterator[None]:
    """One dollar for a million tokens of input, two for output."""
    register_price("cost-1", provider="spending", input=1, output=2)
    yield
    unregister_price("cost-1", provider="spending")
    set_process_budget(None)
