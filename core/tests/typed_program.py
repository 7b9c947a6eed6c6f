"""A user's program: what type checkers must infer of it, without an annotation in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

from chat_core import (
    AIMessage,
    AIMessageChunk,
    ChatModel,
    ChatPromptTemplate,
    JsonOutputParser,
    PydanticOutputParser,
    Runnable,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    StrOutputParser,
    get_chat_model,
    tool,
)
from pydantic import BaseModel
from typing_extensions import TypedDict


class City(BaseModel):
    name: str


class Place(TypedDict):
    name: str


@tool
def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@tool("look_up", description="Look a word up.")
def look(word: str) -> list[str]:
    return [word]


def shout(message: AIMessage) -> str:
    return message.content.upper()


async def ashout(message: AIMessage) -> str:
    return message.content.upper()


def lines(chunks: Iterator[AIMessageChunk]) -> Iterator[str]:
    for chunk in chunks:
        yield chunk.content


async def alines(chunks: AsyncIterator[AIMessageChunk]) -> AsyncIterator[str]:
    async for chunk in chunks:
        yield chunk.content


def route(question: str) -> Runnable[str, str]:
    return prompt | chat | shout if question else RunnableLambda(str)


chat = get_chat_model("groq:any", temperature=0)
prompt = ChatPromptTemplate([("human", "{q}")])
text = prompt | chat | StrOutputParser()


def calls() -> None:
    assert_type(chat, ChatModel)
    assert_type(chat.invoke("q"), AIMessage)
    assert_type(chat.batch(["a", "b"]), list[AIMessage])
    assert_type(chat.batch(["a"], return_exceptions=True), list[AIMessage | Exception])
    assert_type(dict(chat.batch_as_completed(["a"])), dict[int, AIMessage])
    assert_type(list(chat.stream("q")), list[AIMessageChunk])
    assert_type(chat.bind_tools([add]).invoke("q"), AIMessage)
    for message in (chat.with_retry(), chat.with_fallbacks([chat]), chat.bind(stop=["x"])):
        assert_type(message.invoke("q"), AIMessage)
    assert_type(next(iter(chat.with_retry().stream("q"))), AIMessageChunk)


def objects() -> None:
    assert_type(chat.with_structured_output(City).invoke("q"), City)
    assert_type(chat.with_structured_output(Place).invoke("q"), Place)
    assert_type(chat.with_structured_output(City).batch(["q"]), list[City])
    assert_type(chat.with_structured_output({"title": "City"}).invoke("q"), Any)
    assert_type(chat.with_structured_output(City, include_raw=True).invoke("q")["raw"], AIMessage)
    assert_type(chat.with_retry().with_structured_output(City).invoke("q"), City)
    assert_type((chat | PydanticOutputParser(City)).invoke("q"), City)
    assert_type((chat | JsonOutputParser()).invoke("q"), Any)


def chains() -> None:
    assert_type(text.invoke({"q": "x"}), str)
    assert_type(list(text.stream({"q": "x"})), list[str])
    assert_type((prompt | chat).invoke({"q": "x"}), AIMessage)
    assert_type(list((prompt | chat).stream({})), list[AIMessageChunk])
    for by_function in (chat | shout, chat | ashout, chat | lines, chat | alines):
        assert_type(by_function.invoke("q"), str)
    assert_type(list((chat | lines).stream("q")), list[str])
    assert_type((text | route).invoke({}), str)
    assert_type(RunnableLambda(route).invoke("q"), str)
    assert_type((text | len).batch([{}]), list[int])
    assert_type((chat | {"a": shout, "b": shout}).invoke("q"), dict[str, Any])
    assert_type(RunnableParallel(a=shout).invoke(1), dict[str, Any])
    assert_type(RunnableLambda(shout), RunnableLambda[AIMessage, str])
    assert_type(RunnableLambda(ashout), RunnableLambda[AIMessage, str])
    assert_type(RunnableGenerator(lines).invoke(AIMessageChunk("a")), str)
    assert_type(RunnableLambda(shout).map().invoke([AIMessage("a")]), list[str])
    step: Runnable[dict[str, str], str] = text
    assert_type(step.invoke({}), str)


async def on_a_loop() -> None:
    assert_type(await chat.ainvoke("q"), AIMessage)
    assert_type(await text.abatch([{}]), list[str])
    async for piece in text.astream({"q": "x"}):
        assert_type(piece, str)
    async for event in text.astream_events({"q": "x"}):
        assert_type(event["event"], str)


def tools() -> None:
    assert_type(add(1, b=2), int)
    assert_type(look("word"), list[str])
    add("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    chat.max_token = 3  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
