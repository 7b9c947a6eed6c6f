"""What a failing law teaches: its rule, what was seen, what it usually comes from, what to do.

The plugin adds it to the failure in the terminal, to the properties of the test in JUnit, and to
the JSON report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .advice import ADVICE, Advice
from .http_answers import Pause, Repeat

if TYPE_CHECKING:
    import pytest

    from .http_answers import Answer, Step
    from .laws.law import Law
    from .wire_connection import Exchange

__all__ = ["Lesson", "last_exchange", "lesson", "show_exchange"]

_MOST = 700
"""Characters of a request or of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """The lesson of one failure.

    Attributes:
        rule: the sentence of the law.
        seen: the latest request and answer of the law; ``""`` if it sent none.
        usual: where the failure usually comes from.
        remedy: what to do.
    """

    rule: str
    seen: str
    usual: str
    remedy: str

    def add_to(self, report: pytest.TestReport, item: pytest.Item) -> None:
        """Add the lesson to a failure as shown, and to the properties of its reports."""
        properties = [(name, value) for name, value in asdict(self).items() if value]
        report.user_properties += properties
        item.user_properties += properties  # JUnit takes those of the last report
        text = "\n".join(self.lines())
        add_section = getattr(report.longrepr, "addsection", None)
        if add_section is not None:
            add_section("what this law teaches", text, "-")
        else:
            report.longrepr = f"{report.longrepr}\n{text}"

    def lines(self) -> Iterator[str]:
        """The lesson as text for a terminal."""
        yield f"Rule: {self.rule}"
        if self.seen:
            yield f"Seen: {self.seen}"
        yield f"Usually comes from: {self.usual}"
        yield f"What to do: {self.remedy}"


def lesson(law: Law, seen: str = "") -> Lesson:
    """The lesson of ``law``, with what was seen."""
    advice: Advice = ADVICE[law.name]
    return Lesson(law.sentence.replace("``", "`"), seen, advice.usual, advice.remedy)


def last_exchange(arguments: dict[str, Any]) -> str:
    """The latest exchange of the server that a law was given; ``""`` if there was none.

    ``arguments`` are those of the law: it has a ``chat`` or a ``reliability`` harness.
    """
    if (chat := arguments.get("chat")) is not None:
        exchanges = chat.server.exchanges if chat.exact else ()
    elif (reliability := arguments.get("reliability")) is not None:
        exchanges = reliability.exchanges
    else:
        exchanges = ()
    return show_exchange(exchanges[-1]) if exchanges else ""


def show_exchange(exchange: Exchange) -> str:
    """Method, path and body of a request, and the answer as far as it is of interest."""
    request = exchange.request
    sent = f"{request.method} {request.path}\n      {_short(_pretty(request.body))}"
    return f"{sent}\n      answered with status {exchange.answer.status}: {_body(exchange.answer)}"


def _pretty(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return repr(body)


def _body(answer: Answer) -> str:
    return _short(" ".join(_step(step) for step in [*answer.before, *answer.steps][:40]))


def _step(step: Step) -> str:
    if isinstance(step, bytes):
        text = step[: _MOST * 2].decode("utf-8", "backslashreplace")
        return text if text.isprintable() else repr(text)[1:-1]
    if isinstance(step, Pause):
        return f"[{step.seconds:g} s of silence]"
    return "[the same bytes repeated]" if isinstance(step, Repeat) else f"[{step!r}]"


def _short(text: str) -> str:
    if len(text) <= _MOST:
        return text
    half = _MOST // 2
    return f"{text[:half]} … {text[-half:]} ({len(text)} characters)"
