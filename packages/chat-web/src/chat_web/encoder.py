"""``Encoder``: what turns the events of one answer into the frames of a protocol.

The life of an encoder, whose methods are called in this order and never at the same time:

    start()            once, before the first event
    feed(event)        for each event of the answer, in order
    finish()           once, after an answer that is whole,
    error(error)       or after one that failed,
    abort(text)        or after one that was stopped before its end

Each returns the frames to send now: an iterable of ``bytes``, each of them one whole server-sent
event that ends with its blank line (``chat_web.sse.frame`` makes one), without ``id`` line and
comments, which the response adds. None is fine. The frames of the last method are the last of the
stream. An encoder belongs to one answer and does no I/O.

Events are dicts of the type ``chat_core.StreamEvent``. Where the source of the answer is a stream
of chunks, they are the events of one run: ``on_chat_model_start``, ``on_chat_model_stream`` for
each chunk (``data["chunk"]``), and ``on_chat_model_end`` (``data["output"]``, the whole message),
or those of a chain where the chunks are text. Where it is ``astream_events``, they are its events.
They have passed ``show`` of the response: by default prompts, inputs of models and nested chains
are not among them (``chat_web.events.visible``), and an exception in ``data["error"]`` is its
public form. A failed run has an ``on_…_error`` event first, if the source has events at all, then
``error`` is called. A failed tool whose chain goes on has the event alone.

``error`` is given the public form of the exception (``chat_web.public_errors``): its ``message`` is
a text for users, its other facts hold no secret. ``abort`` is given such a text: the user stopped
the answer, or the server shuts down. After ``abort`` and ``error`` runs may lack their end events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from chat_core import ChatError, StreamEvent

__all__ = ["Encoder"]


class Encoder(Protocol):
    """Events of one answer in, frames of a protocol out, in the order that stands above."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers that the protocol adds to those of the response."""
        ...

    def start(self) -> Iterable[bytes]:
        """The frames before the first event."""
        ...

    def feed(self, event: StreamEvent) -> Iterable[bytes]:
        """The frames of one event."""
        ...

    def finish(self) -> Iterable[bytes]:
        """The last frames of an answer that is whole."""
        ...

    def error(self, error: ChatError) -> Iterable[bytes]:
        """The last frames of an answer that failed."""
        ...

    def abort(self, text: str) -> Iterable[bytes]:
        """The last frames of an answer that was stopped; ``text`` is the reason, for users."""
        ...
