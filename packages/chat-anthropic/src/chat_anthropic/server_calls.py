"""Tools that the vendor runs, in a history: a call and its result go together.

The API runs a call without a result while an answer goes on: as long as nothing follows but results
of the caller's tools and further turns of the assistant. After the user's next turn it refuses the
call, so it is left out there, as is a result without its call. An answer that is in a history twice
has the ids of its calls twice; the later ones are replaced.
https://platform.claude.com/docs/en/agents-and-tools/tool-use/server-tools
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from .decode_blocks import SERVER_CALLS

__all__ = ["pair_server_calls"]

Wire = dict[str, Any]


def pair_server_calls(answers: Sequence[list[Wire]], *, unfinished: int) -> list[list[Wire]]:
    """The assistant's turns with each call before its one result, and no two calls with one id.

    Args:
        answers: the content of each assistant turn.
        unfinished: how many of the last ones may hold calls that are yet to be run.
    """
    pairs = _Pairs(answers, first_unfinished=len(answers) - unfinished)
    return [list(pairs.kept(turn, number)) for number, turn in enumerate(answers)]


class _Pairs:
    """The new id of each call and each result that stays, by its turn and place there."""

    def __init__(self, answers: Sequence[list[Wire]], *, first_unfinished: int) -> None:
        self._ids: dict[tuple[int, int], str] = {}
        self._current: dict[str, str | None] = {}
        waiting: dict[str, list[tuple[int, int]]] = {}
        finished: dict[tuple[int, int], tuple[int, int]] = {}
        calls: list[tuple[tuple[int, int], str]] = []
        for number, turn in enumerate(answers):
            for place, wire in enumerate(turn):
                if _is_call(wire):
                    calls.append(((number, place), str(wire.get("id"))))
                    waiting.setdefault(str(wire.get("id")), []).append((number, place))
                elif _is_result(wire) and (still_open := waiting.get(str(wire.get("tool_use_id")))):
                    finished[still_open.pop(0)] = (number, place)
        taken: set[str] = set()
        for at, call_id in calls:
            if at in finished or at[0] >= first_unfinished:
                self._ids[at] = _free(call_id, taken)
                if at in finished:
                    self._ids[finished[at]] = self._ids[at]

    def kept(self, turn: list[Wire], number: int) -> Iterator[Wire]:
        """What stays of one turn; turns are asked for in their order."""
        for place, wire in enumerate(turn):
            new_id = self._ids.get((number, place))
            if _is_call(wire):
                self._current[str(wire.get("id"))] = new_id
                if new_id is not None:
                    yield {**wire, "id": new_id}
            elif _is_result(wire):
                if new_id is not None:
                    yield {**wire, "tool_use_id": new_id}
            else:
                yield self._with_its_caller(wire)

    def _with_its_caller(self, wire: Wire) -> Wire:
        """A call of the caller's tool names the program that made it, if that is there."""
        caller = wire.get("caller")
        if (
            wire.get("type") != "tool_use"
            or not isinstance(caller, dict)
            or "tool_id" not in caller
        ):
            return wire
        program = self._current.get(str(caller["tool_id"]))
        if program is None:
            return {key: value for key, value in wire.items() if key != "caller"}
        return {**wire, "caller": {**caller, "tool_id": program}}


def _free(call_id: str, taken: set[str]) -> str:
    """``call_id``, or one made from it if it is taken; adds it to ``taken``."""
    chosen, uses = call_id, 1
    while chosen in taken:
        digits = hashlib.sha256(f"{call_id}\n{uses}".encode("utf-8", "surrogatepass")).hexdigest()[
            :24
        ]
        chosen = f"{call_id.partition('_')[0]}_{digits}"
        uses += 1
    taken.add(chosen)
    return chosen


def _is_call(wire: Wire) -> bool:
    return wire.get("type") in SERVER_CALLS


def _is_result(wire: Wire) -> bool:
    kind = wire.get("type")
    return isinstance(kind, str) and kind.endswith("_tool_result")
