"""``misses`` reports each wrong end of a fault."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chat_conformance.backends import KEY
from chat_conformance.faults import FAULTS, EarlyExit, Fault, Result, misses
from chat_conformance.faults.fault import STREAM, Ends
from chat_conformance.simulators import CompletionsSimulator, Simulator
from chat_core import AIMessage, APIError, OverloadedError, ServerError, StreamInterruptedError


def _is_x(simulator: Simulator, code: object) -> bool:
    return code == "x"


SIMULATOR = CompletionsSimulator()
CUT = Fault("cut", [], Ends(text="Gold", error=(StreamInterruptedError,)), STREAM)
WHOLE = Fault("whole", [], Ends(text="Gold", requests=2, at_least=0.1))
BUSY = Fault("busy", [], Ends(error=(OverloadedError,), facts={"status": 529, "code": _is_x}))


def interrupted(kind: type[APIError] = StreamInterruptedError, **facts: Any) -> APIError:
    given = {"provider": "acme", "partial": AIMessage("Gold"), **facts}
    return kind("cut short", **given)


def result(**facts: Any) -> Result:
    given = {"message": None, "text": "Gold", "error": None, "requests": 1, "seconds": 0.2}
    return Result(**{**given, **facts})


def test_what_ends_as_it_must_is_no_miss() -> None:
    assert list(misses(CUT, "stream", result(error=interrupted()), SIMULATOR)) == []
    answered = result(message=AIMessage("Gold"), requests=2)
    assert list(misses(WHOLE, "stream", answered, SIMULATOR)) == []
    busy = interrupted(OverloadedError, status=529, code="x", partial=None)
    assert list(misses(BUSY, "invoke", result(error=busy), SIMULATOR)) == []


FINISHED = AIMessage("Gold", response_metadata={"finish_reason": "stop"})

CUT_WRONGLY: dict[str, tuple[dict[str, Any], str]] = {
    "no error at all": ({"message": AIMessage("Gold")}, "passes .* off as an answer"),
    "another class": ({"error": interrupted(ServerError)}, "instead of StreamInterruptedError"),
    "a class above": ({"error": interrupted(APIError)}, "instead of StreamInterruptedError"),
    "not ours": ({"error": OSError("reset")}, "lets builtins.OSError through"),
    "no partial": ({"error": interrupted(partial=None)}, "no partial"),
    "a letter lost": ({"error": interrupted(partial=AIMessage("Gol"))}, "partial is 'Gol'"),
    "a partial that looks whole": ({"error": interrupted(partial=FINISHED)}, "claims to have"),
    "a letter not handed out": ({"error": interrupted(), "text": "Gol"}, "hands out 'Gol'"),
    "no provider": ({"error": interrupted(provider=None)}, "names no provider"),
    "the key": ({"error": interrupted(details={}, code=KEY)}, "shows the key"),
    "asked twice": ({"error": interrupted(), "requests": 2}, "2 requests instead of 1"),
}


@pytest.mark.parametrize(("facts", "miss"), CUT_WRONGLY.values(), ids=CUT_WRONGLY.keys())
def test_each_wrong_end_of_a_cut_stream_is_a_miss(facts: dict[str, Any], miss: str) -> None:
    found = "; ".join(misses(CUT, "stream", result(**facts), SIMULATOR))
    assert re.search(miss, found), found


ANSWERED_WRONGLY: dict[str, tuple[dict[str, Any], str]] = {
    "an error": ({"error": interrupted()}, "instead of answering"),
    "a letter lost": ({"message": AIMessage("Gol")}, "answers 'Gol'"),
    "asked once": ({"message": AIMessage("Gold"), "requests": 1}, "1 requests instead of 2"),
    "too early": ({"message": AIMessage("Gold"), "seconds": 0.05}, "0.05 s instead of 0.1"),
}


@pytest.mark.parametrize(("facts", "miss"), ANSWERED_WRONGLY.values(), ids=ANSWERED_WRONGLY.keys())
def test_each_wrong_end_of_a_retried_call_is_a_miss(facts: dict[str, Any], miss: str) -> None:
    found = "; ".join(misses(WHOLE, "stream", result(**{"requests": 2, **facts}), SIMULATOR))
    assert re.search(miss, found), found


@pytest.mark.parametrize(("fact", "value"), [("status", 503), ("code", "y")])
def test_each_wrong_fact_of_an_error_is_a_miss(fact: str, value: Any) -> None:
    busy = interrupted(OverloadedError, **{"status": 529, "code": "x", fact: value})
    [miss] = misses(BUSY, "invoke", result(error=busy), SIMULATOR)
    assert miss == f"{fact} is {value!r}"


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for faults in FAULTS.values() for fault in faults]
    assert len(names) == len(set(names)) > 70


def test_every_early_exit_has_a_mode() -> None:
    for early_exit in FAULTS["The reader stops early"]:
        assert isinstance(early_exit, EarlyExit)
        assert early_exit.modes, early_exit.how
