"""Middleware around a model: every way to call it goes through, and it stays the model it was."""

from __future__ import annotations

import pickle
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    ChatModel,
    ChatPromptTemplate,
    HumanMessage,
    InvalidParameterError,
    StrOutputParser,
    UsageMetadata,
    hookimpl,
    register_observer,
    unregister_observer,
)
from chat_core.provider import (
    AsyncSegments,
    ModelCall,
    ModelMiddleware,
    Segments,
    drop_middleware,
    use_middleware,
    wrap_model,
)
from chat_core.testing import FakeChatModel
from letters_model import LettersModel


class Recording(ModelMiddleware):
    """Writes down each call that goes through it."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.calls: list[ModelCall] = []

    def _note(self, step: str, call: ModelCall) -> None:
        self.steps.append(step)
        self.calls.append(call)

    def generate(self, call: ModelCall, answer: Callable[[], AIMessage]) -> AIMessage:
        self._note("generate", call)
        return answer()

    async def agenerate(
        self, call: ModelCall, answer: Callable[[], Awaitable[AIMessage]]
    ) -> AIMessage:
        self._note("agenerate", call)
        return await answer()

    def stream(self, call: ModelCall, answer: Callable[[], Segments]) -> Segments:
        self._note("stream", call)
        return answer()

    def astream(self, call: ModelCall, answer: Callable[[], AsyncSegments]) -> AsyncSegments:
        self._note("astream", call)
        return answer()


@pytest.fixture
def recording() -> Recording:
    return Recording()


@pytest.fixture
def model(recording: Recording) -> FakeChatModel:
    return wrap_model(FakeChatModel(responses=["red green blue"]), recording)


@pytest.fixture
def of_the_process(recording: Recording) -> Iterator[Recording]:
    use_middleware(recording)
    yield recording
    drop_middleware(recording)


async def test_each_way_to_call_a_wrapped_model_goes_through_once(
    model: FakeChatModel, recording: Recording
) -> None:
    assert model.invoke("hi").content == "red green blue"
    assert (await model.ainvoke("hi")).content == "red green blue"
    assert [chunk.content for chunk in model.stream("hi")] == ["red ", "green ", "blue"]
    assert len([chunk async for chunk in model.astream("hi")]) == 3
    assert recording.steps == ["generate", "agenerate", "stream", "astream"]


def test_the_model_that_was_wrapped_is_not_changed(recording: Recording) -> None:
    plain = FakeChatModel(responses=["hi"])
    wrapped = wrap_model(plain, recording)
    plain.invoke("hi")
    assert recording.steps == []
    assert type(wrapped) is FakeChatModel


def test_settings_and_options_bound_afterwards_reach_the_call(
    model: FakeChatModel, recording: Recording
) -> None:
    model.bind(temperature=0.5).bind_tools([{"name": "f", "parameters": {}}]).invoke("hi")
    model.invoke("hi", max_tokens=7)
    first, second = recording.calls
    assert first.model.temperature == 0.5
    assert [tool.name for tool in first.options["tools"]] == ["f"]
    assert (second.model.max_tokens, second.model.temperature) == (7, None)


def test_a_setting_assigned_afterwards_keeps_the_middleware(
    model: FakeChatModel, recording: Recording
) -> None:
    model.temperature = 0.1
    model.invoke("hi")
    assert recording.calls[0].model.temperature == 0.1


def test_events_of_a_wrapped_model_show_one_run_of_the_model_itself(
    model: FakeChatModel, recording: Recording
) -> None:
    events = [e for e in model.stream_events("hi") if e["event"] != "on_chat_model_stream"]
    assert [e["event"] for e in events] == ["on_chat_model_start", "on_chat_model_end"]
    assert {e["name"] for e in events} == {"FakeChatModel"}
    assert {e["metadata"]["ls_provider"] for e in events} == {"fake"}
    assert recording.steps == ["stream"]


def test_a_chain_and_its_derivations_go_through_the_middleware(
    model: FakeChatModel, recording: Recording
) -> None:
    chain = ChatPromptTemplate([("human", "{x}")]) | model.with_retry() | StrOutputParser()
    assert chain.invoke({"x": "hi"}) == "red green blue"
    assert "".join(chain.stream({"x": "hi"})) == "red green blue"
    assert recording.steps == ["generate", "stream"]


def test_structured_output_goes_through_the_middleware(recording: Recording) -> None:
    model = wrap_model(FakeChatModel(responses=['{"value": 3}']), recording)
    assert model.with_structured_output(int).invoke("a number") == 3
    assert recording.calls[0].options["response_schema"].name


def test_an_observed_invoke_streams_through_the_middleware(
    model: FakeChatModel, recording: Recording
) -> None:
    class Observer:
        @hookimpl
        def chat_run_chunk(self) -> None:
            pass

    observer = Observer()
    register_observer(observer)
    try:
        model.invoke("hi")
    finally:
        unregister_observer(observer)
    assert recording.steps == ["stream"]


def test_the_middleware_added_last_is_asked_first() -> None:
    order: list[str] = []

    class Named(ModelMiddleware):
        def __init__(self, name: str) -> None:
            self.name = name

        def generate(self, call: ModelCall, answer: Callable[[], AIMessage]) -> AIMessage:
            order.append(self.name)
            return answer()

    process = Named("process")
    use_middleware(process)
    try:
        wrap_model(wrap_model(FakeChatModel(responses="a"), Named("in")), Named("out")).invoke("x")
    finally:
        drop_middleware(process)
    assert order == ["out", "in", "process"]


def test_middleware_of_the_process_is_around_every_model(of_the_process: Recording) -> None:
    FakeChatModel(responses="a").invoke("x")
    list(FakeChatModel(responses="a").stream("x"))
    drop_middleware(of_the_process)
    FakeChatModel(responses="a").invoke("x")
    assert of_the_process.steps == ["generate", "stream"]


def test_middleware_may_answer_without_the_model() -> None:
    class Fixed(ModelMiddleware):
        def generate(self, call: ModelCall, answer: Callable[[], AIMessage]) -> AIMessage:
            return AIMessage("from elsewhere")

    inner = FakeChatModel(responses="never")
    assert wrap_model(inner, Fixed()).invoke("x").content == "from elsewhere"
    assert inner.calls == []


def test_a_wrapped_model_is_pickled_with_its_middleware(model: FakeChatModel) -> None:
    copy = pickle.loads(pickle.dumps(model))
    copy.invoke("hi")
    [middleware] = copy._middleware
    assert middleware.steps == ["generate"]
    assert "middleware=[" in repr(copy)
    assert "middleware" not in copy.model_dump()


@pytest.mark.parametrize("what", ["a text", FakeChatModel(responses="a").with_retry()])
def test_what_is_no_chat_model_is_not_wrapped(what: Any, recording: Recording) -> None:
    with pytest.raises(InvalidParameterError, match="A chat model is needed"):
        wrap_model(what, recording)


# --- what decides an answer


class Identity(ModelMiddleware):
    """Keeps what decides an answer, and answers without the model."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}

    def generate(self, call: ModelCall, answer: Callable[[], AIMessage]) -> AIMessage:
        self.known = call.identity()
        return AIMessage("not asked")


