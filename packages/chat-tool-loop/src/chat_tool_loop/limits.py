"""``Limits``: how long a tool loop may go on, in answers, tokens and seconds."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from chat_core import InvalidParameterError
from chat_core.provider import Branch, Runtime

from .errors import StepLimitError, TokenLimitError
from .progress import Progress

__all__ = ["Limits", "check_seconds", "TimeIsUpError", "within"]


@dataclass(frozen=True, slots=True)
class Limits:
    """``max_steps`` answers, ``max_tokens`` of all answers together, ``timeout`` seconds.

    Raises ``InvalidParameterError`` for a number that can be none of these.
    """

    max_steps: int
    max_tokens: int | None
    timeout: float | None

    def __post_init__(self) -> None:
        _check_count("max_steps", self.max_steps)
        if self.max_tokens is not None:
            _check_count("max_tokens", self.max_tokens)
        if self.timeout is not None:
            check_seconds(self.timeout)

    def check(self, progress: Progress) -> None:
        """Raise the error of a limit that leaves no room for another answer.

        Called before the calls of an answer are run: without another answer they are of no use.
        """
        if progress.steps >= self.max_steps:
            raise StepLimitError(
                _steps_text(self.max_steps, *progress.most_repeated()), partial=progress.result()
            )
        if self.max_tokens is not None:
            self._check_tokens(self.max_tokens, progress)

    def _check_tokens(self, max_tokens: int, progress: Progress) -> None:
        tokens = progress.tokens()
        if tokens is None:
            raise TokenLimitError(
                f"max_tokens={max_tokens} cannot be held: the model's answer {progress.steps} has"
                " no usage. Use max_steps or timeout.",
                partial=progress.result(),
            )
        if tokens >= max_tokens:
            raise TokenLimitError(
                f"{progress.steps} answers took {tokens} tokens (max_tokens={max_tokens}), and the"
                " model calls tools; these calls were not run.",
                partial=progress.result(),
            )


def _steps_text(max_steps: int, call: str, times: int) -> str:
    text = f"The model gave {max_steps} answers (max_steps={max_steps}) and still calls tools."
    if times < 3:
        return f"{text} The last calls were not run."
    return (
        f"{text} It made the same call {times} times: {call}. Its result may not be what the model"
        " needs."
    )


def _check_count(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidParameterError(f"{name} is a whole number of at least 1; got {value!r:.80}.")


def check_seconds(value: Any) -> None:
    """Raise ``InvalidParameterError`` unless ``value`` is a number of seconds above 0."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not (0 < value < math.inf):
        raise InvalidParameterError(f"timeout is a number of seconds above 0; got {value!r:.80}.")


class TimeIsUpError(Exception):
    """The seconds of ``within`` are over, and what it ran is closed."""


_END = object()
_TIME_IS_UP = object()


async def within(
    runtime: Runtime, seconds: float, branch: Branch[object]
) -> AsyncGenerator[object, None]:
    """The items of ``branch``. Raises ``TimeIsUpError`` when it takes longer than ``seconds``."""

    async def timer(own: Runtime) -> AsyncGenerator[object, None]:
        await own.sleep(seconds)
        yield _TIME_IS_UP

    async def work(own: Runtime) -> AsyncGenerator[object, None]:
        items = branch(own)
        try:
            async for item in items:
                yield item
        finally:
            await items.aclose()
        yield _END

    items = runtime.run_parallel([work, timer], limit=None)
    try:
        async for _, item in items:
            if item is _END:
                return
            if item is _TIME_IS_UP:
                raise TimeIsUpError
            yield item
    finally:
        await items.aclose()
