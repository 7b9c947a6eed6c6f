"""Retries and fallbacks: when they happen, when they must not, and how a sink sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat_core.chains.parsers import JsonOutputParser, StrOutputParser
from chat_core.errors import (
    AuthenticationError,
    InvalidParameterError,
    OutputParserError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from chat_core.messages.chunks import AIMessageChunk
from chat_core.runnables import RunnableLambda
from chat_core.testing import FakeChatModel
from pydantic import BaseModel, PrivateAttr

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


class Broken(FakeChatModel):
    """Yields ``chunks`` and then fails, every time."""

    chunks: tuple[str, ...] = ()

    def _stream(self, messages: Any, **options: Any) -> Generator[list[AIMessageChunk], None, None]:
        self._calls.append(messages)
        for text in self.chunks:
            yield [AIMessageChunk(text)]
        raise StreamInterruptedError("cut off")

    async def _astream(
        self, messages: Any, **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        for segment in self._stream(messages, **options):
            yield segment


def quick(runnable: Any, **options: Any) -> Any:
    return runnable.with_retry(wait_exponential_jitter=False, **options)


def test_what_trying_again_may_cure_is_tried_again() -> None:
    model = FakeChatModel(responses=[ServerError("down"), RateLimitError("slow"), "fine"])
    assert quick(model).invoke("x").content == "fine"
    model = FakeChatModel(responses=[ServerError("down"), "fine"])
    assert "".join(c.content for c in quick(model).stream("x")) == "fine"
    chain = FakeChatModel(responses=["no json", '{"a": 1}']) | JsonOutputParser()
    assert quick(chain).invoke("x") == {"a": 1}


async def test_retries_work_on_an_event_loop() -> None:
    model = FakeChatModel(responses=[ServerError("down"), "fine"])
    assert (await quick(model).ainvoke("x")).content == "fine"
    model = FakeChatModel(responses=[ServerError("down"), "fine"])
    assert "".join([c.content async for c in quick(model).astream("x")]) == "fine"


@pytest.mark.parametrize("error", [AuthenticationError("key"), InvalidParameterError("bad")])
def test_what_trying_again_cannot_cure_is_raised_at_once(error: Exception) -> None:
    model = FakeChatModel(responses=[error])
    with pytest.raises(type(error)):
        quick(model).invoke("x")
    assert len(model.calls) == 1


def test_the_last_attempts_error_is_raised() -> None:
    model = FakeChatModel(responses=[ServerError("one"), ServerError("two"), ServerError("three")])
    with pytest.raises(ServerError, match="three"):
        quick(model, stop_after_attempt=3).invoke("x")
    assert len(model.calls) == 3


def test_only_the_named_exceptions_are_retried() -> None:
    model = FakeChatModel(responses=[ServerError("down"), "fine"])
    with pytest.raises(ServerError):
        quick(model, retry_if_exception_type=(OutputParserError,)).invoke("x")


def test_the_wait_is_what_the_vendor_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("chat_core.runnables.engine.sync_runtime.sleep", waits.append)
    model = FakeChatModel(responses=[RateLimitError("slow", retry_after=1.5), "fine"])
    assert model.with_retry().invoke("x").content == "fine"
    assert waits == [1.5]


@pytest.mark.parametrize(
    "make", [quick, lambda m: m.with_fallbacks([FakeChatModel(responses=["b"])])]
)
def test_after_the_first_chunk_the_error_is_raised_with_what_had_arrived(make: Any) -> None:
    model = Broken(responses=["-"], chunks=("half ", "an"))
    stream = iter(make(model).stream("x"))
    assert next(stream).content == "half "
    assert next(stream).content == "an"
    with pytest.raises(StreamInterruptedError) as caught:
        next(stream)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "half an"
    assert len(model.calls) == 1


def test_a_chunk_without_output_does_not_rule_out_another_attempt() -> None:
    model = Broken(responses=["-"], chunks=("",))
    fallback = model.with_fallbacks([FakeChatModel(responses=["saved"])])
    assert "".join(c.content for c in fallback.stream("x")) == "saved"


def test_the_first_that_does_not_fail_answers() -> None:
    chain = FakeChatModel(responses=[ServerError("a")]).with_fallbacks(
        [FakeChatModel(responses=[AuthenticationError("b")]), FakeChatModel(responses=["c"])]
    )
    assert chain.invoke("x").content == "c"
    assert "".join(c.content for c in chain.stream("x")) == "c"


def test_when_all_fail_the_last_error_is_raised_after_those_before_it() -> None:
    chain = FakeChatModel(responses=[ServerError("a")]).with_fallbacks(
        [FakeChatModel(responses=[ServerError("b")])]
    )
    for call in (chain.invoke, lambda x: list(chain.stream(x))):
        with pytest.raises(ServerError, match="b"):
            call("x")


def test_an_exception_that_is_not_to_be_handled_is_raised_at_once() -> None:
    second = FakeChatModel(responses=["b"])
    chain = FakeChatModel(responses=[ServerError("a")]).with_fallbacks(
        [second], exceptions_to_handle=(RateLimitError,)
    )
    for call in (chain.invoke, lambda x: list(chain.stream(x))):
        with pytest.raises(ServerError, match="a"):
            call("x")
    assert second.calls == []


def test_attempts_are_runs_that_a_listener_sees() -> None:
    model = FakeChatModel(responses=[ServerError("down"), "fine"])
    events = [
        (e["event"], e["tags"])
        for e in quick(model).stream_events("x")
        if not e["event"].endswith("_stream")
    ]
    assert events == [
        ("on_chain_start", []),
        ("on_chat_model_start", []),
        ("on_chat_model_error", []),
        ("on_chat_model_start", ["retry:attempt:2"]),
        ("on_chat_model_end", ["retry:attempt:2"]),
        ("on_chain_end", []),
    ]


def test_fallbacks_are_runs_that_a_listener_sees() -> None:
    chain = FakeChatModel(responses=[ServerError("a")]).with_fallbacks(
        [FakeChatModel(responses=["b"])]
    )
    events = [
        (e["event"], e["name"], e["tags"])
        for e in (chain | StrOutputParser()).stream_events("x")
        if e["event"].startswith("on_chat_model") and not e["event"].endswith("_stream")
    ]
    assert events == [
        ("on_chat_model_start", "FakeChatModel", []),
        ("on_chat_model_error", "FakeChatModel", []),
        ("on_chat_model_start", "FakeChatModel", []),
        ("on_chat_model_end", "FakeChatModel", []),
    ]


def test_options_that_cannot_be_right_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="at least 1; got 0"):
        RunnableLambda(len).with_retry(stop_after_attempt=0)
    with pytest.raises(InvalidParameterError, match="a list of runnables"):
        RunnableLambda(len).with_fallbacks([])
    with pytest.raises(InvalidParameterError, match="A step of a chain"):
        RunnableLambda(len).with_fallbacks([3])  # type: ignore[list-item]


# --- deriving models through what wraps them


class Asked(FakeChatModel):
    """Keeps the options of each call."""

    _asked: list[dict[str, Any]] = PrivateAttr(default_factory=list)

    def _generate(self, messages: Any, **options: Any) -> Any:
        self._asked.append(options)
        return super()._generate(messages, **options)


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class City(BaseModel):
    name: str


WRAPS: dict[str, Any] = {
    "with_retry": quick,
    "a retry with settings": lambda model: quick(model).bind(temperature=0.5),
    "a retry with a name": lambda model: quick(model).with_config(run_name="asking"),
    "with_fallbacks": lambda model: model.with_fallbacks([FakeChatModel(responses=["other"])]),
    "a retry with fallbacks": lambda model: quick(model).with_fallbacks([quick(model)]),
}


@pytest.mark.parametrize("kind", WRAPS)
def test_tools_are_bound_to_the_model_in_a_wrapper(kind: str) -> None:
    model = Asked(responses=["fine"])
    assert WRAPS[kind](model).bind_tools([add], tool_choice="any").invoke("x").content == "fine"
    assert [tool.name for tool in model._asked[0]["tools"]] == ["add"]
    assert model._asked[0]["tool_choice"] == "any"


@pytest.mark.parametrize("kind", WRAPS)
def test_the_model_in_a_wrapper_is_asked_for_a_schema(kind: str) -> None:
    model = Asked(responses=['{"name": "Oslo"}'])
    answer = WRAPS[kind](model).with_structured_output(City).invoke("x")
    assert answer == City(name="Oslo")
    assert model._asked[0]["response_schema"].name == "City"


def test_every_fallback_is_derived_and_stands_in() -> None:
    first, second = Asked(responses=[ServerError("down")]), Asked(responses=["stand-in"])
    both = first.with_fallbacks([second]).bind_tools([add])
    assert both.invoke("x").content == "stand-in"
    assert [len(model._asked[0]["tools"]) for model in (first, second)] == [1, 1]
    first, second = Asked(responses=["no json"]), Asked(responses=['{"name": "Oslo"}'])
    chain = first.with_fallbacks([second]).with_structured_output(City)
    assert chain.invoke("x") == City(name="Oslo")


def test_what_is_no_model_in_a_wrapper_is_refused_by_name() -> None:
    model = FakeChatModel(responses=["fine"])
    for wrapper in (quick(RunnableLambda(str)), model.with_fallbacks([RunnableLambda(str)])):
        with pytest.raises(InvalidParameterError, match="bind_tools needs a chat model; RunnableL"):
            wrapper.bind_tools([add])
        with pytest.raises(InvalidParameterError, match="with_structured_output needs a chat mo"):
            wrapper.with_structured_output(City)


@pytest.mark.parametrize("streams", [True, False])
async def test_the_last_error_has_those_before_it_as_its_context(streams: bool) -> None:
    def failing() -> Any:
        failures = [ServerError("a"), RateLimitError("b"), AuthenticationError("c")]
        first, *others = [FakeChatModel(responses=[failure]) for failure in failures]
        return first.with_fallbacks(others)

    async def read() -> object:
        chain = failing()
        return [c async for c in chain.astream("x")] if streams else await chain.ainvoke("x")

    with pytest.raises(AuthenticationError) as blocking:
        list(failing().stream("x")) if streams else failing().invoke("x")
    with pytest.raises(AuthenticationError) as on_loop:
        await read()
    for error in (blocking.value, on_loop.value):
        assert isinstance(error.__context__, RateLimitError)
        assert isinstance(error.__context__.__context__, ServerError)
