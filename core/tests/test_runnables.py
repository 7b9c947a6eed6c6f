"""Each kind of step: what it does with whole values and with chunks, and what it refuses."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import TYPE_CHECKING, Any

import pytest
from chat_core.chains.parsers import JsonOutputParser, StrOutputParser
from chat_core.chains.prompts import ChatPromptTemplate
from chat_core.errors import ChatError, InvalidParameterError
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.message import AIMessage
from chat_core.models.streams import ChatStream
from chat_core.runnables import (
    AddableDict,
    Runnable,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableSequence,
    as_runnable,
)
from chat_core.runs.config import RunConfig
from chat_core.testing import FakeChatModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def words(chunks: Iterator[str]) -> Iterator[str]:
    for chunk in chunks:
        yield from chunk.split()


async def awords(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    async for chunk in chunks:
        for word in chunk.split():
            yield word


class Doubler(Runnable[int, int]):
    """A user's own class, which writes ``invoke`` and nothing else."""

    def invoke(self, input: int, config: Any = None, **kwargs: Any) -> int:
        return input * 2


class Empty(Runnable[Any, Any]):
    """A user's own class that forgot to write anything."""


# --- sequences and coercion


def test_sequences_given_as_steps_are_spliced_in() -> None:
    inner = RunnableLambda(len) | RunnableLambda(abs)
    outer = RunnablePassthrough() | inner
    assert isinstance(outer, RunnableSequence)
    assert len(outer.steps) == 3


def test_functions_dicts_and_generators_become_steps_on_either_side_of_the_pipe() -> None:
    assert (str.upper | RunnableLambda(len)).invoke("abc") == 3
    assert (RunnableLambda(len) | {"n": abs, "same": lambda n: n}).invoke("abc") == {
        "n": 3,
        "same": 3,
    }
    assert ({"a": len} | RunnableLambda(lambda d: d["a"])).invoke("abc") == 3
    assert list((RunnablePassthrough() | words).stream("a b")) == ["a", "b"]


@pytest.mark.parametrize("step", [3, "text", None, [len], FakeChatModel])
def test_a_step_that_is_no_runnable_is_refused_by_name(step: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"A step of a chain is .*; got"):
        RunnablePassthrough() | step


def test_the_first_token_leaves_the_chain_before_the_model_has_finished() -> None:
    released = threading.Event()

    class Slow(FakeChatModel):
        def _stream(self, messages: Any, **options: Any) -> Any:
            yield [AIMessageChunk("first")]
            assert released.wait(30)
            yield [AIMessageChunk(" second")]

    chain = ChatPromptTemplate("{x}") | Slow(responses=["-"]) | StrOutputParser() | words
    stream = iter(chain.stream("x"))
    assert next(stream) == "first"
    released.set()
    assert list(stream) == ["second"]


def test_kwargs_of_a_call_go_to_the_first_step() -> None:
    chain = RunnableLambda(lambda x, plus=0: x + plus) | RunnableLambda(lambda x: x * 10)
    assert chain.invoke(1, plus=2) == 30
    assert chain.bind(plus=3).invoke(1) == 40


# --- functions


def test_a_generator_function_in_a_lambda_gets_the_whole_and_streams_its_items() -> None:
    def spell(text: str) -> Iterator[str]:
        yield from text

    step: RunnableLambda[str, str] = RunnableLambda(spell)
    assert list(step.stream("abc")) == ["a", "b", "c"]
    assert step.invoke("abc") == "abc"


async def test_async_functions_and_generators_work_on_an_event_loop() -> None:
    async def shout(text: str) -> str:
        await asyncio.sleep(0)
        return text.upper()

    async def spell(text: str) -> AsyncIterator[str]:
        for letter in text:
            yield letter

    assert await RunnableLambda(shout).ainvoke("a") == "A"
    assert [c async for c in RunnableLambda(spell).astream("ab")] == ["a", "b"]
    assert [c async for c in (RunnablePassthrough() | awords).astream("a b")] == ["a", "b"]
    assert [c async for c in (RunnablePassthrough() | words).astream("a b")] == ["a", "b"]


