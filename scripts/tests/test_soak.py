"""A few hundred streams over each wire hold nothing at the end, and a planted leak is found."""

from __future__ import annotations

import sys
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.declared import Groq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import soak

if TYPE_CHECKING:
    from collections.abc import Callable

    from chat_conformance import ChatModelConformance

FEW = 300

_kept: list[Any] = []


@pytest.mark.parametrize(
    ("subject", "mode"),
    # Each decoder, and each HTTP client both blocking and on an event loop.
    [pytest.param(s, m, id=f"{s.__name__}-{m}") for s, m in zip(soak.WIRES, cycle(soak.MODES))],
)
def test_a_few_hundred_streams_leave_nothing_behind(
    subject: type[ChatModelConformance], mode: str
) -> None:
    assert soak.soak(subject, mode, FEW).grown == []


def _keep_an_object(number: int) -> None:
    _kept.append([number])


def _keep_a_file(number: int) -> None:
    _kept.append(Path("/dev/null").open())  # noqa: SIM115 - that is the leak


def _keep_a_lot(number: int) -> None:
    _kept.append(b"x" * 1_000_000)


@pytest.mark.parametrize(
    ("leak", "what"),
    [
        (_keep_an_object, "objects"),
        (_keep_an_object, "blocks"),
        (_keep_a_file, "files"),
        (_keep_a_lot, "bytes"),
    ],
)
def test_what_every_stream_leaves_behind_is_found(
    leak: Callable[[int], None], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = soak.read

    def read(model: Any, number: int) -> None:
        sound(model, number)
        leak(number)

    monkeypatch.setattr(soak, "read", read)
    row = soak.soak(Groq, "sync", FEW)
    for kept in _kept:
        if hasattr(kept, "close"):
            kept.close()
    _kept.clear()
    assert what in [grown.partition(":")[0] for grown in row.grown]
