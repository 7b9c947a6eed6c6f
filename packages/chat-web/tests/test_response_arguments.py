"""What ``ChatResponse`` and ``ResumableStreams`` refuse, and functions of the program that fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from chat_core import ChatError, InvalidParameterError, StreamEvent, events_from_sse
from chat_web import ChatResponse, EventEncoder, MemoryStore, ResumableStreams, frame


async def words() -> AsyncIterator[str]:
    yield "One "


async def broken() -> AsyncIterator[str]:
    yield "One "
    raise LookupError("lost")


class Failing:
    """An encoder whose method ``name`` fails."""

    headers: Mapping[str, str] = {}

    def __init__(self, name: str) -> None:
        self._name = name

    def _frames(self, name: str) -> list[bytes]:
        if name == self._name:
            raise RuntimeError("the encoder fails")
        return [frame(name)]

    def start(self) -> list[bytes]:
        return self._frames("start")

    def feed(self, event: StreamEvent) -> list[bytes]:
        return self._frames("feed")

    def finish(self) -> Any:
        yield from self._frames("finish")

    def error(self, error: ChatError) -> Any:
        yield from self._frames("error")

    def abort(self, text: str) -> Any:
        yield from self._frames("abort")


async def sent(response: ChatResponse) -> tuple[bytes, bool]:
    """The body that ``response`` sends, and whether it was ended as HTTP ends one."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    await response({"type": "http", "method": "GET", "headers": []}, receive, send)
    body = b"".join(message.get("body", b"") for message in messages)
    return body, messages[-1].get("more_body") is False


STREAMS = ResumableStreams(MemoryStore())

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "blocking stream": (lambda: ChatResponse(iter("ab")), "source is what .* block the event loop"),  # type: ignore[arg-type]
    "awaitable": (lambda: ChatResponse(asyncio.sleep(0)), "source .* that is not awaited"),  # type: ignore[arg-type]
    "whole answer": (lambda: ChatResponse("One"), "source is what model.astream"),  # type: ignore[arg-type]
    "no source": (lambda: ChatResponse(None), "source is what model.astream"),  # type: ignore[arg-type]
    "class": (lambda: ChatResponse(words(), encoder=EventEncoder), "encoder is an object"),  # type: ignore[arg-type]
    "name": (lambda: ChatResponse(words(), encoder="vercel"), "encoder is an object"),  # type: ignore[arg-type]
    "heartbeat 0": (lambda: ChatResponse(words(), heartbeat=0), "heartbeat is .* above 0"),
    "heartbeat nan": (lambda: ChatResponse(words(), heartbeat=float("nan")), "heartbeat is"),
    "heartbeat text": (lambda: ChatResponse(words(), heartbeat="9"), "heartbeat is"),  # type: ignore[arg-type]
    "show": (lambda: ChatResponse(words(), show=True), "show is a function"),  # type: ignore[arg-type]
    "text": (lambda: ChatResponse(words(), text="sorry"), "text is a function"),  # type: ignore[arg-type]
    "store": (lambda: ChatResponse(words(), resumable=MemoryStore()), "resumable is a Resumable"),  # type: ignore[arg-type]
    "stream": (lambda: ChatResponse.resume(STREAMS, stream=5), "stream is the id"),  # type: ignore[arg-type]
    "no store": (lambda: ResumableStreams("streams.db"), "store is a MemoryStore"),  # type: ignore[arg-type]
    "store class": (lambda: ResumableStreams(MemoryStore), "store is a MemoryStore"),  # type: ignore[arg-type]
    "negative": (lambda: ResumableStreams(MemoryStore(), keep_running=-1), "keep_running is"),
    "keep text": (lambda: ResumableStreams(MemoryStore(), keep_running="9"), "keep_running is"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_argument_of_another_kind_is_refused_by_its_name(case: str) -> None:
    make, message = REFUSED[case]
    with pytest.raises(InvalidParameterError, match=message):
        make()


def _raises(error: Exception) -> str:
    raise RuntimeError("no text for this")


@pytest.mark.parametrize("text", [_raises, lambda _: None, lambda _: 5])
async def test_a_text_function_that_fails_gives_way_to_the_usual_sentence(
    text: Any, caplog: pytest.LogCaptureFixture
) -> None:
    body, is_whole = await sent(ChatResponse(broken(), text=text))
    *_, end = events_from_sse([body])
    assert end["data"]["error"].message == "The answer failed."
    assert is_whole
    assert ("text= failed" in caplog.text) is (text is _raises)


@pytest.mark.parametrize(
    ("fails", "source", "last"),
    [
        ("start", words, "error"),
        ("feed", words, "error"),
        ("finish", words, "error"),
        ("error", broken, "feed"),
    ],
)
async def test_an_encoder_that_fails_tears_no_connection(
    fails: str,
    source: Callable[[], AsyncIterator[str]],
    last: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "chat_web")
    body, is_whole = await sent(ChatResponse(source(), encoder=Failing(fails)))
    assert body.decode().rstrip().splitlines()[-1] == f"data: {last}"
    assert is_whole
    assert "the encoder fails" in caplog.text


async def test_an_encoder_that_fails_at_a_stop_ends_a_kept_answer_all_the_same() -> None:
    going = asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        yield "One "
        going.set()
        await asyncio.Event().wait()

    streams = ResumableStreams(MemoryStore())
    response = ChatResponse(endless(), encoder=Failing("abort"), resumable=streams)
    sending = asyncio.create_task(sent(response))
    await going.wait()
    await streams.stop(response.headers["x-stream-id"])
    body, is_whole = await asyncio.wait_for(sending, 5)
    assert b"feed" in body
    assert is_whole
