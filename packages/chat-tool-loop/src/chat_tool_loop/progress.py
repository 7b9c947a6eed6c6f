"""``Progress``: the conversation of one call of a tool loop while it grows."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from chat_core import AIMessage, InvalidToolCall, Message, ToolCall, ToolMessage, UsageMetadata
from chat_core.provider import total_usage

from .result import ToolLoopResult

__all__ = ["Call", "Progress", "calls_of"]

Call = ToolCall | InvalidToolCall

_NOT_RUN = "This call was not run: the loop ended before it."
_NO_RESULT = "This call was begun and has no result: the loop ended first."
_SHOWN_CHARACTERS = 120


def calls_of(answer: AIMessage) -> list[Call]:
    """The calls of ``answer``, in order, those included that are not valid."""
    return [block for block in answer.blocks if isinstance(block, ToolCall | InvalidToolCall)]


class Progress:
    """What has happened so far. ``messages`` are whole: each call in them has a result."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = list(messages)
        self.answer: AIMessage | None = None
        self.steps = 0
        self.parsed: Any = None
        self.usages: list[UsageMetadata | None] = []
        self._step: list[Message] = []
        self._calls: list[Call] = []
        self._results: dict[int, ToolMessage] = {}
        self._missing = _NOT_RUN
        self._repeated: Counter[str] = Counter()

    def add_answer(self, answer: AIMessage) -> None:
        """The model has answered; the results of its calls follow."""
        self.answer = answer
        self.steps += 1
        self.usages.append(answer.usage_metadata)
        self._step = [answer]
        self._calls = calls_of(answer)
        self._results = {}
        self._missing = _NOT_RUN
        self._repeated.update(map(_shown, self._calls))

    def start_calls(self) -> None:
        """The calls without a result are run now."""
        self._missing = _NO_RESULT

    def add_result(self, position: int, result: ToolMessage) -> None:
        """The call at ``position`` of the answer has its result."""
        self._results[position] = result

    def open_calls(self) -> list[tuple[int, Call]]:
        """The calls of the last answer that have no result yet, each with its position."""
        return [each for each in enumerate(self._calls) if each[0] not in self._results]

    def follow(self, message: Message) -> None:
        """Append ``message`` to an answer without calls."""
        self._step.append(message)

    def end_step(self) -> None:
        """Append the answer and its results, in the order of the calls."""
        for position, call in enumerate(self._calls):
            result = self._results.get(position)
            if result is None:
                result = ToolMessage(self._missing, call.id or "", status="error", name=call.name)
            self._step.append(result)
        self.messages += self._step
        self._step, self._calls = [], []

    def result(self, interrupted: AIMessage | None = None) -> ToolLoopResult:
        """What there is; ``interrupted`` is an answer that was cut off."""
        self.end_step()
        known = [usage for usage in self.usages if usage is not None]
        usage = total_usage(known) if known else None
        answer = self.answer if interrupted is None else interrupted
        return ToolLoopResult(list(self.messages), answer, self.steps, usage, self.parsed)

    def tokens(self) -> int | None:
        """The tokens of all answers; ``None`` where those of one are unknown."""
        total = 0
        for usage in self.usages:
            counts = _counts(usage)
            if counts is None:
                return None
            total += counts
        return total

    def most_repeated(self) -> tuple[str, int]:
        """The call that was made most often, as text, and how often."""
        return max(self._repeated.items(), key=lambda item: item[1], default=("", 0))


def _counts(usage: UsageMetadata | None) -> int | None:
    if usage is None:
        return None
    if usage.total_tokens is not None:
        return int(usage.total_tokens)
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    return int(usage.input_tokens) + int(usage.output_tokens)


def _shown(call: Call) -> str:
    """A call on one line; calls with equal arguments are shown alike."""
    if isinstance(call, InvalidToolCall):
        arguments = call.args
    else:
        arguments = json.dumps(call.args, ensure_ascii=False, sort_keys=True, default=str)
    if len(arguments) > _SHOWN_CHARACTERS:
        arguments = f"{arguments[:_SHOWN_CHARACTERS]}…"
    return f"{call.name}({arguments})"
