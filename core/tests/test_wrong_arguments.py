"""A wrong argument of a public function is refused by an error of this library that names it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import chat_core
import pytest
from chat_core import (
    AIMessageChunk,
    ChatError,
    ChatPromptTemplate,
    InvalidParameterError,
    JsonOutputParser,
    Message,
    MessagesPlaceholder,
    PromptValue,
    RunnableLambda,
    RunnableParallel,
    ToolCall,
    ToolInputError,
    event_from_json,
    event_to_json,
    event_to_sse,
    events_from_sse,
    merge_chunks,
    register_observer,
    tool,
)
from chat_core.models import profile_sources
from chat_core.testing import FakeChatModel

WRONG: list[Any] = [None, 7, "word", [], [7], {}, {"a": 7}, b"bytes", object(), 1.5, True, len, int]

step: RunnableLambda[Any, Any] = RunnableLambda(lambda value: value)
prompt = ChatPromptTemplate.from_messages([("human", "Hi {name}")])
model = FakeChatModel(responses=["a"] * 9)


@tool
def look(place: str) -> str:
    """Look at a place."""
    return place


CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "batch, how many at once": (lambda: step.batch([1], max_concurrency="x"), "max_concurrency"),  # type: ignore[call-overload]
    "batch, configs": (lambda: step.batch([1], config=7), "config"),  # type: ignore[call-overload]
    "config, how many at once": (
        lambda: step.invoke(1, config={"max_concurrency": "x"}),  # type: ignore[arg-type]
        "max_concurrency",
    ),
    "config, name": (lambda: step.invoke(1, config={"run_name": 7}), "run_name"),  # type: ignore[arg-type]
    "map": (lambda: step.map().invoke(7), r"map\(\)"),  # type: ignore[arg-type]
    "retry, attempts": (lambda: step.with_retry(stop_after_attempt="x"), "stop_after_attempt"),  # type: ignore[arg-type]
    "retry, exceptions": (
        lambda: step.with_retry(retry_if_exception_type="x"),  # type: ignore[arg-type]
        "retry_if_exception_type",
    ),
    "fallbacks": (lambda: step.with_fallbacks(7), "fallbacks"),  # type: ignore[arg-type]
    "fallbacks, exceptions": (
        lambda: step.with_fallbacks([step], exceptions_to_handle="x"),  # type: ignore[arg-type]
        "exceptions_to_handle",
    ),
    "pick": (lambda: step.pick(7), "keys"),  # type: ignore[arg-type]
    "steps side by side": (lambda: RunnableParallel(7), "steps"),  # type: ignore[arg-type]
    "events, filters": (lambda: step.stream_events(1, include_names=7), "include_names"),  # type: ignore[arg-type]
    "observer": (lambda: register_observer(7), "observer"),
    "chunks": (lambda: merge_chunks(["a"]), "chunks"),  # type: ignore[list-item]
    "event to JSON": (lambda: event_to_json(7), "event"),  # type: ignore[arg-type]
    "event to SSE": (lambda: event_to_sse(7), "event"),  # type: ignore[arg-type]
    "event from JSON": (lambda: event_from_json(7), "line"),  # type: ignore[arg-type]
    "events from SSE": (lambda: list(events_from_sse(["a"])), "data"),  # type: ignore[list-item]
    "a prompt's input": (lambda: (prompt | model).invoke(None), "None"),
    "a prompt's value": (lambda: PromptValue([7]), "messages"),  # type: ignore[list-item]
    "a place for messages": (lambda: MessagesPlaceholder(7), "variable_name"),  # type: ignore[arg-type]
    "a parser's text": (lambda: JsonOutputParser().parse(7), "text"),  # type: ignore[arg-type]
    "a tool's function": (lambda: tool("name")(7), "function"),  # type: ignore[arg-type]
    "tools, strict": (lambda: model.bind_tools([look], strict="x"), "strict"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("call", "named"), CALLS.values(), ids=list(CALLS))
def test_an_argument_of_another_type_is_refused_by_its_name(
    call: Callable[[], object], named: str
) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        call()


def test_a_step_whose_function_returns_the_step_itself_is_refused() -> None:
    endless: RunnableLambda[Any, Any] = RunnableLambda(lambda value: endless)
    with pytest.raises(InvalidParameterError, match="returns the step itself"):
        endless.invoke(1)


class YieldsChunks(FakeChatModel):
    """A model whose author yields chunks where lists of chunks belong."""

    def _stream(self, messages: list[Message], **options: object) -> Iterator[Any]:  # type: ignore[override]
        yield AIMessageChunk("a")


@pytest.mark.parametrize("read", ["stream", "stream_events"])
def test_a_model_that_yields_chunks_instead_of_lists_is_refused(read: str) -> None:
    careless = YieldsChunks(responses=["a"])
    with pytest.raises(InvalidParameterError, match="yield lists of chunks"):
        list(getattr(careless, read)("Hi"))


def test_a_tool_refuses_the_call_of_another_tool() -> None:
    with pytest.raises(ToolInputError, match=r"'look'.*'listen'"):
        look.invoke(ToolCall("listen", {"place": "here"}, "call_1"))


def test_a_schema_that_is_nested_too_deeply_is_refused_wherever_it_is_given() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(400):
        schema = {"type": "object", "properties": {"inner": schema}}
    schema["title"] = "Deep"
    wire = {"type": "function", "function": {"name": "deep", "parameters": schema}}
    for give in (
        lambda: model.bind_tools([schema]),
        lambda: model.bind_tools([wire]),
        lambda: model.with_structured_output(schema),
    ):
        with pytest.raises(InvalidParameterError, match="nested deeper than 100"):
            give()


_ERRORS = [value for value in vars(chat_core.errors).values() if inspect.isclass(value)]


def _callables() -> Iterator[tuple[str, Callable[..., object]]]:
    for name in chat_core.__all__:
        value = getattr(chat_core, name)
        if inspect.isfunction(value) or (inspect.isclass(value) and value not in _ERRORS):
            yield name, value


def _calls(function: Callable[..., object]) -> Iterator[dict[str, Any]]:
    """Keyword arguments for ``function``: each parameter with each wrong value, the others right
    by their defaults or as wrong.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    required = [p.name for p in named if p.default is p.empty]
    for value in WRONG:
        yield dict.fromkeys(required, value)
        for parameter in named:
            for other in ("word", 7):
                yield {**dict.fromkeys(required, other), parameter.name: value}


PUBLIC = dict(_callables())


@pytest.mark.parametrize("function", PUBLIC.values(), ids=list(PUBLIC))
def test_no_error_from_inside_escapes_a_public_callable(
    function: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own errors about a signature (a missing argument) have no frame of the library."""
    # A class can be called, so it is taken as a source; the tests that follow must not have it.
    monkeypatch.setattr(profile_sources, "_registered", [])
    escaped: list[str] = []
    for given in _calls(function):
        try:
            made = function(**given)
            if inspect.isgenerator(made):
                list(made)
        except ChatError:
            continue
        except ValueError as error:
            if "not registered as an observer" not in str(error):
                escaped.append(f"{given!r:.90}: {error!s:.90}")
        except Exception as error:  # noqa: BLE001 - what escapes is what is looked for
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                escaped.append(f"{given!r:.90}: {type(error).__name__}: {error!s:.90}")
    assert escaped == []
