"""Media in: inline, by URL, by file, with their types."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import (
    AudioBlock,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    NonStandardBlock,
    VideoBlock,
)
from chat_core.provider import MediaBlock
from chat_google_genai.dialect import GEMINI_API, Dialect
from chat_google_genai.parts import media_part, user_part
from gemini_wire import contents

VERTEX = Dialect("google-vertexai", needs_mime_type=True)


def part(block: MediaBlock, dialect: Dialect = GEMINI_API) -> dict[str, Any]:
    return media_part(block, dialect)


def test_bytes_go_inline() -> None:
    assert part(AudioBlock(base64="c25k", mime_type="audio/wav")) == {
        "inlineData": {"mimeType": "audio/wav", "data": "c25k"}
    }


def test_a_data_url_goes_inline() -> None:
    assert part(ImageBlock("data:image/png;base64,aW1n")) == {
        "inlineData": {"mimeType": "image/png", "data": "aW1n"}
    }


@pytest.mark.parametrize("url", ["data:image/png;base64,?", "data:image/png;base64"])
def test_a_data_url_that_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(InvalidParameterError, match="data URL"):
        part(ImageBlock(url))


@pytest.mark.parametrize(
    ("block", "mime"),
    [
        (ImageBlock("https://x/a.JPG?size=9"), "image/jpeg"),
        (FileBlock("gs://bucket/a.pdf"), "application/pdf"),
        (VideoBlock("https://youtu.be/abc"), "video/mp4"),
        (VideoBlock("https://www.youtube.com/watch?v=abc"), "video/mp4"),
        (ImageBlock("https://x/a.png", mime_type="image/webp"), "image/webp"),
    ],
)
def test_a_file_by_url_has_the_type_that_is_given_or_that_its_name_tells(
    block: MediaBlock, mime: str
) -> None:
    assert part(block) == {"fileData": {"fileUri": block.url, "mimeType": mime}}


def test_a_type_that_nothing_tells_is_needed_on_vertex_only() -> None:
    assert part(ImageBlock("https://x/a")) == {"fileData": {"fileUri": "https://x/a"}}
    with pytest.raises(InvalidParameterError, match=r"ImageBlock for google-vertexai.*mime_type"):
        part(ImageBlock("https://x/a"), VERTEX)


def test_bytes_without_a_type_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match=r"ImageBlock.*mime_type"):
        part(ImageBlock(base64="aW1n"))


def test_an_uploaded_file_is_named_by_its_uri() -> None:
    root = "https://generativelanguage.googleapis.com/v1beta/"
    got = part(FileBlock(file_id="files/abc", mime_type="application/pdf"))
    assert got["fileData"]["fileUri"] == root + "files/abc"
    got = part(FileBlock(file_id="gs://b/x.pdf"), VERTEX)
    assert got == {"fileData": {"fileUri": "gs://b/x.pdf", "mimeType": "application/pdf"}}


def test_the_resolution_of_media_stands_on_the_part() -> None:
    got = user_part(ImageBlock("https://x/a.png", extras={"detail": "high"}), GEMINI_API)
    assert got
    assert got["mediaResolution"] == {"level": "MEDIA_RESOLUTION_HIGH"}
    got = user_part(VideoBlock("https://x/a.mp4", extras={"video_metadata": {"fps": 1}}), VERTEX)
    assert got
    assert got["videoMetadata"] == {"fps": 1}
    got = user_part(ImageBlock("https://x/a.png", extras={"detail": "auto"}), GEMINI_API)
    assert got
    assert "mediaResolution" not in got


@pytest.mark.parametrize(
    "block",
    [
        FileBlock(file_id="files/abc", mime_type="application/pdf"),
        ImageBlock(
            "https://generativelanguage.googleapis.com/v1beta/files/abc", mime_type="image/png"
        ),
    ],
)
def test_a_file_of_the_gemini_api_is_refused_on_vertex(block: MediaBlock) -> None:
    with pytest.raises(InvalidParameterError, match="a file of the Gemini API"):
        part(block, VERTEX)
    assert "/files/abc" in part(block)["fileData"]["fileUri"]


@pytest.mark.parametrize("dialect", [GEMINI_API, VERTEX])
def test_a_file_id_of_another_vendor_is_refused(dialect: Dialect) -> None:
    with pytest.raises(InvalidParameterError, match=r"'file-abc' is no file that"):
        part(FileBlock(file_id="file-abc", mime_type="application/pdf"), dialect)


def test_media_without_data_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="no data"):
        part(ImageBlock(base64="", mime_type="image/png"))


def test_a_part_in_googles_shape_goes_verbatim() -> None:
    value = {"newKind": {"a": 1}}
    (content,) = contents(HumanMessage([NonStandardBlock(value)]))
    assert content["parts"] == [value]
