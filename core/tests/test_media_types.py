"""Laws of media: a ``data:`` URL has one meaning in every spelling, a MIME type has one name."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from chat_core import AudioBlock, FileBlock, ImageBlock, InvalidParameterError, VideoBlock
from chat_core.messages.convert import to_message
from chat_core.messages.media_blocks import MediaBlock
from chat_core.messages.media_types import normal_mime_type, read_data_url
from chat_core.provider import media_url, mime_type_of_name

BYTES = b"\xfb\xef\xff goldfish"
BASE64 = b64encode(BYTES).decode()

SPELLINGS = [
    f"data:image/webp;base64,{BASE64}",
    f"DATA:Image/WebP;BASE64,{BASE64}",
    f"data:image/webp;charset=utf-8;base64,{BASE64}",
    f"data:image/webp;name=fish.webp;charset=binary;base64,{BASE64}",
    f"data: image/webp ; base64,{BASE64}",
    f"data:image/webp;base64,{BASE64.rstrip('=')}",
    f"data:image/webp;base64,{BASE64[:6]}\n{BASE64[6:]}\r\n",
    f"data:image/webp;base64,{urlsafe_b64encode(BYTES).decode()}",
    f"data:image/webp;base64,{BASE64.replace('=', '%3D').replace('+', '%2B')}",
    "data:image/webp," + "".join(f"%{byte:02x}" for byte in BYTES),
]


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_data_url_means_the_same_in_every_spelling(url: str) -> None:
    """Case, parameters, padding, white space, alphabet and encoding change nothing."""
    for block in (ImageBlock(url), to_message(_said(url)).blocks[0]):
        assert isinstance(block, ImageBlock)
        assert (block.url, block.mime_type, block.base64) == (None, "image/webp", BASE64)
        assert media_url(block) == f"data:image/webp;base64,{BASE64}"


def _said(url: str) -> dict[str, Any]:
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"role": "user", "content": [part]}


def test_a_data_url_of_text_is_rewritten_as_utf_8() -> None:
    """The charset of a text is applied once, here, so that no vendor has to know it."""
    latin = b64encode("Größe".encode("latin-1")).decode()
    url = f"data:text/csv;charset=ISO-8859-1;base64,{latin}"
    block = FileBlock(url)
    assert block.mime_type == "text/csv"
    assert b64decode(block.base64 or "").decode() == "Größe"
    assert FileBlock(base64=latin, mime_type="text/csv; charset=latin1") == block


@pytest.mark.parametrize("charset", ["utf-16", "no-such", "idna", "unicode_escape", "zlib", ""])
def test_text_that_is_not_in_its_charset_stays_as_it_is(charset: str) -> None:
    """No byte is lost where a charset is unknown, is no charset, or does not fit the text."""
    block = FileBlock(f"data:text/plain;charset={charset};base64,YWJj")
    assert (block.mime_type, block.base64) == ("text/plain", "YWJj")


def test_a_data_url_without_a_type_is_plain_text() -> None:
    """RFC 2397 gives ``text/plain`` where no type stands."""
    assert read_data_url("data:,a%20b") == ("text/plain", b64encode(b"a b").decode())
    assert read_data_url("data:;base64,YWI=").mime_type == "text/plain"


@pytest.mark.parametrize(
    "url", ["data:image/png;base64", "data:image/png;base64,A", "data:;base64,?"]
)
def test_a_data_url_that_cannot_be_read_is_refused_where_it_is_encoded(url: str) -> None:
    """The block keeps it, because an answer may hold one; no request does."""
    block = ImageBlock(url)
    assert block.url == url
    with pytest.raises(InvalidParameterError, match="data:<mime type>;base64,<data>"):
        media_url(block)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("image/jpg", "image/jpeg"),
        ("IMAGE/PNG", "image/png"),
        ("image/x-png; charset=binary", "image/png"),
        ("audio/mp3", "audio/mpeg"),
        ("audio/x-wav", "audio/wav"),
        ("audio/l16; rate=24000;channels=1", "audio/L16;rate=24000;channels=1"),
        ("application/x-pdf", "application/pdf"),
        ("application/vnd.odd+json", "application/vnd.odd+json"),
    ],
)
def test_a_mime_type_has_one_name(written: str, name: str) -> None:
    """Aliases, case and parameters that mean nothing are gone before an encoder sees the type."""
    assert normal_mime_type(written) == name
    for kind in (ImageBlock, AudioBlock, VideoBlock, FileBlock):
        assert kind(base64="AA==", mime_type=written).mime_type == name


def test_bytes_become_base64() -> None:
    """``from_bytes`` encodes; base64 given as bytes is text; other bytes are refused by name."""
    raw = b"GIF89a\x01\x00"
    given: Any = b64encode(raw)
    image = ImageBlock.from_bytes(raw, mime_type="image/gif")
    assert image == ImageBlock(base64=given, mime_type="image/gif")
    assert FileBlock.from_bytes(b"a", mime_type="text/plain", name="a.txt").name == "a.txt"
    wrong: Any = raw
    with pytest.raises(InvalidParameterError, match=r"base64.*ImageBlock\.from_bytes"):
        ImageBlock(base64=wrong, mime_type="image/gif")


def test_base64_loses_its_line_breaks_but_a_piece_of_a_stream_keeps_its_length() -> None:
    """Programs break lines after 76 characters; a delta of sound may end anywhere."""
    assert ImageBlock(base64="QUJD\nREVG\n", mime_type="image/png").base64 == "QUJDREVG"
    assert AudioBlock(base64="QUJDR", mime_type="audio/wav").base64 == "QUJDR"


def test_a_file_part_with_bare_base64_takes_its_type_from_its_name() -> None:
    """``file_data`` without a scheme has no other place for a type than ``filename``."""
    part = {"type": "file", "file": {"file_data": "AA==", "filename": "Paper.PDF"}}
    assert to_message({"role": "user", "content": [part]}).blocks == (
        FileBlock(base64="AA==", mime_type="application/pdf", name="Paper.PDF"),
    )
    assert mime_type_of_name("noending") is None


def test_reading_a_data_url_takes_time_in_proportion_to_its_length() -> None:
    """Ten times the text, at most some thirty times the time, whatever the text consists of."""
    for piece in (";charset=", "%", "A=", "data:", " ;"):
        seconds = [_seconds_to_read(f"data:text/plain{piece * n}") for n in (10_000, 100_000)]
        assert seconds[1] < 30 * seconds[0] + 0.05, (piece, seconds)


def _seconds_to_read(url: str) -> float:
    start = time.process_time()
    for text in (url, url + ";base64,AA==", f"data:text/plain,{url}"):
        FileBlock(text)
    return time.process_time() - start


def test_a_block_of_a_file_has_its_content_its_type_and_its_name(tmp_path: Path) -> None:
    """``from_path`` takes the type from the ending, unless it is given."""
    picture = tmp_path / "Pond.JPG"
    picture.write_bytes(b"x")
    assert ImageBlock.from_path(picture) == ImageBlock(base64="eA==", mime_type="image/jpeg")
    assert ImageBlock.from_path(str(picture), mime_type="image/png").mime_type == "image/png"
    assert FileBlock.from_path(picture).name == "Pond.JPG"
    assert FileBlock.from_path(picture, name="other.jpg").name == "other.jpg"


@pytest.mark.parametrize(
    ("kind", "name", "complaint"),
    [
        (ImageBlock, "pond", "'pond' is a file of no known type"),
        (ImageBlock, "pond.mp3", "'pond.mp3' is a file of type audio/mpeg"),
        (AudioBlock, "pond.webm", "'pond.webm' is a file of type video/webm"),
        (FileBlock, "pond.xyz", "'pond.xyz' is a file of no known type. Give mime_type="),
        (FileBlock, "pond.pdf", "pond.pdf' is empty"),
    ],
)
def test_a_file_that_makes_no_block_of_its_kind_is_refused_by_name(
    tmp_path: Path, kind: type[MediaBlock], name: str, complaint: str
) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InvalidParameterError, match=complaint):
        kind.from_path(tmp_path / name)


@pytest.mark.parametrize("path", ["pond.png", "/home/ada/pond.png", "C:\\pond.png", ""])
def test_a_path_in_place_of_a_url_is_refused_with_the_way_to_give_it(path: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"is no URL.*ImageBlock\.from_path"):
        media_url(ImageBlock(path))
    assert media_url(ImageBlock("gs://pond/fish.png")) == "gs://pond/fish.png"


@pytest.mark.parametrize("kind", [ImageBlock, AudioBlock, VideoBlock, FileBlock])
@pytest.mark.parametrize("wrong", ["", "a\0b.pdf", None, 7])
def test_what_is_no_path_is_refused_by_name(kind: Any, wrong: Any) -> None:
    for given in ({}, {"mime_type": "image/png"}):
        with pytest.raises(InvalidParameterError, match="path"):
            kind.from_path(wrong, **given)