@pytest.mark.parametrize("step", [RunnableLambda(awords), RunnableGenerator(awords)])
def test_an_async_step_in_a_blocking_call_says_what_to_call_instead(
    step: Runnable[Any, Any],
) -> None:
    with pytest.raises(InvalidParameterError, match="awords is async: call the chain with ainvoke"):
        step.invoke("x")


def test_an_async_function_in_a_blocking_call_is_refused_without_a_warning() -> None:
    async def answer(text: str) -> str:
        return text

    with pytest.raises(InvalidParameterError, match="answer is async"):
        RunnableLambda(answer).invoke("x")


async def test_a_blocking_function_does_not_block_the_event_loop() -> None:
    begun, has_gone_on = threading.Event(), threading.Event()

    def wait(_: str) -> bool:
        begun.set()
        return has_gone_on.wait(30)

    async def go_on() -> None:
        while not begun.is_set():
            await asyncio.sleep(0.01)
        has_gone_on.set()

    going_on = asyncio.create_task(go_on())
    assert await RunnableLambda(wait).ainvoke("x")
    await going_on


async def test_many_nested_blocking_generators_do_not_starve_each_other() -> None:
    def passing(chunks: Iterator[str]) -> Iterator[str]:
        yield from chunks

    chain = RunnablePassthrough() | passing | passing | passing
    outputs = await asyncio.gather(*(chain.ainvoke(str(n)) for n in range(30)))
    assert outputs == [str(n) for n in range(30)]


CONFIG: RunConfig = {"run_name": "root", "tags": ["t"], "metadata": {"user": 1}}
HANDED = {"tags": ["t"], "metadata": {"user": 1}}


def test_a_function_that_asks_for_the_config_gets_it_traced_or_not() -> None:
    def ask(value: str, config: RunConfig) -> RunConfig:
        return config

    def pieces(chunks: Any, config: RunConfig | None = None) -> Any:
        yield from ([config] for _ in chunks)

    assert (RunnableLambda(str) | ask).invoke("x", CONFIG) == HANDED
    assert (RunnableLambda(str) | pieces).invoke("x", CONFIG) == [HANDED]
    received = list((RunnableLambda(str) | ask).stream_events("x", CONFIG))
    assert received[-1]["data"]["output"] == HANDED
    assert RunnableLambda(ask).invoke("x") == {"tags": [], "metadata": {}}


def test_a_parameter_named_config_that_is_the_functions_own_is_left_alone() -> None:
    assert RunnableLambda(lambda config: config).invoke(1, CONFIG) == 1
    assert RunnableLambda(lambda x, config="mine": config).invoke(1, CONFIG) == "mine"


def test_a_function_that_returns_a_runnable_has_it_called() -> None:
    model = FakeChatModel(responses=["long answer"])
    route: Runnable[Any, Any] = RunnableLambda(lambda text: model if text == "model" else "short")
    assert [c.content for c in route.stream("model")] == ["long ", "answer"]
    assert route.invoke("other") == "short"


def type_of(value: Any) -> type:
    return type(value)


def test_a_function_after_a_streaming_model_gets_the_message_that_invoke_gives() -> None:
    chain = FakeChatModel(responses=["a b"]) | type_of
    assert chain.invoke("x") is AIMessage
    assert list(chain.stream("x")) == [AIMessage]


def test_a_generator_that_raises_half_way_has_yielded_what_came_before() -> None:
    def breaking(chunks: Iterator[str]) -> Iterator[str]:
        yield "one"
        raise RuntimeError("half-way")

    stream = iter((RunnablePassthrough() | breaking).stream("x"))
    assert next(stream) == "one"
    with pytest.raises(RuntimeError, match="half-way"):
        next(stream)


