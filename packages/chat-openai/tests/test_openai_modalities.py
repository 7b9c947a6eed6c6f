"""Images and sound in answers, asked for by one setting at both endpoints."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import AudioBlock, HumanMessage, ImageBlock, InvalidParameterError, Message
from chat_core.provider import CallOptions
from chat_openai import ChatOpenAI, ChatOpenAICompatible

HI: list[Message] = [HumanMessage("Hi")]


def _body(model: ChatOpenAI | ChatOpenAICompatible) -> dict[str, Any]:
    return model._encode(HI, CallOptions(), stream=False)


def test_sound_has_a_voice_and_a_format_that_streams_too() -> None:
    sent = _body(ChatOpenAI(model="gpt-audio", modalities=["text", "AUDIO"]))
    assert sent["modalities"] == ["text", "audio"]
    assert sent["audio"] == {"voice": "alloy", "format": "pcm16"}


def test_a_given_voice_and_format_win() -> None:
    model = ChatOpenAI(model="gpt-audio", modalities=["text", "audio"], audio={"voice": "ash"})
    assert _body(model)["audio"] == {"voice": "ash", "format": "pcm16"}
    model = model.bind(audio={"voice": "ash", "format": "wav"})
    assert _body(model)["audio"] == {"voice": "ash", "format": "wav"}


def test_text_alone_asks_for_no_sound() -> None:
    assert "audio" not in _body(ChatOpenAI(model="gpt-audio", modalities=["text"]))


def test_images_of_responses_are_made_by_its_tool() -> None:
    model = ChatOpenAI(model="gpt-5", api="responses", modalities=["text", "image"])
    sent = _body(model)
    assert sent["tools"] == [{"type": "image_generation"}]
    assert not {"modalities", "tool_choice"} & sent.keys()
    alone = _body(model.bind(modalities=["image"]))
    assert alone["tool_choice"] == {"type": "image_generation"}


def test_the_image_tool_of_the_caller_stays_the_only_one() -> None:
    tool = {"type": "image_generation", "quality": "low"}
    model = ChatOpenAI(model="gpt-5", api="responses", modalities=["text", "image"])
    body = model._encode(HI, CallOptions(tools=(tool,)), stream=False)
    assert body["tools"] == [tool]


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"modalities": ["text", "image"]}, "api='responses'"),
        ({"modalities": ["audio"], "api": "responses"}, "api='chat-completions'"),
    ],
)
def test_what_an_endpoint_does_not_write_is_refused_with_the_one_that_does(
    settings: dict[str, Any], remedy: str
) -> None:
    with pytest.raises(InvalidParameterError, match=remedy):
        _body(ChatOpenAI(model="gpt-5", **settings))


def test_a_compatible_server_is_asked_for_images_by_their_name() -> None:
    model = ChatOpenAICompatible(
        model="m", base_url="http://127.0.0.1:1", modalities=["image", "text"]
    )
    assert _body(model)["modalities"] == ["image", "text"]


def test_sound_is_one_block_that_grows_and_goes_back_by_its_id() -> None:
    def frame(finish: str | None = None, **audio: Any) -> dict[str, Any]:
        delta = {"audio": audio} if audio else {}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {"id": "c", "model": "m", "choices": [choice]}

    stream = [
        frame(id="au", transcript="Glub"),
        frame(data="AAE="),
        frame(data="Ag=="),
        frame("stop"),
    ]
    whole = {
        "id": "c",
        "model": "m",
        "choices": [
            {
                "finish_reason": "stop",
                "message": {"audio": {"id": "au", "data": "AAEC", "transcript": "Glub"}},
            }
        ],
    }
    with (
        WireServer([sse([*stream, "[DONE]"]), json_answer(whole), json_answer(whole)]) as server,
        ChatOpenAI(
            model="gpt-audio", base_url=server.url, api_key="k", modalities=["text", "audio"]
        ) as model,
    ):
        streamed = model.stream("Sing")
        assert len([*streamed]) == 4
        message = model.invoke("Sing")
        assert streamed.message.blocks == message.blocks
        model.invoke([HumanMessage("Sing"), message, HumanMessage("Again")])
        assert server.requests[2].json["messages"][1]["audio"] == {"id": "au"}
    (block,) = message.blocks
    assert isinstance(block, AudioBlock)
    assert (block.base64, block.mime_type, block.transcript) == ("AAEC", "audio/pcm16", "Glub")


def test_an_image_of_responses_is_a_block() -> None:
    item = {"type": "image_generation_call", "id": "ig", "status": "completed", "result": "aGk="}
    answer = {"id": "r", "object": "response", "status": "completed", "output": [item]}
    with (
        WireServer([json_answer(answer)]) as server,
        ChatOpenAI(
            model="gpt-5",
            api="responses",
            base_url=server.url,
            api_key="k",
            modalities=["text", "image"],
        ) as model,
    ):
        message = model.invoke("Paint")
    (image,) = [block for block in message.blocks if isinstance(block, ImageBlock)]
    assert (image.base64, image.mime_type) == ("aGk=", "image/png")
