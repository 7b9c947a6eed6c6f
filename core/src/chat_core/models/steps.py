"""``Steps``: what takes several requests to a vendor, as a generator of ``Operation``s; and the two
loops that perform them.

A step is an ``Operation``, and the generator is sent what its answer means; or a ``Pause``. The
generator does no I/O and has no clock.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ..wire.operation import Operation

if TYPE_CHECKING:
    from .wire_model import WireModel

__all__ = ["Pause", "Steps", "aperform_steps", "perform_steps"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds before the next step."""

    seconds: float


Steps: TypeAlias = Generator[Operation[Any] | Pause, Any, T]
"""Operations to perform one after another, each sent back what it means, and their outcome."""


def perform_steps(model: WireModel, steps: Steps[T]) -> T:
    """Perform each step over the connection of ``model``; returns their outcome."""
    from ..concurrency.cancellation import sleep

    with closing(steps):
        value = None
        while True:
            try:
                step = steps.send(value)
            except StopIteration as end:
                outcome: T = end.value
                return outcome
            value = None
            if isinstance(step, Pause):
                sleep(step.seconds)
            else:
                value = model.perform(step)


async def aperform_steps(model: WireModel, steps: Steps[T]) -> T:
    """``perform_steps`` on an event loop."""
    from asyncio import sleep

    with closing(steps):
        value = None
        while True:
            try:
                step = steps.send(value)
            except StopIteration as end:
                outcome: T = end.value
                return outcome
            value = None
            if isinstance(step, Pause):
                await sleep(step.seconds)
            else:
                value = await model.aperform(step)