def test_steps_keep_the_callers_context_variables() -> None:
    from contextvars import ContextVar

    user: ContextVar[str] = ContextVar("user")
    user.set("ada")
    chain = RunnableParallel(a=lambda _: user.get(), b=lambda _: user.get())
    assert chain.invoke("x") == {"a": "ada", "b": "ada"}
    events = list(chain.stream_events("x"))
    assert events[-1]["data"]["output"] == {"a": "ada", "b": "ada"}


# --- a user's own class


def test_a_class_that_writes_invoke_alone_has_every_way_to_be_called() -> None:
    step = Doubler()
    assert step.invoke(2) == 4
    assert list(step.stream(2)) == [4]
    assert step.batch([1, 2]) == [2, 4]
    assert asyncio.run(step.ainvoke(2)) == 4
    assert (step | step).invoke(2) == 8
    events = [(e["event"], e["name"]) for e in step.stream_events(2)]
    assert events == [
        ("on_chain_start", "Doubler"),
        ("on_chain_stream", "Doubler"),
        ("on_chain_end", "Doubler"),
    ]


class Recorder(Runnable[Any, Any]):
    """Keeps the config that each of its methods is given."""

    def __init__(self) -> None:
        self.configs: list[Any] = []

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        self.configs.append(config)
        return input

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return self.invoke(input, config)

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        yield self.invoke(input, config)

    async def astream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        yield self.invoke(input, config)


async def test_every_method_that_a_class_writes_gets_the_config_of_the_chain() -> None:
    step = Recorder()
    chain = RunnablePassthrough() | step
    chain.invoke("x", CONFIG)
    await chain.ainvoke("x", CONFIG)
    list(chain.stream("x", CONFIG))
    [chunk async for chunk in chain.astream("x", CONFIG)]
    list(chain.stream_events("x", CONFIG))
    chain.batch(["x", "y"], CONFIG)
    RunnableParallel(a=step, b=step).invoke("x", CONFIG)
    assert step.configs == [HANDED] * 9
    chain.invoke("x")
    chain.with_config(tags=["own"]).invoke("x", {"tags": ["t"]})
    assert step.configs[9:] == [
        {"tags": [], "metadata": {}},
        {"tags": ["own", "t"], "metadata": {}},
    ]


def test_a_method_that_takes_no_config_is_called_without_one() -> None:
    class Keywords(Runnable[Any, Any]):
        def invoke(self, input: Any, **kwargs: Any) -> Any:  # type: ignore[override]
            return kwargs

    doubled = RunnablePassthrough() | Doubler()
    assert doubled.invoke(2, CONFIG) == 4
    chain = RunnablePassthrough() | Keywords()
    assert chain.invoke("x") == {}
    assert chain.invoke("x", CONFIG) == {"config": HANDED}


async def test_a_class_that_writes_async_methods_alone_is_refused_in_blocking_code() -> None:
    class Later(Runnable[Any, Any]):
        async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
            return input + 1

    class Flowing(Runnable[Any, Any]):
        async def astream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
            yield input
            yield 1

    for step in (Later(), Flowing()):
        chain = RunnablePassthrough() | step
        with pytest.raises(InvalidParameterError, match="writes async methods alone"):
            chain.invoke(1)
        with pytest.raises(InvalidParameterError, match="writes async methods alone"):
            list(chain.stream(1))
        assert await chain.ainvoke(1) == 2
    assert [c async for c in (RunnablePassthrough() | Later()).astream(1)] == [2]
    assert [c async for c in (RunnablePassthrough() | Flowing()).astream(1)] == [1, 1]


def test_a_class_is_given_the_other_way_to_run_when_it_is_made() -> None:
    class Whole(Runnable[Any, Any]):
        async def _invoke(self, value: Any, context: Any, **kwargs: Any) -> Any:
            return [value, value]

    class Parts(Runnable[Any, Any]):
        async def _transform(self, chunks: Any, context: Any, **kwargs: Any) -> Any:
            async for chunk in chunks:
                yield [chunk]
                yield [chunk]

    class Loud(Parts):
        async def _invoke(self, value: Any, context: Any, **kwargs: Any) -> Any:
            return value.upper()

    for step in (Whole(), Parts()):
        assert step.invoke("x") == ["x", "x"]
    assert list(Whole().stream("x")) == [["x", "x"]]
    assert list(Parts().stream("x")) == [["x"], ["x"]]
    assert (Loud().invoke("x"), list(Loud().stream("x"))) == ("X", [["x"], ["x"]])


