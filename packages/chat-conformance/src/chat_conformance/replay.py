"""Replays a provider's recorded exchanges over a socket and compares what its model decodes.

    class TestRecordedTraffic(RecordedTraffic):
        provider = "groq"

        def make(self, recording: Recording, url: str) -> ChatModel:
            return ChatGroq(model="m", api_key="key", base_url=url, max_retries=0)

Streams are read as streams. Whole answers are read whole, and also as answers of a server that
ignores ``stream``. Only the answer is compared; the request differs from the recorded one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from chat_core import ChatError

from .expectations import compare, compare_error
from .recordings import recording_params
from .wire_server import WireServer

if TYPE_CHECKING:
    from chat_core import AIMessage, ChatModel

    from .recordings import Recording

__all__ = ["RecordedTraffic"]


class RecordedTraffic:
    """Two tests for each recording of ``provider`` (of one ``api``, where it has several)."""

    provider: ClassVar[str]
    api: ClassVar[str | None] = None

    @abstractmethod
    def make(self, recording: Recording, url: str) -> ChatModel:
        """The model whose server is at ``url``. Switch its retries off: recordings hold 429s."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[WireServer]:
        """The server that replays."""
        with WireServer() as server:
            yield server

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each recording."""
        if "recording" in metafunc.fixturenames:
            metafunc.parametrize("recording", recording_params(self.provider, self.api))

    def test_a_recording_replays(self, recording: Recording, server: WireServer) -> None:
        """What each recording holds comes out, in blocking code."""
        with self.make(recording, server.url) as model:
            for read in (_read, _invoke) if not recording.stream else (_read,):
                server.reset()
                server.queue(recording.answer())
                assert _differences(read, model, recording) == []
                assert len(server.requests) == 1

    async def test_a_recording_replays_on_an_event_loop(
        self, recording: Recording, server: WireServer
    ) -> None:
        """What each recording holds comes out, on an event loop."""
        async with self.make(recording, server.url) as model:
            for read in (_aread, _ainvoke) if not recording.stream else (_aread,):
                server.reset()
                server.queue(recording.answer())
                assert await _adifferences(read, model, recording) == []
                assert len(server.requests) == 1


def _invoke(model: ChatModel) -> AIMessage:
    return model.invoke("Q")


def _read(model: ChatModel) -> AIMessage:
    stream = model.stream("Q")
    assert list(stream)
    return stream.message


async def _ainvoke(model: ChatModel) -> AIMessage:
    return await model.ainvoke("Q")


async def _aread(model: ChatModel) -> AIMessage:
    stream = model.astream("Q")
    assert [chunk async for chunk in stream]
    return stream.message


def _differences(
    read: Callable[[ChatModel], AIMessage], model: ChatModel, recording: Recording
) -> list[str]:
    try:
        message = read(model)
    except ChatError as error:
        return _judge(error, recording)
    return _judge(message, recording)


async def _adifferences(
    read: Callable[[ChatModel], Awaitable[AIMessage]], model: ChatModel, recording: Recording
) -> list[str]:
    try:
        message = await read(model)
    except ChatError as error:
        return _judge(error, recording)
    return _judge(message, recording)


def _judge(outcome: Any, recording: Recording) -> list[str]:
    if isinstance(outcome, ChatError):
        return compare_error(outcome, recording) if recording.raises else [repr(outcome)]
    return ["it raised nothing"] if recording.raises else compare(outcome, recording)
