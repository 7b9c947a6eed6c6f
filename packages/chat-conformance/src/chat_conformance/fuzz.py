"""Damaged input for decoders, and the property that must hold for any input.

``survive`` checks the property: any bytes end in chunks or in an error of ours, and the chunks can
be read, merged and written as JSON. ``survive_any_cut`` checks besides that the result does not
depend on where a stream's bytes are cut. ``specimens`` are valid answers; ``damage`` makes invalid
ones of them. The tests use this module, and so does ``make fuzz``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any, AnyStr

from chat_core import AIMessage, AIMessageChunk, APIError, ChatError, event_to_json
from chat_core.provider import (
    Decoder,
    MessageBuilder,
    StreamReader,
    WireModel,
    decode_reply,
    read_refusal,
)

from .backends import KEY
from .frame_formats import FrameFormat, ServerSentEvents
from .http_answers import Frame, Payload
from .script import STATUSES, Call, Cited, ErrorReply, Reasoning, Refusal, Reply, Text
from .scripted_server import ScriptedServer

if TYPE_CHECKING:
    from .simulators import Simulator
    from .subject import Subject

__all__ = [
    "ABSURD",
    "Specimens",
    "cut",
    "damage",
    "damage_bytes",
    "look_at",
    "specimens",
    "survive",
    "survive_any_cut",
]

REPLIES = (
    Reply("Goldfish on the moon"),
    Reply(Reasoning("hm", "seal"), "It is ", Call("weather", '{"city": "Oslo", "days": [1, 2]}')),
    Reply(Call("a", '{"x": 1}'), Call("b", "{}", id="call00002")),
    Reply(Text("Goldfish swim", (Cited("https://fish.example", "Fish", "swim"),))),
    Reply(Refusal("I would rather not.")),
    Reply("Gold", ErrorReply("overloaded")),
    Reply("Gold", finish="length"),
)

ABSURD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**70, 10**400, 1e308, float("inf"), float("nan")),
    *("", "x", "null", "[DONE]", "\ud83d", "\x00", "9" * 500, "=", "a" * 10_000),
    *([], {}, [None], [[]], [{}], [1, 2], ["x"], {"a": None}, {"": {}}, {"text": 5}),
    *({"type": "text"}, {"error": 5}, {"error": {"message": []}}, {"index": "0"}),
)
"""Values of unexpected types and sizes."""


@dataclass(frozen=True, slots=True)
class Specimens:
    """Valid answers and errors of one wire, and their decoder."""

    decoder: Callable[[], Decoder]
    refusal: Callable[[int, Mapping[str, str], bytes], APIError]
    streams: Sequence[Sequence[Mapping[str, Any] | str]]
    replies: Sequence[Mapping[str, Any]]
    errors: Sequence[Mapping[str, Any]]
    simulator: Simulator

    def stream(self, reply: Reply) -> bytes:
        """A valid stream of ``reply``."""
        return self._bytes(self.simulator.frames(reply))

    def damaged_stream(self, rng: Random) -> bytes:
        """A stream in which one object is damaged, or its bytes."""
        frames = rng.choice(self.streams)
        place = rng.randrange(len(frames))
        data = self._bytes(
            damage(frame, rng) if number == place else frame for number, frame in enumerate(frames)
        )
        return scramble(data, rng) if rng.random() < 0.2 else data

    def damaged_reply(self, rng: Random) -> bytes:
        """A damaged whole answer."""
        data = json.dumps(damage(rng.choice(self.replies), rng)).encode()
        return scramble(data, rng) if rng.random() < 0.2 else data

    def damaged_error(self, rng: Random) -> bytes:
        """The damaged body of a refusal."""
        return json.dumps(damage(rng.choice(self.errors), rng)).encode()

    def corpus(self) -> Iterator[bytes]:
        """All of them, sound, as bytes."""
        for frames in self.streams:
            yield self._bytes(frames)
        for reply in self.replies:
            yield json.dumps(reply).encode()

    def _bytes(self, frames: Iterable[Any]) -> bytes:
        return b"".join(
            step
            for step in self.simulator.format.write(map(_as_frame, frames))
            if isinstance(step, bytes)
        )


def _as_frame(frame: Any) -> Frame:
    """A frame, or a damaged one: any JSON value."""
    if isinstance(frame, bytes | str | Mapping):
        return frame
    return Payload(json.dumps(frame).encode())


def specimens(subject: type[Subject]) -> Specimens:
    """Those of a model's wire."""
    with ScriptedServer(subject.simulator) as server:
        server.enqueue(Reply("Hello"))
        with subject.make_model(base_url=server.url, api_key=KEY) as model:
            model.invoke("Hi")
        simulator = subject.simulator or server.simulator_for(server.last)
    streams: list[list[Any]] = []
    replies: list[Mapping[str, Any]] = []
    for reply in REPLIES:
        try:
            streams.append(list(simulator.frames(reply)))
            if not reply.breaks:
                replies.append(simulator.writer(reply).body())
        except TypeError:
            continue  # the wire has no such part
    assert isinstance(model, WireModel)
    return Specimens(
        model._decoder,  # noqa: SLF001 - the kit knows what providers write
        partial(read_refusal, model._error_from_response),  # noqa: SLF001
        streams,
        replies,
        [simulator.error(ErrorReply(kind)) for kind in STATUSES if kind in simulator.error_kinds],
        simulator,
    )


