"""Every recording through the real SDK over a loopback socket, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from chat_anthropic import ChatAnthropic
from chat_conformance.expectations import compare, compare_error
from chat_conformance.recordings import Recording, recording_params
from chat_conformance.wire_server import WireServer
from chat_core.errors import ChatError
from pydantic import SecretStr

RECORDINGS = recording_params("anthropic", "messages")


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(server: WireServer) -> AsyncIterator[ChatAnthropic]:
    async with ChatAnthropic(
        model="claude-test", api_key=SecretStr("sk-ant-test"), base_url=server.url, max_retries=0
    ) as made:
        yield made


@pytest.mark.parametrize("recording", RECORDINGS)
def test_each_recording_replays_through_the_sdk(
    recording: Recording, server: WireServer, model: ChatAnthropic
) -> None:
    server.reset()
    server.queue(recording.answer())
    if recording.raises:
        with pytest.raises(ChatError) as caught:
            model.invoke("Q")
        assert compare_error(caught.value, recording) == []
    elif recording.stream:
        stream = model.stream("Q")
        assert list(stream)
        assert compare(stream.message, recording) == []
    else:
        assert compare(model.invoke("Q"), recording) == []
    assert len(server.requests) == 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("recording", RECORDINGS)
async def test_each_recording_replays_through_the_async_sdk(
    recording: Recording, server: WireServer, model: ChatAnthropic
) -> None:
    server.reset()
    server.queue(recording.answer())
    if recording.raises:
        with pytest.raises(ChatError) as caught:
            await model.ainvoke("Q")
        assert compare_error(caught.value, recording) == []
    elif recording.stream:
        stream = model.astream("Q")
        assert [chunk async for chunk in stream]
        assert compare(stream.message, recording) == []
    else:
        assert compare(await model.ainvoke("Q"), recording) == []
    assert len(server.requests) == 1
