"""A chain that is too deep to run is refused when it is built; the deepest allowed one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat_core.errors import InvalidParameterError
from chat_core.runnables import (
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableSequence,
)
from chat_core.runnables.nesting import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chat_core.runnables import Runnable


def passing(chunks: Iterator[Any]) -> Iterator[Any]:
    yield from chunks


STEPS: dict[str, Runnable[Any, Any]] = {
    "passthrough": RunnablePassthrough(),
    "function": RunnableLambda(lambda value: value),
    "generator": RunnableGenerator(passing),
}
WRAPPERS: dict[str, Callable[[Any], Runnable[Any, Any]]] = {
    "bind": lambda step: step.bind(),
    "with_config": lambda step: step.with_config(tags=["t"]),
    "with_retry": lambda step: step.with_retry(),
    "with_fallbacks": lambda step: step.with_fallbacks([RunnablePassthrough()]),
    "a dict": lambda step: RunnableParallel(a=step),
    "two in a dict": lambda step: RunnableParallel(a=step, b=RunnablePassthrough()),
    "a step more": lambda step: step | RunnablePassthrough(),
    "a step before": lambda step: RunnablePassthrough() | step,
}


async def run_in_every_way(chain: Runnable[Any, Any]) -> None:
    whole = chain.invoke("x")
    assert await chain.ainvoke("x") == whole
    assert len(list(chain.stream("x"))) == len([chunk async for chunk in chain.astream("x")])
    assert len(list(chain.stream_events("x"))) == len([e async for e in chain.astream_events("x")])


@pytest.mark.parametrize("kind", STEPS)
async def test_the_longest_chain_runs_in_every_way(kind: str) -> None:
    await run_in_every_way(RunnableSequence(*[STEPS[kind]] * MAX_DEPTH))


@pytest.mark.parametrize("kind", WRAPPERS)
async def test_the_deepest_nest_runs_in_every_way(kind: str) -> None:
    step: Runnable[Any, Any] = RunnablePassthrough()
    for _ in range(MAX_DEPTH - 1):
        step = WRAPPERS[kind](step)
    assert step.depth == MAX_DEPTH
    await run_in_every_way(step)


@pytest.mark.parametrize("kind", WRAPPERS)
def test_one_step_more_is_refused_by_name(kind: str) -> None:
    step: Runnable[Any, Any] = RunnablePassthrough()
    for _ in range(MAX_DEPTH - 1):
        step = WRAPPERS[kind](step)
    with pytest.raises(InvalidParameterError, match=f"at most {MAX_DEPTH} steps deep.* is 101"):
        WRAPPERS[kind](step)


def test_a_thousand_steps_are_refused_and_many_side_by_side_are_not() -> None:
    with pytest.raises(InvalidParameterError, match="is 1000"):
        RunnableSequence(*[RunnablePassthrough()] * 1000)
    wide = RunnableParallel({str(number): RunnablePassthrough() for number in range(200)})
    assert wide.depth == 2
    assign = RunnablePassthrough.assign(a=RunnablePassthrough.assign(a=wide))
    assert assign.depth == 6
