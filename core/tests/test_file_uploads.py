"""Files that a vendor keeps: how they are read while they are sent, and what ends an upload."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any, ClassVar

import pytest
from chat_conformance.http_answers import Answer, Reset, json_answer
from chat_conformance.wire_server import WireServer
from chat_core import retry
from chat_core.errors import (
    APIConnectionError,
    APITimeoutError,
    InvalidParameterError,
    ServerError,
)
from chat_core.messages.blocks import TextBlock, ToolCall
from chat_core.messages.convert import to_message
from chat_core.messages.media_blocks import FileBlock, ImageBlock
from chat_core.messages.message import AIMessage, HumanMessage, Message, ToolMessage
from chat_core.provider import (
    FileStore,
    LocalFile,
    Operation,
    Pause,
    Steps,
    file_form,
)
from chat_core.testing import FakeChatModel
from chat_core.wire import file_content
from letters_model import LettersModel, letters
from pond_model import PondModel
from pydantic import TypeAdapter

MEGABYTE = 1_000_000


class PondFiles(FileStore):
    """Files of at most 400 MB, with a pause in which the vendor prepares one."""

    vendor = "Pond"
    most_bytes: ClassVar[int | None] = 400 * MEGABYTE

    def upload(self, file: LocalFile, *, ready_timeout: float) -> Steps[str]:
        content, content_type = file_form(
            {"purpose": "pond"}, name="file", filename=file.name, file=file
        )
        file_id: str = yield Operation(
            "files", lambda wire: wire["id"], "POST", content=content, content_type=content_type
        )
        yield Pause(0.01)
        state = yield Operation(f"files/{file_id}", lambda wire: wire["state"])
        assert state == "ready"
        return file_id

    def delete(self, file_id: str) -> Steps[None]:
        yield Operation(f"files/{file_id}", lambda wire: None, "DELETE")


class FilesModel(PondModel):
    """A model whose vendor keeps files."""

    def file_store(self) -> FileStore:
        return PondFiles()


Upload = Callable[..., FileBlock]


def upload_sync(model: LettersModel, path: object, **given: Any) -> FileBlock:
    with model:
        return model.upload(path, **given)  # type: ignore[arg-type]


def upload_async(model: LettersModel, path: object, **given: Any) -> FileBlock:
    async def run() -> FileBlock:
        async with model:
            return await model.aupload(path, **given)  # type: ignore[arg-type]

    return asyncio.run(run())


def upload_by_aiohttp(model: LettersModel, path: object, **given: Any) -> FileBlock:
    pytest.importorskip("aiohttp", reason="the engine is an extra")
    return upload_async(model.bind(http_engine="aiohttp"), path, **given)


@pytest.fixture(params=[upload_sync, upload_async, upload_by_aiohttp], ids=["sync", "async", "aio"])
def upload(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Upload:
    monkeypatch.setattr(retry, "BASE_WAIT", 0.01)
    chosen: Upload = request.param
    return chosen


KEPT = [json_answer({"id": "f-1"}), json_answer({"state": "ready"})]


def report(folder: Path, content: bytes = b"%PDF-1.4 \r\n--", name: str = "report.pdf") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def form_of(request: Any) -> Any:
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    return message_from_bytes(head + request.body).get_payload()


def test_an_upload_returns_the_block_that_names_the_file(upload: Upload, tmp_path: Path) -> None:
    with WireServer(KEPT) as server:
        block = upload(FilesModel(base_url=server.url), report(tmp_path))
        sent, asked = server.requests
    assert block == FileBlock(
        file_id="f-1", provider="letters", mime_type="application/pdf", name="report.pdf"
    )
    assert int(sent.headers["content-length"]) == len(sent.body)
    assert sent.headers["authorization"] == "Bearer a-key"
    purpose, file = form_of(sent)
    assert purpose.get_payload() == "pond"
    assert file.get_payload(decode=True) == b"%PDF-1.4 \r\n--"
    assert (file.get_filename(), file.get_content_type()) == ("report.pdf", "application/pdf")
    assert (asked.method, asked.path) == ("GET", "/files/f-1")


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ('a "quoted".pdf', 'filename="a %22quoted%22.pdf"'),
        ("two\r\nlines.pdf", 'filename="two%0D%0Alines.pdf"'),
        ("Fjörd 魚.pdf", 'filename="Fjörd 魚.pdf"'),
    ],
)
def test_a_name_cannot_end_its_header(name: str, sent: str, tmp_path: Path) -> None:
    with WireServer(KEPT) as server:
        block = upload_sync(FilesModel(base_url=server.url), report(tmp_path), name=name)
        head = server.requests[0].body.partition(b"%PDF")[0].decode()
    assert block.name == name
    assert sent in head
    assert head.count("\r\n\r\n") == 2


def test_a_retry_reads_the_file_from_its_start(upload: Upload, tmp_path: Path) -> None:
    failing = [json_answer({"error": "busy"}, 503), Answer(before=(Reset(),))]
    content = os.urandom(700_000)
    with WireServer([*failing, *KEPT]) as server:
        upload(FilesModel(base_url=server.url, max_retries=3), report(tmp_path, content))
        bodies = [form_of(request)[1].get_payload(decode=True) for request in server.requests[:3]]
    assert bodies == [content] * 3


def test_an_error_of_the_vendor_is_of_our_tree(upload: Upload, tmp_path: Path) -> None:
    with WireServer([json_answer({"error": "no"}, 500)]) as server, pytest.raises(ServerError):
        upload(FilesModel(base_url=server.url), report(tmp_path))


def test_a_file_is_deleted_by_its_block_or_its_id() -> None:
    answers = [Answer(status=204), json_answer({}), json_answer({"deleted": True})]
    with WireServer(answers) as server, FilesModel(base_url=server.url) as model:
        model.delete_file(FileBlock(file_id="f-1"))
        model.delete_file("f-2")
        asyncio.run(model.adelete_file(ImageBlock(file_id="f-3")))
        paths = [(request.method, request.path) for request in server.requests]
    assert paths == [("DELETE", "/files/f-1"), ("DELETE", "/files/f-2"), ("DELETE", "/files/f-3")]


def test_a_file_that_another_provider_keeps_cannot_be_deleted() -> None:
    model = FilesModel(base_url="http://127.0.0.1:9")
    with pytest.raises(InvalidParameterError, match=r"kept by 'lake'.*a model of 'lake'"):
        model.delete_file(ImageBlock(file_id="f-1", provider="lake"))


@pytest.mark.parametrize("model", [FilesModel, PondModel])
def test_a_file_that_another_provider_keeps_is_not_sent(model: type[PondModel]) -> None:
    """The refusal says who keeps it, and what serves: an upload here, or the file itself."""
    lake = FileBlock(file_id="f-1", provider="lake")
    remedy = "'letters' as well: its model.upload" if model is FilesModel else "FileBlock.from_path"
    asked = [AIMessage([ToolCall("read", {}, "call_1")]), ToolMessage([lake], "call_1")]
    for messages in ([HumanMessage("Read."), HumanMessage([lake])], asked):
        with pytest.raises(InvalidParameterError, match=r"f-1.*kept by 'lake'") as refusal:
            model(base_url="http://127.0.0.1:9").invoke(messages)
        assert "Message 1" in str(refusal.value)
        assert remedy in str(refusal.value)


@pytest.mark.parametrize("keeper", ["letters", "Letters", None])
def test_a_file_of_the_same_or_of_an_unknown_keeper_is_sent(keeper: str | None) -> None:
    question = HumanMessage([TextBlock("Read."), FileBlock(file_id="f-1", provider=keeper)])
    with WireServer([letters("A report.")]) as server, FilesModel(base_url=server.url) as model:
        assert "".join(chunk.content for chunk in model.stream([question])) == "A report."


def test_a_keeper_survives_json_and_pickling_and_needs_a_file() -> None:
    block = ImageBlock(file_id="f-1", provider="lake")
    message = HumanMessage([block])
    adapter: TypeAdapter[Message] = TypeAdapter(Message)
    for copied in (
        adapter.validate_json(adapter.dump_json(message)),
        pickle.loads(pickle.dumps(message)),
        to_message(
            {"role": "user", "content": [{"type": "image", "file_id": "f-1", "provider": "lake"}]}
        ),
    ):
        assert copied == message
    with pytest.raises(InvalidParameterError, match="file_id"):
        ImageBlock("https://example.org/a.png", provider="lake")


@pytest.mark.parametrize(
    "wrong",
    ["", None, FileBlock("https://example.org/a.pdf"), 7, "..", "files/../models/m", "a/./b"],
)
def test_what_names_no_file_cannot_be_deleted(wrong: Any) -> None:
    with pytest.raises(InvalidParameterError, match="upload"):
        FilesModel(base_url="http://127.0.0.1:9").delete_file(wrong)


def nothing_sent(upload: Upload, path: object, **given: Any) -> Exception:
    """What an upload of ``path`` raises before it sends anything."""
    with WireServer() as server:
        try:
            upload(FilesModel(base_url=server.url), path, **given)
        except Exception as error:  # noqa: BLE001 - looked at by the test
            assert not server.requests
            return error
    raise AssertionError("the upload succeeded")


def test_what_is_no_readable_file_is_refused_by_name(upload: Upload, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    refused = {
        tmp_path / "gone.pdf": (FileNotFoundError, "gone.pdf"),
        tmp_path: (IsADirectoryError, str(tmp_path)),
        report(tmp_path, b"", "empty.pdf"): (InvalidParameterError, "is empty"),
        report(tmp_path, b"x", "fish.pond"): (InvalidParameterError, "mime_type="),
        tmp_path / "pipe.pdf": (InvalidParameterError, "no regular file"),
        "/dev/zero": (InvalidParameterError, "no regular file"),
        "": (InvalidParameterError, "path is empty"),
    }
    for path, (kind, words) in refused.items():
        error = nothing_sent(upload, path)
        assert isinstance(error, kind)
        assert words in str(error)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (None, {}),
        (7, {}),
        ("a\0b.pdf", {}),
        ("report.pdf", {"name": 5}),
        ("report.pdf", {"mime_type": 5}),
        ("report.pdf", {"ready_timeout": "5"}),
        ("report.pdf", {"ready_timeout": -1}),
        ("report.pdf", {"ready_timeout": float("nan")}),
        ("report.pdf", {"mime_type": "pdf"}),
        ("report.pdf", {"mime_type": "text/plain\r\nX-Pond: deep"}),
    ],
)
def test_wrong_arguments_are_refused_by_name(
    path: Any, given: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(tmp_path)
    monkeypatch.chdir(tmp_path)
    for upload in (upload_sync, upload_async):
        assert isinstance(nothing_sent(upload, path, **given), InvalidParameterError)


def test_a_type_that_is_given_needs_no_ending(upload: Upload, tmp_path: Path) -> None:
    with WireServer(KEPT) as server:
        path = report(tmp_path, b"x", "fish.pond")
        block = upload(FilesModel(base_url=server.url), path, mime_type="text/plain")
    assert (block.mime_type, block.name) == ("text/plain", "fish.pond")


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    upload: Upload, tmp_path: Path
) -> None:
    path = tmp_path / "lake.pdf"
    with path.open("wb") as file:
        file.truncate(401 * MEGABYTE)
    error = nothing_sent(upload, path)
    assert "401 MB; Pond keeps files of at most 400 MB" in str(error)


def test_a_model_without_a_vendor_or_a_store_says_what_serves(tmp_path: Path) -> None:
    path = report(tmp_path)
    for model in (FakeChatModel(responses=["hi"]), LettersModel(base_url="http://127.0.0.1:9")):
        with pytest.raises(InvalidParameterError, match="from_path"):
            model.upload(path)
        with pytest.raises(InvalidParameterError, match="from_path"):
            asyncio.run(model.aupload(path))


class Changing:
    """Changes a file after its first piece was read."""

    def __init__(self, path: Path, change: Callable[[Path], object]) -> None:
        self.pieces = 0
        self._path = path
        self._change = change

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read = file_content._Reader.read

        def reading(reader: Any) -> bytes:
            piece = read(reader)
            self.pieces += 1
            if self.pieces == 1:
                self._change(self._path)
            return piece

        monkeypatch.setattr(file_content._Reader, "read", reading)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path: Path) -> None:
    path.write_bytes(b"y" * MEGABYTE)
    os.utime(path, (1, 1))


def shrink(path: Path) -> None:
    os.truncate(path, 300_000)


@pytest.mark.parametrize("change", [grow, rewrite, shrink])
def test_a_file_that_changes_meanwhile_ends_the_upload(
    upload: Upload,
    change: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = report(tmp_path, b"x" * MEGABYTE)
    Changing(path, change).install(monkeypatch)
    with WireServer(KEPT) as server:
        with pytest.raises(InvalidParameterError, match="changed while it was uploaded"):
            upload(FilesModel(base_url=server.url, max_retries=3), path)
        time.sleep(0.1)  # the server reads what has arrived
    assert not server.requests


def test_a_file_is_closed_when_its_upload_fails(
    upload: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []

    class Reader(file_content._Reader):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            opened.append(self._opened)

    monkeypatch.setattr(file_content, "_Reader", Reader)
    path = tmp_path / "lake.pdf"
    with path.open("wb") as file:
        file.truncate(30 * MEGABYTE)  # many times what the sockets hold
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it reads nothing
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises((APITimeoutError, APIConnectionError)) as failed:
            upload(FilesModel(base_url=url, answer_timeout=0.3, timeout=0.3, max_retries=0), path)
    assert failed.value.__traceback__ is not None  # which keeps the frames of the call
    assert [file.closed for file in opened] == [True]


def test_a_file_that_vanishes_before_a_retry_ends_the_upload(
    upload: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = report(tmp_path)
    Changing(path, Path.unlink).install(monkeypatch)
    with (
        WireServer([json_answer({}, 503)]) as server,
        pytest.raises(InvalidParameterError, match="changed while it was uploaded"),
    ):
        upload(FilesModel(base_url=server.url, max_retries=3), path)


class Drain:
    """A server that counts the bytes of one upload and keeps none of them."""

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.received = 0
        self._seconds = seconds
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        with suppress(OSError):  # which wakes a thread that accepts; it has ended after all answers
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(30)

    def _serve(self) -> None:
        with suppress(OSError):  # the client has gone, or the test is over
            for body in (b'{"id":"f-1"}', b'{"state":"ready"}'):
                connection, _ = self._listening.accept()
                with connection:
                    self._take(connection)
                    head = f"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {len(body)}"
                    connection.sendall(f"{head}\r\n\r\n".encode() + body)

    def _take(self, connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += (received := connection.recv(65536))
            if not received:
                raise ConnectionError
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(li[15:]) for li in lines if li.startswith("content-length:")), 0)
        left, started = length - len(body), time.monotonic()
        while left:
            data = connection.recv(min(left, 1 << 20))
            if not data:
                raise ConnectionError
            left -= len(data)
            if length:
                due = self._seconds * (1 - left / length)
                time.sleep(max(0.0, started + due - time.monotonic()))
        self.received = max(self.received, length)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "lake.pdf"
    with path.open("wb") as file:
        file.truncate(300 * MEGABYTE)
    yield path
    path.unlink()


def test_an_upload_of_300_mb_takes_little_memory(upload: Upload, lake: Path) -> None:
    drain = Drain()
    tracemalloc.start()
    try:
        upload(FilesModel(base_url=drain.url), lake)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        drain.close()
    assert drain.received > 300 * MEGABYTE
    assert peak < 8 * MEGABYTE


@pytest.mark.parametrize("engine", ["httpx", "aiohttp"])
def test_an_upload_leaves_the_event_loop_free(lake: Path, engine: Any) -> None:
    longest: list[float] = []

    async def watch() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            longest[-1] = max(longest[-1], time.monotonic() - before)

    async def run(drain: Drain) -> None:
        async with FilesModel(base_url=drain.url, http_engine=engine) as model:
            await model.aprepare()
            watching = asyncio.create_task(watch())
            await model.aupload(lake)
            watching.cancel()

    while len(longest) < 4 and min(longest, default=1.0) >= 1.0:  # a busy machine may pause
        longest.append(0.0)
        drain = Drain()
        try:
            asyncio.run(run(drain))
        finally:
            drain.close()
    assert min(longest) < 1.0


def test_an_upload_may_take_longer_than_an_answer_while_it_goes_on(
    upload: Upload, tmp_path: Path
) -> None:
    path = tmp_path / "lake.pdf"
    with path.open("wb") as file:
        file.truncate(60 * MEGABYTE)  # many times what the sockets hold
    for limit in (1.0, 5.0):  # a busy machine may take nothing for longer than the first
        drain = Drain(seconds=2 * limit)
        started = time.monotonic()
        try:
            upload(FilesModel(base_url=drain.url, answer_timeout=limit), path)
        except (APITimeoutError, APIConnectionError):
            if limit == 5.0:
                raise
        else:
            assert time.monotonic() - started > 2 * limit
            return
        finally:
            drain.close()


def test_a_server_that_takes_no_more_ends_the_upload_in_time(
    upload: Upload, tmp_path: Path
) -> None:
    path = report(tmp_path, b"x" * 30 * MEGABYTE)
    with socket.create_server(("127.0.0.1", 0)) as listening:  # accepts, and reads nothing
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises((APITimeoutError, APIConnectionError)):
            upload(FilesModel(base_url=url, timeout=0.5, answer_timeout=0.5), path)
    assert time.monotonic() - started < 60