def survive(decoder: Decoder, data: bytes, *, stream: bool, cut: int = 0) -> AIMessage:
    """The message that ``decoder`` makes of ``data``, fed in pieces of ``cut`` bytes (0: whole).

    Raises every exception that is not a ``ChatError``.
    """
    if stream:
        size = cut or len(data) or 1
        return _use(*_read(decoder, [data[at : at + size] for at in range(0, len(data), size)]))
    try:
        return _use([decode_reply(decoder, data)], None)
    except ChatError as error:
        return _use([], error)


def survive_any_cut(decoder: Callable[[], Decoder], pieces: Sequence[bytes]) -> None:
    """The law for a stream that comes in ``pieces``: what comes of it is what comes of the whole.

    Raises whatever is neither a chunk nor an error of ours, and ``AssertionError`` where the two
    are not the same.
    """
    chunks, failure = _read(decoder(), [b"".join(pieces)])
    _use(chunks, failure)
    chunks_of_pieces, failure_of_pieces = _read(decoder(), pieces)
    assert repr(chunks_of_pieces) == repr(chunks)  # as text, because NaN does not equal itself
    assert repr(failure_of_pieces) == repr(failure)
    assert str(failure_of_pieces) == str(failure)


def _read(
    decoder: Decoder, pieces: Iterable[bytes]
) -> tuple[list[AIMessageChunk], ChatError | None]:
    """The chunks of a stream, and the error that ended it."""
    reader = StreamReader(decoder)
    chunks: list[AIMessageChunk] = []
    for piece in pieces:
        chunks += reader.feed(piece)
        if reader.failure is not None or reader.ended:
            break
    else:
        chunks += reader.finish()
    return chunks, reader.failure


def _use(chunks: list[AIMessageChunk], failure: ChatError | None) -> AIMessage:
    """Read, merge and serialise the chunks, and read the error."""
    if failure is not None:
        look_at(failure)
    builder = MessageBuilder()
    for chunk in chunks:
        builder.add(chunk)
    message = builder.message()
    # Not in the same order where the wire goes back to an earlier part.
    assert len(message.content) == sum(len(chunk.content) for chunk in chunks)
    assert len(message.reasoning) == sum(len(chunk.reasoning) for chunk in chunks)
    for call in message.tool_calls:
        assert isinstance(call.args, dict)
        assert isinstance(call.name, str)
    for output in (message, builder.chunk()):
        event_to_json(
            {
                "event": "on_chat_model_end",
                "name": "fuzz",
                "run_id": "",
                "parent_ids": [],
                "tags": [],
                "metadata": {},
                "data": {"output": output},
            }
        )
    return message


def look_at(error: ChatError) -> None:
    """Asserts that the attributes of an error have their documented types."""
    assert isinstance(error, ChatError)
    assert str(error)
    assert repr(error)
    if isinstance(error, APIError):
        assert isinstance(error.message, str)
        assert error.code is None or isinstance(error.code, str | int)
        assert error.status is None or isinstance(error.status, int)
        assert error.request_id is None or isinstance(error.request_id, str)
        assert error.retry_after is None or error.retry_after >= 0
        assert isinstance(error.details, dict)


def damage(wire: Any, rng: Random) -> Any:
    """``wire`` with something taken out, doubled, or replaced by an absurd value."""
    if not isinstance(wire, Mapping):
        return rng.choice(ABSURD)
    wire = copy.deepcopy(dict(wire))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        places = [place for place in _places(wire) if place]
        if not places:
            return wire
        *outer, last = rng.choice(places)
        holder: Any = wire
        for step in outer:
            holder = holder[step]
        fate = rng.random()
        if fate < 0.15:
            del holder[last]
        elif fate < 0.25 and isinstance(holder, list):
            holder.insert(last, copy.deepcopy(holder[last]))
        else:
            holder[last] = copy.deepcopy(rng.choice(ABSURD))
    return wire


def scramble(data: bytes, rng: Random) -> bytes:
    """``data`` with a piece of it lost, doubled or overwritten."""
    start = rng.randrange(len(data) + 1)
    end = min(len(data), start + rng.choice((1, 1, 2, 8, 100)))
    noise = (b"", data[start:end] * 2, rng.randbytes(end - start), b"\n\n", b"\r", b"{" * 2000)
    return data[:start] + rng.choice(noise) + data[end:]


def damage_bytes(data: bytes, rng: Random, form: FrameFormat | None = None) -> bytes:
    """``data`` with one of the JSON objects in it damaged, if there is any; else scrambled.

    For bytes that are a stream of events in ``form`` (by default server-sent events), or a single
    JSON text.
    """
    form = form or ServerSentEvents()
    parts = form.split(data)
    place = 2 * rng.randrange((len(parts) + 1) // 2)
    head, brace, text = parts[place].partition(b"{")
    try:
        readable = (brace + text).decode("utf-8", "surrogateescape")
        wire, end = json.JSONDecoder().raw_decode(readable)
    except (ValueError, RecursionError):
        return scramble(data, rng)
    damaged = json.dumps(damage(wire, rng)).encode()
    tail = readable[end:].encode("utf-8", "surrogateescape")
    parts[place] = form.sealed(head + damaged + tail)
    return b"".join(parts)


def cut(data: AnyStr, rng: Random) -> list[AnyStr]:
    """``data`` in pieces: one by one, or cut in up to four places."""
    if len(data) < 1_000 and rng.random() < 0.2:
        return [data[at : at + 1] for at in range(len(data))]
    places: list[int] = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(5)))
    return [data[start:end] for start, end in pairwise([0, *places, len(data)])]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items: Any = ()
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for step, item in items:
        yield from _places(item, (*path, step))
