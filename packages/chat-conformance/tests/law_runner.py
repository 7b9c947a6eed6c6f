"""Runs laws without pytest and returns those that a model breaks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.conformance import LAWS
from chat_conformance.reliability.harness import ReliabilityHarness
from chat_conformance.reliability.suite import RELIABILITY_LAWS, ChatModelReliability

if TYPE_CHECKING:
    from chat_conformance.conformance import ChatModelConformance
    from chat_conformance.harness import Harness


def broken_laws(
    subject: type[ChatModelConformance],
    harness: Harness,
    modes: Iterable[str],
    laws: Iterable[str] = LAWS,
) -> dict[str, str]:
    """The names of the laws that do not hold, each with the first thing that went wrong."""
    broken: dict[str, str] = {}
    for name in laws:
        law = LAWS[name]
        for mode in law.modes if len(law.modes) == 1 else modes:
            for case in _cases(getattr(subject, name)):
                wrong = _wrong(subject, harness, name, mode, case)
                if wrong is not None:
                    broken.setdefault(name, f"{mode} {case}: {wrong}")
    return broken


def _wrong(
    subject: type[ChatModelConformance],
    harness: Harness,
    name: str,
    mode: str,
    case: dict[str, Any],
) -> str | None:
    try:
        with harness.chat(subject, mode) as chat:
            if chat.offers(*LAWS[name].needs):
                getattr(subject(), name)(chat=chat, **case)
    except pytest.skip.Exception:
        return None
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - a law may raise anything
        return f"{type(error).__name__}: {error}"
    return None


def broken_reliability_laws(
    subject: type[ChatModelConformance], laws: Iterable[str] = RELIABILITY_LAWS
) -> dict[str, str]:
    """The same for the laws of the reliability suite; of each the first case that does not hold."""
    broken: dict[str, str] = {}
    suite = type("Reliability", (ChatModelReliability,), {"of": subject})
    with ReliabilityHarness(subject) as reliability:
        for name in laws:
            for case in _cases(getattr(suite, name)):
                try:
                    getattr(suite(), name)(reliability=reliability, **case)
                except pytest.skip.Exception:
                    continue
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - as above
                    broken[name] = f"{case}: {type(error).__name__}: {error}"
                    break
    return broken


def _cases(law: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """The arguments that ``pytest.mark.parametrize`` gives a law."""
    marks = [mark for mark in getattr(law, "pytestmark", ()) if mark.name == "parametrize"]
    choices = [[(mark.args[0], value) for value in mark.args[1]] for mark in marks]
    for chosen in itertools.product(*choices):
        yield dict(chosen)
