"""Every recording of Groq through the real SDK over a loopback socket, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from chat_conformance.expectations import compare, compare_error
from chat_conformance.recordings import Recording, recording_params
from chat_conformance.wire_server import WireServer
from chat_core.errors import ChatError
from chat_groq import ChatGroq
from pydantic import SecretStr

RECORDINGS = recording_params("groq", "chat-completions")


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(server: WireServer) -> AsyncIterator[ChatGroq]:
    key = SecretStr("gsk_test")
    async with ChatGroq(model="m", api_key=key, base_url=server.url, max_retries=0) as made:
        yield made


@pytest.mark.parametrize("piece", [None, 7])
@pytest.mark.parametrize("recording", RECORDINGS)
def test_a_recording_streams_through_the_sdk(
    recording: Recording, piece: int | None, server: WireServer, model: ChatGroq
) -> None:
    server.reset()
    server.queue(recording.answer(piece))
    stream = model.stream("Q")
    if recording.raises:
        with pytest.raises(ChatError) as caught:
            list(stream)
        assert compare_error(caught.value, recording) == []
    else:
        assert list(stream)
        assert compare(stream.message, recording) == []
    assert len(server.requests) == 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("recording", RECORDINGS)
async def test_a_recording_streams_through_the_async_sdk(
    recording: Recording, server: WireServer, model: ChatGroq
) -> None:
    server.reset()
    server.queue(recording.answer())
    stream = model.astream("Q")
    if recording.raises:
        with pytest.raises(ChatError) as caught:
            [chunk async for chunk in stream]
        assert compare_error(caught.value, recording) == []
    else:
        assert [chunk async for chunk in stream]
        assert compare(stream.message, recording) == []
    assert len(server.requests) == 1


WHOLE = recording_params("groq", "chat-completions", stream=False)


@pytest.mark.parametrize("recording", WHOLE)
def test_a_whole_answer_is_invoked_through_the_sdk(
    recording: Recording, server: WireServer, model: ChatGroq
) -> None:
    server.reset()
    server.queue(recording.answer())
    if recording.raises:
        with pytest.raises(ChatError) as caught:
            model.invoke("Q")
        assert compare_error(caught.value, recording) == []
    else:
        assert compare(model.invoke("Q"), recording) == []


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("recording", WHOLE)
async def test_a_whole_answer_is_invoked_through_the_async_sdk(
    recording: Recording, server: WireServer, model: ChatGroq
) -> None:
    server.reset()
    server.queue(recording.answer())
    if recording.raises:
        with pytest.raises(ChatError) as caught:
            await model.ainvoke("Q")
        assert compare_error(caught.value, recording) == []
    else:
        assert compare(await model.ainvoke("Q"), recording) == []
