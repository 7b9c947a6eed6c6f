"""Requests other than chat calls: where they go, what they carry, how their answers are read."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes
from typing import Any

import pytest
from chat_conformance.http_answers import Answer, Pause, Reset, Stall, html, json_answer
from chat_conformance.wire_server import WireServer
from chat_core import retry
from chat_core.errors import (
    APIConnectionError,
    APITimeoutError,
    DecoderError,
    InvalidParameterError,
    MalformedResponseError,
    ModelNotFoundError,
    ServerError,
    StreamInterruptedError,
)
from chat_core.provider import Operation, multipart_form
from letters_model import LettersModel
from pond_model import PondModel

Perform = Callable[[LettersModel, Operation[Any]], Any]


def perform_sync(model: LettersModel, operation: Operation[Any]) -> Any:
    with model:
        return model.perform(operation)


def perform_async(model: LettersModel, operation: Operation[Any]) -> Any:
    async def run() -> Any:
        async with model:
            return await model.aperform(operation)

    return asyncio.run(run())


def lines_sync(model: LettersModel, operation: Operation[Any]) -> list[Any]:
    with model:
        return list(model.perform_lines(operation))


def lines_async(model: LettersModel, operation: Operation[Any]) -> list[Any]:
    async def run() -> list[Any]:
        async with model:
            return [value async for value in model.aperform_lines(operation)]

    return asyncio.run(run())


@pytest.fixture(params=[perform_sync, perform_async], ids=["sync", "async"])
def perform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Perform:
    monkeypatch.setattr(retry, "BASE_WAIT", 0.01)
    chosen: Perform = request.param
    return chosen


@pytest.fixture(params=[lines_sync, lines_async], ids=["sync", "async"])
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Perform:
    monkeypatch.setattr(retry, "BASE_WAIT", 0.01)
    chosen: Perform = request.param
    return chosen


def pond(server: WireServer, path: str = "", **settings: Any) -> PondModel:
    return PondModel(base_url=server.url + path, **settings)


def fish(wire: Any) -> Any:
    return wire["fish"]


def text(line: bytes) -> str:
    return line.decode()


def plain(*pieces: Any) -> Answer:
    return Answer(body=list(pieces), framing="chunked")


def test_a_path_lies_below_the_base_address_and_the_answer_is_read(perform: Perform) -> None:
    asking = Operation("fish/perch", fish, query={"depth": 3}, headers={"x-net": "fine"})
    with WireServer([json_answer({"fish": "perch"})]) as server:
        model = pond(server, "/v1", default_headers={"x-pond": "deep"})
        assert perform(model, asking) == "perch"
        (request,) = server.requests
    assert (request.method, request.path, request.body) == ("GET", "/v1/fish/perch", b"")
    assert request.query == {"version": "7", "depth": "3"}
    sent = {name: request.headers[name] for name in ("authorization", "x-pond", "x-net")}
    assert sent == {"authorization": "Bearer a-key", "x-pond": "deep", "x-net": "fine"}


def test_a_path_with_a_slash_in_front_lies_below_the_host(perform: Perform) -> None:
    with WireServer([json_answer({"fish": 1})]) as server:
        perform(pond(server, "/inference/v1"), Operation("/v2/fish", fish, method="DELETE"))
        assert (server.requests[0].method, server.requests[0].path) == ("DELETE", "/v2/fish")


def test_json_and_bytes_are_sent_with_their_content_type(perform: Perform) -> None:
    form, content_type = multipart_form(
        {"purpose": "pond"},
        name="file",
        filename='a "b".jsonl',
        content=b"\x00{}\r\n",
        content_type="application/jsonl",
    )
    with WireServer([json_answer({"fish": 1})] * 2) as server:
        perform(pond(server), Operation("x", fish, method="POST", body={"depth": 3}))
        asking = Operation("x", fish, method="POST", content=form, content_type=content_type)
        perform(pond(server), asking)
        as_json, as_form = server.requests
    assert (as_json.body, as_json.headers["content-type"]) == (b'{"depth":3}', "application/json")
    head = f"content-type: {as_form.headers['content-type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + as_form.body).get_payload()
    assert [part.get_payload(decode=True) for part in parts] == [b"pond", b"\x00{}\r\n"]
    assert parts[1].get_filename() == "a %22b%22.jsonl"
    assert parts[1].get_content_type() == "application/jsonl"


def test_another_host_sees_neither_key_nor_headers_of_the_model(perform: Perform) -> None:
    with WireServer() as own, WireServer([json_answer({"fish": 1})]) as other:
        model = pond(own, default_headers={"x-secret": "s"}, api_key=lambda: "a-key")
        perform(model, Operation(f"{other.url}/signed", fish, headers={"x-net": "fine"}))
        (request,) = other.requests
    assert request.headers["x-net"] == "fine"
    assert not {"authorization", "x-secret"} & set(request.headers)
    assert request.query == {}


def test_the_whole_address_of_the_vendors_host_carries_the_key(perform: Perform) -> None:
    with WireServer([json_answer({"fish": 1})]) as server:
        perform(pond(server, "/v1", api_key=lambda: "new-key"), Operation(f"{server.url}/a", fish))
        assert server.requests[0].headers["authorization"] == "Bearer new-key"
        assert server.requests[0].path == "/a"


def test_an_empty_answer_is_read_as_none(perform: Perform) -> None:
    with WireServer([Answer(status=204, body=[])]) as server:
        assert perform(pond(server), Operation("x", lambda wire: wire, method="DELETE")) is None


def test_refusals_are_tried_again_and_end_in_the_tree(perform: Perform) -> None:
    busy = json_answer({}, 503)
    with WireServer([busy, json_answer({"fish": 1})]) as server:
        assert perform(pond(server, max_retries=1), Operation("x", fish)) == 1
    with WireServer([json_answer({}, 404)]) as server, pytest.raises(ModelNotFoundError) as seen:
        perform(pond(server), Operation("x", fish))
    assert seen.value.provider == "letters"


def test_what_must_not_be_done_twice_is_sent_again_after_a_refusal_for_load_alone(
    perform: Perform,
) -> None:
    once = Operation("jobs", fish, method="POST", body={}, is_repeatable=False)
    for status in (429, 503):
        with WireServer([json_answer({}, status), json_answer({"fish": 1})]) as server:
            assert perform(pond(server, max_retries=2), once) == 1
    unknown: list[tuple[Answer, type[Exception]]] = [
        (json_answer({}, 502), ServerError),
        (Answer(before=[Reset()]), APIConnectionError),
    ]
    for answer, kind in unknown:
        with WireServer([answer, json_answer({"fish": 1})]) as server:
            with pytest.raises(kind):
                perform(pond(server, max_retries=2), once)
            assert len(server.requests) == 1


def test_an_answer_of_another_shape_is_malformed(perform: Perform) -> None:
    for answer in (html(), plain(b"{cut"), json_answer([1]), json_answer({"fish": 7})):
        with WireServer([answer]) as server, pytest.raises(MalformedResponseError):
            perform(pond(server), Operation("x", lambda wire: wire["fish"].upper()))


def test_a_bug_of_the_reading_function_names_it(perform: Perform) -> None:
    def reads_badly(wire: Any) -> Any:
        raise ZeroDivisionError

    with WireServer([json_answer({})]) as server, pytest.raises(DecoderError, match="reads_badly"):
        perform(pond(server), Operation("x", reads_badly))


def test_a_whole_answer_has_its_time(perform: Perform) -> None:
    with WireServer([plain(b"{", Stall())]) as server, pytest.raises(APITimeoutError):
        perform(pond(server, answer_timeout=0.2), Operation("x", fish))


def test_a_client_of_an_sdk_sends_no_operation() -> None:
    with pytest.raises(InvalidParameterError, match=r"client of an SDK.*'fish/perch'"):
        PondModel(client=object()).perform(Operation("fish/perch", fish))


def test_a_transport_without_an_address_for_operations_is_named() -> None:
    with pytest.raises(InvalidParameterError, match="chat requests alone"):
        LettersModel(base_url="http://127.0.0.1:9").perform(Operation("x", fish))


@pytest.mark.parametrize("cut", [[b"a\nbe\n\nc"], [b"a", b"\n", b"b", b"e\r\n", b"\nc"]])
def test_lines_are_read_however_they_are_cut(lines: Perform, cut: list[bytes]) -> None:
    with WireServer([plain(*cut)]) as server:
        assert lines(pond(server), Operation("x", text)) == ["a", "be", "c"]
    with WireServer([plain()]) as server:
        assert lines(pond(server), Operation("x", text)) == []


def test_lines_before_a_failure_are_given_out_and_then_nothing_is_sent_again() -> None:
    with WireServer([plain(b"a\nb\n", Pause(0.05), Reset()), plain(b"a\n")]) as server:
        arriving = pond(server, max_retries=2).perform_lines(Operation("x", text))
        assert [next(arriving), next(arriving)] == ["a", "b"]
        with pytest.raises(StreamInterruptedError):
            next(arriving)
        assert len(server.requests) == 1


def test_a_line_that_cannot_be_read_comes_after_those_before_it() -> None:
    with WireServer([plain(b"1\n2\nx\n4\n")]) as server:
        arriving = pond(server).perform_lines(Operation("x", number))
        assert [next(arriving), next(arriving)] == [1, 2]
        with pytest.raises(MalformedResponseError):
            next(arriving)


def number(line: bytes) -> int:
    try:
        return int(line)
    except ValueError as error:
        raise MalformedResponseError("no number", wire=line) from error


def test_what_was_seen_follows_the_message_after_one_mark() -> None:
    assert str(MalformedResponseError("It has no id.", wire="{}")) == "It has no id: '{}'"
    assert str(MalformedResponseError("It has no id.")) == "It has no id."


def test_a_refusal_before_the_first_line_is_tried_again(lines: Perform) -> None:
    with WireServer([json_answer({}, 503), plain(b"a\n")]) as server:
        assert lines(pond(server, max_retries=1), Operation("x", text)) == ["a"]


def test_no_server_is_an_error_of_the_connection(lines: Perform) -> None:
    with pytest.raises(APIConnectionError):
        lines(PondModel(base_url="http://127.0.0.1:9"), Operation("x", text))


def test_leaving_the_lines_closes_the_connection() -> None:
    with WireServer([plain(b"a\n", Stall())]) as server:
        with closing(pond(server).perform_lines(Operation("x", text))) as arriving:
            assert next(arriving) == "a"
        assert server.wait_for_disconnect(20)


def test_many_lines_take_the_memory_of_a_few() -> None:
    line = b'{"fish": "' + b"x" * 1000 + b'"}\n'
    with WireServer([plain(*[line * 100] * 200)]) as server:
        arriving: Iterator[int] = pond(server).perform_lines(Operation("x", len))
        next(arriving)
        tracemalloc.start()
        assert sum(1 for _ in arriving) == 19_999
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 5_000_000