def test_a_class_that_writes_nothing_is_refused_with_what_to_write() -> None:
    with pytest.raises(NotImplementedError, match="Empty must implement invoke"):
        Empty().invoke("x")
    with pytest.raises(NotImplementedError, match="Empty must implement invoke"):
        list(Empty().stream("x"))


# --- dicts


def test_assign_adds_keys_and_passes_the_others_at_once() -> None:
    chain = RunnablePassthrough.assign(n=lambda d: len(d["text"]), m=lambda d: 7)
    assert chain.invoke({"text": "abc"}) == {"text": "abc", "n": 3, "m": 7}
    chunks = list(chain.stream({"text": "abc"}))
    assert chunks[0] == {"text": "abc"}
    assert sum_dicts(chunks) == {"text": "abc", "n": 3, "m": 7}
    after = RunnableLambda(lambda text: {"text": text}).assign(n=lambda d: len(d["text"]))
    assert after.invoke("abc") == {"text": "abc", "n": 3}


def sum_dicts(chunks: list[Any]) -> AddableDict:
    total = AddableDict()
    for chunk in chunks:
        total = total + chunk
    return total


def test_assign_on_something_else_than_a_dict_says_what_it_got() -> None:
    chain = RunnablePassthrough.assign(n=len)
    with pytest.raises(InvalidParameterError, match="gave str"):
        chain.invoke("abc")  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterError, match="gave str"):
        list(chain.stream("abc"))  # type: ignore[arg-type]


def test_pick_takes_one_value_or_a_dict_of_several() -> None:
    source = RunnableLambda(lambda n: {"a": n, "b": n + 1, "c": n + 2})
    assert source.pick("b").invoke(1) == 2
    assert source.pick(["a", "c"]).invoke(1) == {"a": 1, "c": 3}
    assert list(source.pick("b").stream(1)) == [2]


def test_pick_of_a_key_that_is_not_there_names_those_that_are() -> None:
    chain = RunnableLambda(lambda n: {"a": n}).pick("z")
    for call in (chain.invoke, lambda x: list(chain.stream(x))):
        with pytest.raises(InvalidParameterError, match=r"pick\('z'\).*it has a"):
            call(1)


def test_pick_streams_one_branch_of_a_parallel() -> None:
    both = RunnableParallel(a=FakeChatModel(responses=["x y"]) | StrOutputParser(), b=len)
    assert list(both.pick("a").stream("in")) == ["x ", "y"]
    assert both.pick("a").invoke("in") == "x y"


def test_growing_json_keeps_its_last_state_through_assign_and_pick() -> None:
    model = FakeChatModel(responses=['{"a": "one two", "n": 1}'])
    chain = model | JsonOutputParser() | RunnablePassthrough.assign(k=lambda d: d["n"])
    assert chain.invoke("x") == {"a": "one two", "n": 1, "k": 1}
    end = list(chain.stream_events("x"))[-1]
    assert end["data"]["output"] == {"a": "one two", "n": 1, "k": 1}
    picked = (model | JsonOutputParser()).pick("a") | RunnableLambda(str.upper)
    assert picked.invoke("x") == "ONE TWO"
    assert list(picked.stream("x")) == ["ONE TWO"]


def test_map_calls_the_runnable_for_every_item_in_order() -> None:
    each = RunnableLambda(lambda n: n * n).map()
    assert each.invoke([3, 1, 2]) == [9, 1, 4]
    assert asyncio.run(each.ainvoke([3, 1, 2])) == [9, 1, 4]
    assert each.invoke([]) == []


# --- bindings and streams


