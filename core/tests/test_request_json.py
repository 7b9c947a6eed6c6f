"""What of a request JSON cannot hold is refused by its place."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import InvalidParameterError
from chat_core.provider import json_content

DEEP: list[Any] = []
for _ in range(5000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"tools": [{}, {"enum": {"carp"}}]}, r"at tools\[1\]\.enum: set"),
        ({"top_p": float("nan"), "n": object()}, "at top_p: nan"),
        ({"a": {"b": (1, float("-inf"))}}, r"at a\.b\[1\]: -inf"),
        ({"key": b"carp"}, "at key: bytes"),
        ({"deep": DEEP}, "recursion"),
    ],
)
def test_a_value_that_json_cannot_hold_is_named_by_its_place(
    body: dict[str, Any], place: str
) -> None:
    with pytest.raises(InvalidParameterError, match=f"The request is not JSON: .*{place}"):
        json_content(body)