def identity(model: ChatModel, text: str = "hi", **options: Any) -> dict[str, Any]:
    middleware = Identity()
    wrap_model(model, middleware).invoke(text, **options)
    return middleware.known


def test_the_identity_of_a_call_is_the_body_of_its_request() -> None:
    model = LettersModel(model="abc", api_key="a-secret-key", base_url="http://127.0.0.1:9")
    known = identity(model)
    assert known["model"] == "abc"
    assert known["body"] == identity(model.bind(max_retries=7, timeout=3))["body"]
    assert known == identity(model.bind(max_retries=7, timeout=3, proxy="http://127.0.0.1:7"))
    assert known != identity(model, "ho")
    assert known != identity(model.bind(base_url="http://127.0.0.1:8"))


def test_the_client_of_an_sdk_says_where_a_request_goes() -> None:
    class Client:
        def __init__(self, base_url: str) -> None:
            self.base_url = base_url

    model = LettersModel(model="abc", base_url="http://127.0.0.1:9")
    here, there = Client("http://127.0.0.1:1"), Client("http://127.0.0.1:2")
    assert identity(model.bind(client=here)) == identity(model.bind(async_client=here))
    assert identity(model.bind(client=here)) != identity(model.bind(client=there))


def test_the_identity_of_a_call_holds_no_secret() -> None:
    model = LettersModel(
        model="abc",
        api_key="a-secret-key",
        base_url="http://127.0.0.1:9/?api-key=a-secret-key&v=1",
        default_headers={"X-Key": "a-secret-key"},
    )
    known = identity(
        model, extra_headers={"X": "a-secret-key"}, extra_query={"sig_token": "a-secret-key"}
    )
    assert "a-secret-key" not in repr(known)
    assert "v=1" in known["address"]


def test_without_a_codec_messages_settings_and_options_decide() -> None:
    model = FakeChatModel(responses=["a"])
    assert identity(model) == identity(model.bind(max_retries=9))
    assert identity(model) != identity(model, "ho")
    assert identity(model) != identity(model, temperature=1)
    assert identity(model) != identity(model, json_mode=True)
    assert identity(model)["messages"] == identity(model)["messages"]
    assert HumanMessage("hi").content in repr(identity(model))


def test_without_a_codec_what_is_reported_of_an_earlier_answer_does_not_decide() -> None:
    def after(answer: AIMessage, **facts: Any) -> dict[str, Any]:
        middleware = Identity()
        model = wrap_model(FakeChatModel(responses=["a"]), middleware)
        model.invoke([HumanMessage("hi", **facts), answer, HumanMessage("go on")])
        return middleware.known

    usage = UsageMetadata(input_tokens=1, output_tokens=2)
    finish = {"finish_reason": "stop"}
    known = after(AIMessage("a", response_metadata=finish, usage_metadata=usage, id="m-1"))
    replayed = AIMessage("a", response_metadata={**finish, "cached": True})
    assert after(replayed, id="m-2") == known
    assert replayed.response_metadata["cached"] is True
    assert after(AIMessage("b", response_metadata=finish)) != known
    assert after(AIMessage("a", response_metadata={"finish_reason": "length"})) != known
