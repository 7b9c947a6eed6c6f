"""Media that a vendor does not take, refused by their sizes, numbers and types before sending."""

from __future__ import annotations

from base64 import b64encode

import pytest
from chat_core.errors import InvalidParameterError
from chat_core.messages.media_blocks import AudioBlock, FileBlock, ImageBlock, VideoBlock
from chat_core.messages.media_limits import MediaLimits, SizeLimit, check_media
from chat_core.messages.message import AIMessage, HumanMessage, Message, ToolMessage

MEBIBYTE = 1024 * 1024

POND = MediaLimits(
    "Pond",
    sizes={
        "image": SizeLimit(1),
        "application/pdf": SizeLimit(0.5, "model.upload(path) has it kept"),
        "file": SizeLimit(2),
        "video": SizeLimit(1, of_base64=True),
    },
    total=SizeLimit(4, "Send them one by one"),
    counts={"audio": 2},
    types={"image": frozenset({"image/png"})},
)


def image(size: int) -> ImageBlock:
    return ImageBlock.from_bytes(b"x" * size, mime_type="image/png")


def check(*blocks: object) -> None:
    check_media([HumanMessage("hi"), HumanMessage(list(blocks))], POND)  # type: ignore[arg-type]


def refusal(*blocks: object) -> str:
    with pytest.raises(InvalidParameterError) as raised:
        check(*blocks)
    return str(raised.value)


def test_a_size_is_refused_from_the_first_byte_above_the_limit() -> None:
    check(image(MEBIBYTE))
    assert refusal(image(MEBIBYTE + 1)) == (
        "Message 1: the ImageBlock (image/png) is 1,048,577 bytes; Pond takes images of at most"
        " 1 MB. Make it smaller."
    )
    assert "is 7.2 MB; Pond takes images of at most 1 MB" in refusal(image(7_200_000))


def test_a_size_may_be_that_of_the_base64() -> None:
    check(VideoBlock(base64="A" * MEBIBYTE, mime_type="video/mp4"))
    too_long = VideoBlock(base64="A" * (MEBIBYTE + 4), mime_type="video/mp4")
    assert "as base64, which is a third longer" in refusal(too_long)


def test_a_limit_of_a_type_goes_before_that_of_its_kind() -> None:
    data = b64encode(b"x" * MEBIBYTE).decode()
    check(FileBlock(base64=data, mime_type="text/plain"))
    report = FileBlock(base64=data, mime_type="application/pdf", name="report.pdf")
    assert refusal(report) == (
        "Message 1: 'report.pdf' is 1 MB; Pond takes files of at most 0.5 MB."
        " model.upload(path) has it kept."
    )


def test_a_file_that_is_an_image_has_the_limits_of_images() -> None:
    data = b64encode(b"x" * (MEBIBYTE + 1)).decode()
    assert "images of at most 1 MB" in refusal(FileBlock(base64=data, mime_type="image/png"))


def test_all_media_of_a_request_have_a_limit_together() -> None:
    check(*[image(MEBIBYTE)] * 2)
    assert refusal(*[image(MEBIBYTE)] * 4) == (
        "The media of this request are 5.6 MB of base64; Pond takes at most 4 MB. Send them one by"
        " one."
    )


def test_a_kind_has_a_number() -> None:
    sound = AudioBlock("https://example.org/a.mp3")
    check(sound, sound)
    assert "Pond takes 2 sounds in a request" in refusal(sound, sound, sound)


def test_a_type_that_the_vendor_does_not_take_is_named() -> None:
    drawing = ImageBlock.from_bytes(b"<svg/>", mime_type="image/svg+xml")
    assert "Pond takes images of type image/png" in refusal(drawing)
    assert "'image/svg+xml'" in refusal(drawing)


def test_what_is_not_known_is_not_checked() -> None:
    huge = image(9 * MEBIBYTE)
    check_media([HumanMessage([huge])], MediaLimits("Pond"))
    check(ImageBlock("https://example.org/huge.tiff"), ImageBlock(file_id="f-1"))


def test_results_of_tools_are_checked_and_answers_are_not() -> None:
    huge = image(2 * MEBIBYTE)
    answer: list[Message] = [AIMessage([huge])]
    check_media(answer, POND)
    with pytest.raises(InvalidParameterError, match="Message 0"):
        check_media([ToolMessage([huge], tool_call_id="c")], POND)
