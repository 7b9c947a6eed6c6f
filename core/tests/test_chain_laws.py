"""Laws of chains, on random ones: whole equals merged stream equals folded events; sync equals
async.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from chat_core.chains.parsers import StrOutputParser
from chat_core.chains.prompts import ChatPromptTemplate
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.message import AIMessage
from chat_core.runnables import (
    AddableDict,
    Runnable,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    as_runnable,
)
from chat_core.runnables.engine.scope import Chunks, StepContext
from chat_core.testing import FakeChatModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from chat_core.runnables.engine.accumulators import Accumulator

CALM = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def model_step(words: str) -> Runnable[Any, Any]:
    return FakeChatModel(responses=[words]) | StrOutputParser()


def upper_step(_: str) -> Runnable[Any, Any]:
    return RunnableLambda(lambda text: text.upper())


def generator_step(mark: str) -> Runnable[Any, Any]:
    """Works on each character alone, so that it does not matter where the text is cut."""

    def marked(chunks: Iterator[str]) -> Iterator[str]:
        for chunk in chunks:
            yield chunk.replace("a", mark[0] * 2)

    async def amarked(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
        async for chunk in chunks:
            yield chunk.replace("a", mark[0] * 2)

    return Either(marked, amarked)


def asking_step(words: str) -> Runnable[Any, Any]:
    """A function that calls a model inside."""
    model = FakeChatModel(responses=[words])

    def ask(text: str) -> str:
        return text + model.invoke(text).content

    async def aask(text: str) -> str:
        return text + (await model.ainvoke(text)).content

    return RunnableLambda(ask, aask)


def prompted_step(words: str) -> Runnable[Any, Any]:
    return ChatPromptTemplate("{text}") | model_step(words)


def parallel_step(words: str) -> Runnable[Any, Any]:
    both = RunnableParallel(a=RunnablePassthrough(), b=model_step(words), c=upper_step(""))
    return both | RunnableLambda(lambda values: f"{values['a']}-{values['b']}-{values['c']}")


def retry_step(words: str) -> Runnable[Any, Any]:
    model = FakeChatModel(responses=[ValueError("first"), words])
    return (model | StrOutputParser()).with_retry(wait_exponential_jitter=False)


def fallback_step(words: str) -> Runnable[Any, Any]:
    failing = FakeChatModel(responses=[ValueError("always")])
    return failing.with_fallbacks([FakeChatModel(responses=[words])]) | StrOutputParser()


class Either(RunnableGenerator[Any, Any]):
    """One generator function for blocking calls and one for event loops."""

    def __init__(self, function: Callable[..., Any], afunction: Callable[..., Any]) -> None:
        super().__init__(function)
        self._pair = (RunnableGenerator[Any, Any](function), RunnableGenerator[Any, Any](afunction))

    def _transform(self, chunks: Chunks, context: StepContext, **kwargs: Any) -> Any:
        return self._pair[context.runtime.is_async]._transform(chunks, context, **kwargs)


MAKERS = (
    model_step,
    upper_step,
    generator_step,
    asking_step,
    prompted_step,
    parallel_step,
    retry_step,
    fallback_step,
)

chains = st.lists(
    st.tuples(st.sampled_from(MAKERS), st.text("ab c", min_size=1, max_size=12)),
    min_size=1,
    max_size=4,
)


def made(parts: list[tuple[Callable[[str], Runnable[Any, Any]], str]]) -> Runnable[Any, Any]:
    """The chain of ``parts``, new each time, because fake models count their turns."""
    runnable: Runnable[Any, Any] = RunnablePassthrough()
    for maker, words in parts:
        runnable = runnable | maker(words)
    return runnable


def folded(runnable: Runnable[Any, Any], chunks: list[Any]) -> Any:
    whole: Accumulator = runnable.accumulator(Chunks.of("x").accumulator)
    for chunk in chunks:
        whole.add(chunk)
    return whole.value()


def shape(events: list[Any]) -> list[tuple[Any, ...]]:
    """Events without their random ids, grouped by run where branches mix."""
    names = {e["run_id"]: (e["name"], tuple(e["tags"])) for e in events}
    return sorted(
        (
            (e["event"], names[e["run_id"]], tuple(names[p] for p in e["parent_ids"]))
            for e in events
        ),
        key=repr,
    )


@CALM
@given(chains)
def test_invoke_equals_the_merged_stream_equals_the_folded_events(parts: Any) -> None:
    whole = made(parts).invoke("x")
    assert folded(made(parts), list(made(parts).stream("x"))) == whole
    events = list(made(parts).stream_events("x"))
    root = events[0]["run_id"]
    chunks = [
        e["data"]["chunk"]
        for e in events
        if e["run_id"] == root and e["event"] == "on_chain_stream"
    ]
    assert folded(made(parts), chunks) == whole
    assert events[-1]["event"] == "on_chain_end"
    assert events[-1]["data"]["output"] == whole


@CALM
@given(chains)
def test_sync_equals_async(parts: Any) -> None:
    async def everything() -> tuple[Any, list[Any], list[Any]]:
        return (
            await made(parts).ainvoke("x"),
            [chunk async for chunk in made(parts).astream("x")],
            [event async for event in made(parts).astream_events("x")],
        )

    whole, chunks, events = asyncio.run(everything())
    assert made(parts).invoke("x") == whole
    assert folded(made(parts), list(made(parts).stream("x"))) == folded(made(parts), chunks)
    assert shape(list(made(parts).stream_events("x"))) == shape(events)


@CALM
@given(chains)
def test_every_run_starts_once_and_ends_once_inside_its_parents(parts: Any) -> None:
    open_runs: list[str] = []
    seen: set[str] = set()
    for event in made(parts).stream_events("x"):
        run, kind = event["run_id"], event["event"].rsplit("_", 1)[1]
        if kind == "start":
            assert run not in seen
            assert set(event["parent_ids"]) <= set(open_runs)
            seen.add(run)
            open_runs.append(run)
        else:
            assert run in open_runs
        if kind in ("end", "error"):
            open_runs.remove(run)
    assert open_runs == []


def test_no_thread_outlives_a_chain() -> None:
    before = threading.active_count()
    runnable = made([(parallel_step, "a b"), (asking_step, "c")])
    list(runnable.stream_events("x"))
    runnable.invoke("x")
    for thread in threading.enumerate():
        if thread.name == "chat-core-step":
            thread.join(30)
    assert threading.active_count() <= before


def test_a_model_at_the_end_gives_a_message_whole_and_chunks_streamed() -> None:
    runnable = as_runnable(lambda text: text) | FakeChatModel(responses=["hello there"])
    assert isinstance(runnable.invoke("x"), AIMessage)
    chunks = list(runnable.stream("x"))
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    assert len(chunks) == 2


DICTS = st.lists(
    st.dictionaries(st.sampled_from("abc"), st.text("xy", max_size=2), min_size=1), min_size=1
)


def after(dicts: list[dict[str, str]]) -> list[Runnable[Any, Any]]:
    def pieces(_: Any) -> Iterator[dict[str, str]]:
        yield from dicts

    source = RunnableGenerator(pieces)
    return [
        source,
        source | RunnablePassthrough(),
        source | RunnablePassthrough.assign(names=sorted),
        source | RunnablePassthrough.assign(a=lambda whole: whole.get("b", "")),
        source.pick(["a", "b"]),
        RunnableLambda(lambda _: source),
        source.with_retry(),
        source.with_fallbacks([source]),
    ]


@CALM
@given(DICTS)
def test_dicts_of_a_generator_come_whole_as_they_stream(dicts: list[dict[str, str]]) -> None:
    """The values of plain dicts replace earlier ones, so nothing that grows is doubled."""
    for chain in after(dicts):
        merged: dict[str, Any] = {}
        for chunk in chain.stream("x"):
            merged |= chunk
        assert chain.invoke("x") == asyncio.run(chain.ainvoke("x")) == merged
        assert list(chain.stream_events("x"))[-1]["data"]["output"] == merged


@CALM
@given(DICTS)
def test_dicts_handed_on_by_assign_add_up_to_the_whole(dicts: list[dict[str, str]]) -> None:
    chain = after(dicts)[2]
    total = AddableDict()
    for chunk in chain.stream("x"):
        total = total + chunk
    assert total == chain.invoke("x")
