"""Every recording through the SDK's request and a loopback socket: sync, async, whole, streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from chat_conformance.expectations import compare, compare_error
from chat_conformance.recordings import Recording, recording_params
from chat_conformance.wire_server import WireServer
from chat_core.errors import ChatError
from chat_mistralai import ChatMistralAI
from pydantic import SecretStr

RECORDINGS = recording_params("mistralai", "chat-completions")


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(server: WireServer) -> AsyncIterator[ChatMistralAI]:
    async with ChatMistralAI(
        model="mistral-test", api_key=SecretStr("key"), base_url=server.url, max_retries=0
    ) as made:
        yield made


@pytest.mark.parametrize("recording", RECORDINGS)
def test_each_recording_replays_over_a_socket(
    recording: Recording, server: WireServer, model: ChatMistralAI
) -> None:
    server.reset()
    server.queue(recording.answer(), recording.answer(piece=64))
    if recording.raises:
        for ask in (model.invoke, lambda q: list(model.stream(q))):
            with pytest.raises(ChatError) as caught:
                ask("Q")
            assert compare_error(caught.value, recording) == []
    else:
        # A whole answer to a question for a stream is what a server that ignores `stream` sends.
        stream = model.stream("Q")
        assert list(stream)
        assert compare(stream.message, recording) == []
        if not recording.stream:
            assert compare(model.invoke("Q"), recording) == []
    assert [request.path for request in server.requests][:1] == ["/v1/chat/completions"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("recording", RECORDINGS)
async def test_each_recording_replays_on_an_event_loop(
    recording: Recording, server: WireServer, model: ChatMistralAI
) -> None:
    server.reset()
    server.queue(recording.answer(), recording.answer(piece=64))
    if recording.raises:
        with pytest.raises(ChatError) as caught:
            await model.ainvoke("Q")
        assert compare_error(caught.value, recording) == []
        with pytest.raises(ChatError) as caught:
            [chunk async for chunk in model.astream("Q")]
        assert compare_error(caught.value, recording) == []
        return
    stream = model.astream("Q")
    assert [chunk async for chunk in stream]
    assert compare(stream.message, recording) == []
    if not recording.stream:
        assert compare(await model.ainvoke("Q"), recording) == []
