"""What each vendor takes of media: more is refused before anything is sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from chat_conformance.wire_server import WireServer
from chat_core import (
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    TextBlock,
    VideoBlock,
    get_chat_model,
)
from chat_core.provider import WireModel, encode_row

MB = 1024 * 1024


def image(megabytes: float, mime_type: str = "image/png") -> ImageBlock:
    return ImageBlock(base64="A" * (int(megabytes * MB * 4 / 3) // 4 * 4), mime_type=mime_type)


def file(megabytes: float, mime_type: str = "application/pdf") -> FileBlock:
    data = "A" * (int(megabytes * MB * 4 / 3) // 4 * 4)
    return FileBlock(base64=data, mime_type=mime_type, name="ponds.pdf")


def video(megabytes: float) -> VideoBlock:
    return VideoBlock(base64="A" * (int(megabytes * MB) // 4 * 4), mime_type="video/mp4")


TOO_MUCH: list[tuple[str, list[Any], str]] = [
    ("anthropic:claude-haiku-4-5", [image(7.6)], "Anthropic takes images of at most 10 MB"),
    ("anthropic:claude-haiku-4-5", [file(25)], "Anthropic takes at most 32 MB. model.upload"),
    ("openai:gpt-4o-mini", [file(51)], "OpenAI takes files of at most 50 MB"),
    ("openai:gpt-4o-mini", [image(0.1, "image/tiff")], "OpenAI takes images of type image/gif"),
    ("openai:gpt-4o-mini", [ImageBlock("https://a.org/b.png")] * 1501, "1500 images"),
    ("groq:llama-3.3-70b-versatile", [image(2), image(2)], "Groq takes at most 4 MB"),
    ("mistralai:mistral-small-latest", [image(10.1)], "Mistral takes images of at most 10 MB"),
    ("mistralai:mistral-small-latest", [file(51)], "Mistral takes files of at most 50 MB"),
    ("google-genai:gemini-2.5-flash", [file(51)], "takes files of at most 50 MB"),
    ("google-genai:gemini-2.5-flash", [image(40), image(40)], "at most 100 MB. model.upload"),
    ("google-genai:gemini-2.5-flash", [image(0.1, "image/gif")], "images of type image/heic"),
    ("google-vertexai:gemini-2.5-flash", [image(7.1)], "images of at most 7 MB. Make it smaller"),
    ("bedrock:amazon.nova-lite-v1:0", [image(3.8)], "Bedrock takes images of at most 3.75 MB"),
    ("bedrock:amazon.nova-lite-v1:0", [file(4.6)], "Bedrock takes files of at most 4.5 MB"),
    ("bedrock:amazon.nova-lite-v1:0", [video(25.1)], "s3://"),
]


@pytest.mark.parametrize(("name", "blocks", "words"), TOO_MUCH, ids=lambda v: str(v)[:40])
def test_too_much_is_refused_before_it_is_sent(name: str, blocks: list[Any], words: str) -> None:
    with WireServer() as server:
        model = get_chat_model(name, base_url=server.url, api_key="a-key")
        assert isinstance(model, WireModel)
        question = [HumanMessage([TextBlock("What is this?"), *blocks])]
        for refused in (
            lambda: model.invoke(question),
            lambda: list(model.stream(question)),
            lambda: asyncio.run(model.ainvoke(question)),
            lambda: encode_row(model, question),
        ):
            with pytest.raises(InvalidParameterError, match=r"Message 0|request") as raised:
                refused()
            assert words in str(raised.value)
        assert not server.requests


ENOUGH: list[tuple[str, list[Any]]] = [
    ("anthropic:claude-haiku-4-5", [image(7.4)]),
    ("anthropic:claude-haiku-4-5", [file(23)]),
    ("openai:gpt-4o-mini", [file(49)]),
    ("groq:llama-3.3-70b-versatile", [image(2.9)]),
    ("mistralai:mistral-small-latest", [image(9.9)]),
    ("google-genai:gemini-2.5-flash", [file(49)]),
    ("google-vertexai:gemini-2.5-flash", [image(6.9)]),
    ("google-vertexai:gemini-3-flash-preview", [image(9)]),
    ("bedrock:amazon.nova-lite-v1:0", [image(3.7), file(4.4)]),
    ("fireworks:accounts/fireworks/models/llama-v3p1-8b-instruct", [image(20)]),
    ("openai-compatible:pond", [image(60)]),
    ("ollama:llava", [image(60)]),
]


@pytest.mark.parametrize(("name", "blocks"), ENOUGH, ids=lambda v: str(v)[:40])
def test_what_the_vendor_takes_or_has_no_limit_for_is_encoded(name: str, blocks: list[Any]) -> None:
    model = get_chat_model(name, base_url="http://127.0.0.1:9/v1", api_key="a-key")
    assert isinstance(model, WireModel)
    assert encode_row(model, [HumanMessage([TextBlock("What is this?"), *blocks])])
