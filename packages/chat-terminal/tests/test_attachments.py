"""``-a``: the kind of an attachment follows from its content."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Reply
from chat_core import AudioBlock, FileBlock, ImageBlock, TextBlock, VideoBlock
from chat_terminal.attachments import read_attachment, read_attachments
from chat_terminal.failures import TerminalError
from chat_terminal.media_kind import mime_type_of
from terminal import chat

MODEL = "openai:gpt-4o-mini"


def png() -> bytes:
    """A picture of one pixel."""

    def part(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixels) + part(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "video/avi"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00", "audio/m4a"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00", "video/mp4"),
        (b"ID3\x04\x00\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\x00\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80\x00\x1f", "audio/aac"),
        (b"fLaC\x00\x00\x00\x22", "audio/flac"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"FORM\x00\x00\x00\x2eAIFFCOMM", "audio/aiff"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"caf\xc3\xa9\n", "text/plain"),
        (b"\x00\x01\x02\x03", None),
        (b"caf\xe9", None),
    ],
)
def test_the_first_bytes_tell_the_kind(data: bytes, mime_type: str | None) -> None:
    assert mime_type_of(data) == mime_type


def test_each_kind_is_a_block_of_its_own(tmp_path: Path) -> None:
    for data, kind in (
        (png(), ImageBlock),
        (b"ID3\x04", AudioBlock),
        (b"\x00\x00\x00\x18ftypisom", VideoBlock),
        (b"%PDF-1.4", FileBlock),
        (b"words", TextBlock),
    ):
        path = tmp_path / "named.txt"
        path.write_bytes(data)
        assert isinstance(read_attachment(str(path)), kind)


def test_a_url_is_sent_as_it_is() -> None:
    picture = read_attachment("https://example.org/cat.png?size=2")
    assert isinstance(picture, ImageBlock)
    assert picture.url == "https://example.org/cat.png?size=2"
    assert isinstance(read_attachment("https://example.org/plan.pdf"), FileBlock)


def test_a_picture_from_a_pipe_reaches_the_vendor(
    server: OfflineServer, env: dict[str, str]
) -> None:
    server.enqueue(Reply("A red pixel."))
    done = chat("run", MODEL, "What is it?", "-a", "-", env=env, stdin=png())
    assert done.stdout == "A red pixel.\n"
    picture, question = server.last.json["messages"][0]["content"]
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")
    assert question["text"] == "What is it?"


def test_a_text_file_is_sent_under_its_name(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    server.enqueue(Reply("ok"))
    (tmp_path / "notes.md").write_text("Buy salt.\n")
    chat("run", MODEL, "Sum up", "-a", "notes.md", env=env, folder=tmp_path)
    assert server.received("notes.md:\n\nBuy salt.", "Sum up")


def test_a_pattern_attaches_every_file_that_it_matches(tmp_path: Path) -> None:
    for name in ("b.png", "a.png"):
        (tmp_path / name).write_bytes(png())
    (tmp_path / "c.txt").write_text("no")
    blocks = read_attachments(str(tmp_path / "*.png"))
    assert [type(block) for block in blocks] == [ImageBlock, ImageBlock]
    with pytest.raises(TerminalError, match="matches no file"):
        read_attachments(str(tmp_path / "*.gif"))


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path) -> None:
    (tmp_path / "[1].png").write_bytes(png())
    assert len(read_attachments(str(tmp_path / "[1].png"))) == 1


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(TerminalError, match="empty name"):
        read_attachment("")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_text_as_powershell_writes_it(encoding: str, tmp_path: Path) -> None:
    mark = "\ufeff" if encoding.endswith("be") else ""
    (tmp_path / "notes.txt").write_bytes(f"{mark}Grüße 漢字".encode(encoding))
    assert read_attachment(str(tmp_path / "notes.txt")) == TextBlock("notes.txt:\n\nGrüße 漢字")


def test_files_that_the_shell_has_added_to_the_question_are_pointed_out(
    server: OfflineServer, env: dict[str, str], tmp_path: Path
) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png())
    server.answer_always(Reply("ok"))
    done = chat("run", MODEL, "What?", "-a", "a.png", "b.png", env=env, folder=tmp_path)
    assert done.stdout == "ok\n"
    assert done.stderr.startswith("chat: b.png: taken as words of the question.")
