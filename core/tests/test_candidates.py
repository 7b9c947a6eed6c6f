"""What models without candidates say, and how the parts of a wire find their candidate."""

from __future__ import annotations

import pytest
from chat_core.errors import InvalidParameterError
from chat_core.testing import FakeChatModel
from chat_core.wire.candidates import CandidateWire


def test_a_model_without_candidates_refuses_them_and_names_batch() -> None:
    model = FakeChatModel(responses=["hi"])
    with pytest.raises(InvalidParameterError, match=r"FakeChatModel.*batch\(\[input\] \* 3\)"):
        model.candidates("Hi", n=3)
    with pytest.raises(InvalidParameterError, match="FakeChatModel"):
        model.stream_candidates("Hi", n=3)
    assert model.calls == []


def test_the_number_of_candidates_joins_what_stands_in_its_place() -> None:
    wire = CandidateWire("candidates", ("config", "count"))
    assert wire.with_count({"a": 1}, 2) == {"a": 1, "config": {"count": 2}}
    body = {"config": {"seed": 7, "count": 1}}
    assert wire.with_count(body, 2) == {"config": {"seed": 7, "count": 2}}
    assert body == {"config": {"seed": 7, "count": 1}}


def test_candidates_without_an_index_are_told_apart_by_their_place() -> None:
    parts = CandidateWire("choices", ("n",)).split({"id": "x", "choices": [{"a": 1}, {"a": 2}]})
    assert parts == [
        (0, {"id": "x", "choices": [{"a": 1}]}),
        (1, {"id": "x", "choices": [{"a": 2}]}),
    ]


@pytest.mark.parametrize("odd", [None, 7, "x", {}, [None]])
def test_what_lists_no_candidates_has_none(odd: object) -> None:
    assert CandidateWire("choices", ("n",)).split({"choices": odd}) == []
