"""The two loops that perform the operations of a provider's ``Steps``."""

from __future__ import annotations

from contextlib import closing
from typing import TypeVar

from chat_core.provider import Steps, WireModel

__all__ = ["aperform_steps", "perform_steps"]

T = TypeVar("T")


def perform_steps(model: WireModel, steps: Steps[T]) -> T:
    """Perform each operation over the connection of ``model``; returns their outcome."""
    with closing(steps):
        try:
            operation = next(steps)
            while True:
                operation = steps.send(model.perform(operation))
        except StopIteration as end:
            outcome: T = end.value
            return outcome


async def aperform_steps(model: WireModel, steps: Steps[T]) -> T:
    """``perform_steps`` on an event loop."""
    with closing(steps):
        value = None
        while True:
            try:
                operation = steps.send(value)
            except StopIteration as end:
                outcome: T = end.value
                return outcome
            value = await model.aperform(operation)
