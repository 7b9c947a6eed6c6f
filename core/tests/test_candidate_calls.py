"""Several candidates of one request: whole and streamed, in blocking code and on an event loop."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.http_answers import Answer, json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import hookimpl, register_observer, unregister_observer
from chat_core.errors import InvalidParameterError, MalformedResponseError, ServerError
from chat_core.messages.chunks import AIMessageChunk
from chat_core.models.middleware import ModelMiddleware, wrap_model
from chat_core.wire.candidates import CandidateWire
from chat_core.wire.decoder import Decoder
from letters import LettersDecoder
from letters_model import LettersModel


class ChoiceDecoder(Decoder):
    """Decodes ``{"choices": [letters]}``, of which it gets those of one candidate."""

    def __init__(self) -> None:
        self._letters = LettersDecoder()

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        (only,) = wire.get("choices") or [wire]
        return self._letters.feed(only)

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        return self._letters.finish(marker=marker)

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        return self._letters.reply(wire["choices"][0])


class ChoicesModel(LettersModel):
    """Asks for several answers by ``n``."""

    def _candidate_wire(self) -> CandidateWire:
        return CandidateWire("choices", ("n",))

    def _decoder(self) -> Decoder:
        return ChoiceDecoder()


WHOLE = json_answer({"choices": [{"t": "one", "end": "stop"}, {"t": "two", "end": "stop"}]})


def choice(index: int, **letters: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, **letters}]}


def streamed(*frames: dict[str, Any]) -> Answer:
    return sse(list(frames))


STREAM = (choice(0, t="o"), choice(1, t="tw"), choice(1, t="o"), choice(0, t="ne"))
ENDS = (choice(0, end="stop"), choice(1, end="stop"))


def test_each_candidate_is_a_message_of_its_own() -> None:
    with WireServer(WHOLE) as server, ChoicesModel(base_url=server.url) as model:
        assert [message.content for message in model.candidates("hi", n=2)] == ["one", "two"]
    assert server.requests[0].json["n"] == 2


async def test_candidates_on_an_event_loop_are_the_same() -> None:
    with WireServer([WHOLE, streamed(*STREAM, *ENDS)]) as server:
        async with ChoicesModel(base_url=server.url) as model:
            whole = await model.acandidates("hi", n=2, extra_body={"seed": 1})
            pairs = [pair async for pair in model.astream_candidates("hi", n=2)]
    assert [message.content for message in whole] == ["one", "two"]
    assert texts(pairs) == {0: "one", 1: "two"}
    assert server.requests[0].json["seed"] == 1


def texts(pairs: list[tuple[int, AIMessageChunk]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for index, chunk in pairs:
        found[index] = found.get(index, "") + chunk.content
    return found


def test_chunks_come_with_the_index_of_their_candidate() -> None:
    with WireServer(streamed(*STREAM, *ENDS)) as server, ChoicesModel(base_url=server.url) as model:
        pairs = list(model.stream_candidates("hi", n=2))
    assert [index for index, chunk in pairs if chunk.content] == [0, 1, 1, 0]
    assert texts(pairs) == {0: "one", 1: "two"}


class Outputs:
    def __init__(self) -> None:
        self.seen: list[str] = []

    @hookimpl
    def chat_run_end(self, run: Any, output: Any) -> None:
        self.seen.append(output.content)


async def test_a_call_is_one_run_with_the_first_candidate_as_output() -> None:
    outputs = Outputs()
    register_observer(outputs)
    try:
        answers = [WHOLE, WHOLE, streamed(*STREAM, *ENDS), streamed(*STREAM, *ENDS)]
        with WireServer(answers) as server, ChoicesModel(base_url=server.url) as model:
            model.candidates("hi", n=2)
            async with model:
                await model.acandidates("hi", n=2)
                assert [pair async for pair in model.astream_candidates("hi", n=2)]
            assert list(model.stream_candidates("hi", n=2))
    finally:
        unregister_observer(outputs)
    assert outputs.seen == ["one"] * 4


async def test_an_error_in_a_stream_carries_the_first_candidate_so_far() -> None:
    broken = streamed(choice(0, t="o"), choice(1, t="two"), {"error": 500})
    with WireServer([broken, broken]) as server:
        async with ChoicesModel(base_url=server.url) as model:
            with pytest.raises(ServerError) as raised:
                list(model.stream_candidates("hi", n=2))
            assert raised.value.partial is not None
            assert raised.value.partial.content == "o"
            with pytest.raises(ServerError) as raised:
                [pair async for pair in model.astream_candidates("hi", n=2)]
            assert raised.value.partial is not None


def test_a_stream_where_whole_answers_were_asked_for_is_named() -> None:
    with (
        WireServer(streamed(*STREAM, *ENDS)) as server,
        ChoicesModel(base_url=server.url) as model,
        pytest.raises(MalformedResponseError),
    ):
        model.candidates("hi", n=2)


def test_a_model_with_middleware_refuses_candidates_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="middleware"):
        wrap_model(ChoicesModel(), ModelMiddleware()).candidates("hi", n=2)


@pytest.mark.parametrize("n", [0, -1, "2", 1.5])
def test_a_number_of_candidates_is_a_positive_count(n: Any) -> None:
    with pytest.raises(InvalidParameterError, match="n"):
        ChoicesModel().candidates("hi", n=n)