def test_a_bound_model_still_streams_a_chat_stream() -> None:
    bound = RunnableLambda(len).with_config(run_name="x")
    assert bound.invoke("abc") == 3
    model = FakeChatModel(responses=["a b"]).with_config(run_name="m")
    assert isinstance(model.stream("x"), ChatStream)


def test_an_unknown_key_in_a_config_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="'run_nam' in a run's config"):
        RunnableLambda(len).with_config(run_nam="x")
    with pytest.raises(InvalidParameterError, match="tags is a list of strings; got 'a'"):
        RunnableLambda(len).invoke("x", {"tags": "a"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (5, "A run's config is a dict"),
        ([("tags", ["a"])], "A run's config is a dict"),
        ({"metadata": 5}, "metadata is a dict"),
        ({"metadata": [1]}, "metadata is a dict"),
        ({"tags": 5}, "tags is a list"),
        ({"tags": {"a": 1}}, "tags is a list"),
    ],
)
def test_a_config_of_a_wrong_shape_is_refused_by_name(config: Any, name: str) -> None:
    with pytest.raises(InvalidParameterError, match=name):
        RunnableLambda(len).invoke("x", config)


def test_chains_pickle() -> None:
    chain = ChatPromptTemplate("{x}") | FakeChatModel(responses=["a"]) | StrOutputParser()
    assert pickle.loads(pickle.dumps(chain)).invoke("x") == "a"


def test_nothing_happens_before_the_first_step_of_a_stream() -> None:
    calls: list[str] = []
    stream = RunnableLambda(calls.append).stream("x")
    assert calls == []
    list(stream)
    assert calls == ["x"]


def again() -> tuple[Runnable[Any, Any], list[str]]:
    """A chain that streams without end, and a list that gets an entry when it is closed."""
    ended: list[str] = []

    def endless(_: Iterator[str]) -> Iterator[str]:
        try:
            while True:
                yield "again"
        finally:
            ended.append("yes")

    return RunnablePassthrough() | endless, ended


MANY = ["again again again"] * 9


def test_a_stream_that_was_closed_before_its_end_refuses_to_be_read_on() -> None:
    chain, ended = again()
    for step in (chain, FakeChatModel(responses=MANY)):
        with step.stream("x") as stream:
            next(stream)
        with pytest.raises(ChatError, match="left before its end"):
            list(stream)
        for _ in (left := step.stream("x")):
            break
        with pytest.raises(ChatError, match="left before its end"):
            next(left)
        unopened = step.stream("x")
        unopened.close()
        with pytest.raises(ChatError, match="left before its end"):
            next(unopened)
        read_on = step.stream("x")
        next(read_on)
        for _ in read_on:
            break
        with pytest.raises(ChatError, match="left before its end"):
            next(read_on)
    assert ended == ["yes"] * 3


async def test_the_rules_of_reading_are_the_same_on_a_loop() -> None:
    for step in (again()[0], FakeChatModel(responses=MANY)):
        async with step.astream("x") as stream:
            await anext(stream)
        with pytest.raises(ChatError, match="left before its end"):
            await anext(stream)
        async for _ in (left := step.astream("x")):
            break
        await left.aclose()
        with pytest.raises(ChatError, match="left before its end"):
            await anext(left)


def test_a_stream_that_has_ended_is_empty_from_then_on() -> None:
    def failing(chunks: Iterator[Any]) -> Iterator[Any]:
        yield from chunks
        raise ValueError("broken")

    model = FakeChatModel(responses=["one two"])
    for step in (model, RunnablePassthrough() | model):
        stream = step.stream("x")
        assert len(list(stream)) == 2
        assert list(stream) == []
        stream.close()
        assert list(stream) == []
    broken = (RunnablePassthrough() | failing).stream("x")
    with pytest.raises(ValueError, match="broken"):
        list(broken)
    assert list(broken) == []


def test_every_public_name_of_the_package_can_be_imported() -> None:
    import chat_core.runnables as package

    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    assert not hasattr(package, "RunnableNonsense")


def test_as_runnable_leaves_a_runnable_alone() -> None:
    step = RunnablePassthrough()
    assert as_runnable(step) is step
